"""Where words go: results to standard output, progress and errors to standard error.

Nothing else in govctl prints. NO_COLOR, a dumb terminal and a pipe are respected (rich sees to it).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.errors import GovctlError, UsageError
from govctl.pipeline.events import Stage, Step, Watcher
from govctl.texts import _

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_settings = {"color": True, "quiet": False, "verbose": False}


def configure(*, color: bool, quiet: bool, verbose: bool) -> None:
    """Set how this run prints."""
    _settings.update(color=color, quiet=quiet, verbose=verbose)


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

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 100
    return Console(
        stderr=stderr,
        no_color=None if _settings["color"] else True,
        highlight=False,
        soft_wrap=False,
        width=width,
        markup=False,
    )


def show(renderable: RenderableType) -> None:
    """Print a result."""
    stdout().print(renderable)


def say(text: str) -> None:
    """Print a line of a result as it is, without rich."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def note(text: str) -> None:
    """Tell the person at the terminal something that is no result."""
    if not _settings["quiet"]:
        sys.stderr.write(text + "\n")


def complain(error: GovctlError) -> None:
    """Print an error: what is wrong first, then what to do."""
    sys.stderr.write(_("error: {message}", message=error.message) + "\n")
    if error.hint:
        sys.stderr.write(_("hint: {hint}", hint=error.hint) + "\n")


def write_output(text: str, output: Path | None) -> None:
    """Print a machine's format, or write it to the file of `--output`, whole or not at all."""
    if output is None:
        say(text)
        return
    from govctl.pipeline.workspace import write_whole  # noqa: PLC0415

    try:
        write_whole(output, text)
    except OSError as error:
        raise UsageError(
            _("cannot write {path}: {reason}", path=output, reason=error.strerror)
        ) from error


@contextmanager
def watching() -> Iterator[Watcher]:
    """Show stages and steps while they run: a live line at a terminal, plain lines elsewhere."""
    if _settings["quiet"]:
        yield lambda _event: None
    elif stderr().is_terminal and not stderr().is_dumb_terminal:
        with _live() as watcher:
            yield watcher
    else:
        yield _plain


def _plain(event: Stage | Step) -> None:
    if isinstance(event, Stage):
        count = f" ({event.total})" if event.total else ""
        sys.stderr.write(f"{event.text.render()}{count}\n")
    elif event.state == "failed" or (_settings["verbose"] and event.state == "done"):
        detail = f": {event.text.render()}" if event.text else ""
        sys.stderr.write(f"  {event.name} {_word(event)}{detail}\n")
    sys.stderr.flush()


def _word(step: Step) -> str:
    return _("failed") if step.state == "failed" else _("done")


@contextmanager
def _live() -> Iterator[Watcher]:
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[now]}"),
    )
    with Progress(*columns, console=stderr(), transient=False) as progress:
        task = progress.add_task("", total=None, visible=False, now="")

        def watch(event: Stage | Step) -> None:
            nonlocal task
            if isinstance(event, Stage):
                progress.update(task, now="", completed=progress.tasks[task].total or 0)
                task = progress.add_task(event.text.render(), total=event.total, now="")
            elif event.state == "started":
                progress.update(task, now=event.name)
            else:
                progress.advance(task)
                if event.state == "failed":
                    detail = event.text.render() if event.text else ""
                    progress.console.print(f"  {event.name} {_word(event)}: {detail}", style="red")

        yield watch
        progress.update(task, now="")
