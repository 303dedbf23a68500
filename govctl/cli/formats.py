"""The formats of a report on the command line: which one is meant, and where its bytes go."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.usage import not_one_of
from govctl.errors import UsageError
from govctl.reports.formats import FORMATS, ReportFormat, by_file_name
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from govctl.reports.context import Context


def _format(given: str) -> str:
    if given not in FORMATS:
        raise not_one_of("--format", given, FORMATS)
    return given


ReportFormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar=_("FORMAT"),
        parser=_format,
        autocompletion=lambda: list(FORMATS),
        help=_("{formats}; else by the name of FILE.", formats=", ".join(FORMATS)),
    ),
]


def wanted(name: str | None, output: Path | None) -> ReportFormat:
    """The format that is meant, before anything is done for it.

    UsageError if it is no text and would go to a terminal, or if its file cannot be made.
    """
    chosen = FORMATS[name] if name else None
    if chosen is None:
        chosen = (by_file_name(output.name) if output else None) or FORMATS["text"]
    if chosen.binary and output is None and sys.stdout.isatty():
        raise UsageError(
            _("{format} is no text, and a terminal takes nothing else", format=chosen.name),
            hint=f"-o report{chosen.suffix}",
        )
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        reason = os.strerror(errno.EISDIR if output.is_dir() else errno.ENOENT)
        raise UsageError(_("cannot write {path}: {reason}", path=output, reason=reason))
    return chosen


def write(format: ReportFormat, run: Run, context: Context, output: Path | None) -> None:
    """Print a report, or write it to a file that only its owner reads: it holds evidence."""
    console.write_report(format.render(run, context), output, binary=format.binary)
