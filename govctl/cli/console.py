"""Where words go: results to standard output, progress and errors to standard error.

Nothing else in govctl prints. NO_COLOR, a dumb terminal and a pipe are respected (rich sees to it).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from govctl.errors import GovctlError, InputError, UsageError
from govctl.pipeline.events import Stage, Step, Watcher
from govctl.texts import _

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH = 80
"""Columns of what goes to a pipe or a file, unless COLUMNS says otherwise."""
_PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": False, "markup": False, "emoji": False}
_OF_TERMINALS = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""What rich takes for a terminal's word, whatever standard error is."""
_TOLD = ("failed", "incomplete")
"""States of a step that are told however much is shown."""
_settings = {"color": True, "quiet": False, "verbose": False}


def configure(*, color: bool, quiet: bool, verbose: bool) -> None:
    """Set how this run prints."""
    _settings.update(color=color, quiet=quiet, verbose=verbose)


def is_verbose() -> bool:
    """True if everything is to be shown."""
    return _settings["verbose"]


@cache
def stdout() -> Console:
    """The console for results."""
    return _console(stderr=False)


@cache
def stderr() -> Console:
    """The console for progress and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console  # noqa: PLC0415 - 50 ms that JSON and `validate` do without

    # Without colours there are no other escapes either: rich's own NO_COLOR keeps bold.
    plain = not _settings["color"] or bool(os.environ.get("NO_COLOR"))
    return Console(stderr=stderr, color_system=None if plain else "auto", **_PLAIN)


def show(renderable: RenderableType, output: Path | None = None) -> None:
    """Print a result, or write it to the file of `--output`; plain text unless at a terminal.

    A line that shall be whole (`no_wrap`) stays so where the terminal is narrower.
    """
    if output is None and stdout().is_terminal:
        with _read():
            stdout().print(renderable, crop=False)
    else:
        write_output(_as_text(renderable), output)


def _as_text(renderable: RenderableType) -> str:
    """What a pipe or a file gets: no colour, no blanks at the ends of lines, 80 columns."""
    from rich.console import Console  # noqa: PLC0415

    width = os.environ.get("COLUMNS", "")
    sink = StringIO()
    columns = int(width) if width.isdecimal() and int(width) else WIDTH
    Console(file=sink, width=columns, color_system=None, **_PLAIN).print(renderable, crop=False)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines())


def say(text: str) -> None:
    """Print a line of a result without rich; what a host or an estate calls itself is harmless."""
    with _read():
        _write(sys.stdout, text)


def note(text: str) -> None:
    """Tell the person at the terminal something that is no result."""
    if not _settings["quiet"]:
        _write(sys.stderr, text)


def warn(text: str) -> None:
    """Tell the person at the terminal something, however quiet the run."""
    _write(sys.stderr, text)


def complain(error: GovctlError) -> None:
    """Print an error: what is wrong first, then what to do."""
    _write(sys.stderr, _("error: {message}", message=error.message))
    if error.hint:
        _write(sys.stderr, _("hint: {hint}", hint=error.hint))


def complain_about_input(error: InputError) -> None:
    """Print every problem in what a person wrote, a line each, with its place."""
    for problem in error.problems:
        _write(sys.stderr, str(problem))


def write_output(text: str, output: Path | None) -> None:
    """Print a result for people, or write it to the file of `--output`, whole or not at all."""
    from govctl.reports.visible import visible  # noqa: PLC0415

    write_exactly(visible(text), output)


def write_json(document: object, output: Path | None) -> None:
    """The same for programs."""
    write_json_text(json.dumps(document, ensure_ascii=False, indent=1), output)


def write_json_text(text: str, output: Path | None) -> None:
    """The same for JSON that is text already; what a terminal would obey is written as `\\u…`."""
    from govctl.reports.visible import escaped  # noqa: PLC0415

    write_exactly(escaped(text), output)


def write_exactly(text: str, output: Path | None) -> None:
    """Print or write a text as it is, with a newline at its end."""
    text = text if text.endswith("\n") else text + "\n"
    if output is None:
        with _read():
            sys.stdout.write(text)
        return
    from govctl.files import write_whole  # noqa: PLC0415

    with writing(output):
        write_whole(output, text)


def write_report(content: bytes, output: Path | None, *, binary: bool) -> None:
    """Print a report, or write it whole to a file that only its owner reads."""
    if output is not None:
        from govctl.files import PRIVATE, write_bytes_whole  # noqa: PLC0415

        with writing(output):
            write_bytes_whole(output, content, PRIVATE)
    elif binary:
        with _read():
            sys.stdout.buffer.write(content)
    else:
        with _read():
            sys.stdout.write(content.decode("utf-8"))


@contextmanager
def _read() -> Iterator[None]:
    """Printing, even if its reader goes away (`| head`): the exit code is that of the work."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says about a file that a person named into a UsageError.

    A full disk is the machine's fault: MissingPrerequisite.
    """
    try:
        yield
    except OSError as error:
        from govctl.files import FULL, no_room  # noqa: PLC0415 - start-up pays only for what it runs

        if error.errno in FULL:
            raise no_room(path) from error
        raise UsageError(
            _("cannot write {path}: {reason}", path=path, reason=error.strerror)
        ) from error


def _write(stream: TextIO, text: str) -> None:
    from govctl.reports.visible import visible  # noqa: PLC0415

    stream.write(visible(text if text.endswith("\n") else text + "\n"))


@contextmanager
def watching() -> Iterator[Watcher]:
    """Show stages and steps while they run: a live line at a terminal, plain lines elsewhere."""
    if _settings["quiet"]:
        yield lambda _event: None
    elif _may_be_live() and stderr().is_terminal and not stderr().is_dumb_terminal:
        from govctl.cli.live import live  # noqa: PLC0415 - half of rich

        with live(stderr(), _told) as watcher:
            yield watcher
    else:
        yield _plain


def _may_be_live() -> bool:
    """False where rich need not be asked: what is no terminal is one only by these variables."""
    return sys.stderr.isatty() or any(map(os.environ.get, _OF_TERMINALS))


def _plain(event: Stage | Step) -> None:
    if isinstance(event, Stage):
        count = f" ({event.total})" if event.total else ""
        _write(sys.stderr, f"{event.text.render()}{count}")
    else:
        line = _told(event)
        if line is not None:
            _write(sys.stderr, line)
    sys.stderr.flush()


def _told(step: Step) -> str | None:
    """The line that a step leaves behind; None for most that go well."""
    detail = f": {step.text.render()}" if step.text else ""
    if step.state == "changed":
        return f"  {step.name}{detail}"
    if step.state in _TOLD or (_settings["verbose"] and step.state == "done"):
        return f"  {step.name} {_word(step)}{detail}"
    return None


def _word(step: Step) -> str:
    words = {"failed": _("failed"), "incomplete": _("is incomplete")}
    return words.get(step.state, _("done"))
