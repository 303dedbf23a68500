"""Arguments and options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from govctl.cli import completion
from govctl.cli.usage import not_one_of
from govctl.texts import _


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"


def _format(given: str) -> Format:
    if given not in tuple(Format):
        raise not_one_of("--format", given, tuple(Format))
    return Format(given)


EstateFolder = Annotated[
    Path,
    typer.Argument(
        metavar=_("ESTATE"),
        help=_("The estate's folder, or its estate.yaml; else $GOVCTL_ESTATE."),
        envvar="GOVCTL_ESTATE",
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="text|json",
        parser=_format,
        autocompletion=lambda: list(Format),
        help=_("text for people (default), json for programs."),
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar=_("FILE"),
        help=_("Write to this file instead of standard output."),
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help=_("Do not ask; for scripts and pipelines."))
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unit",
        metavar=_("UNIT"),
        autocompletion=completion.units,
        help=_("Only this unit and those below it, by name or code; repeatable."),
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar=_("KEY=VALUE"),
        autocompletion=completion.limits,
        help=_(
            "Only machines with tier=, unit=, site=, zone=, role=, system= or machine=; repeatable."
        ),
    ),
]
RebuildOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rebuild",
        metavar=_("KEY=VALUE"),
        autocompletion=completion.limits,
        help=_(
            "Make these machines anew, from today's image; what they hold is lost. "
            "Keys as of --limit; repeatable."
        ),
    ),
]
ChecksOption = Annotated[
    str | None,
    typer.Option(
        "--checks",
        metavar=_("CHECKS"),
        autocompletion=completion.checks,
        help=_("Only these checks, comma-separated: ids, globs, ssg:…, cis:…, tcvn14423-2026:…"),
    ),
]
