"""Progress at a terminal: one live line for the stage at work, and a line for each that is over.

What is over stays above as plain text, so that however many stages a run has, what moves is two
lines: how far the stage is, and what it does now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from govctl.pipeline.events import Stage, Step, Watcher
from govctl.reports.visible import visible
from govctl.texts import _

__all__ = ["live"]

_BAR = 20
_FIRST = 1.0
"""Seconds before the time of a stage is told: nobody waits for less."""


@contextmanager
def live(console: Console, told: Callable[[Step], str | None]) -> Iterator[Watcher]:
    """Show stages while they run. `told`: the line that a step leaves behind; None for none."""
    whole = Column(no_wrap=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
        _Known(BarColumn(bar_width=_BAR), whole),
        _Known(MofNCompleteColumn(), whole),
        TimeElapsedColumn(table_column=whole),
        _Known(TimeRemainingColumn(compact=True), whole),
    )
    with _Stages(*columns, console=console, transient=True) as stages:
        view = _View(stages, told)
        try:
            yield view.take
        except BaseException:
            view.close("–")
            raise
        view.close("✓")


class _Known(ProgressColumn):
    """A column that is empty where nobody knows how much there is."""

    def __init__(self, column: ProgressColumn, table_column: Column) -> None:
        super().__init__(table_column)
        self._column = column

    def render(self, task: Task) -> RenderableType:
        is_known = task.total is not None and task.completed <= task.total
        return self._column(task) if is_known else Text()


class _Stages(Progress):
    """The stage at work, and below it what is done just now, as far as a line goes."""

    now = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.now:
            yield Text(f"  {self.now}", style="dim", no_wrap=True, overflow="ellipsis")


class _View:
    """Follows the events, one stage after the other."""

    def __init__(self, stages: _Stages, told: Callable[[Step], str | None]) -> None:
        self._stages, self._told = stages, told
        self._task: TaskID | None = None
        self._stage: Stage | None = None
        self._began = 0.0
        self._done = self._failed = 0

    def take(self, event: Stage | Step) -> None:
        if isinstance(event, Stage):
            self._begin(event)
            return
        line = self._told(event)
        if line is not None:
            bad = event.state in ("failed", "incomplete")
            self._stages.console.print(Text(visible(line), style="red" if bad else ""))
        if event.state == "started":
            doing = f": {event.text.render()}" if event.text else ""
            self._stages.now = visible(f"{event.name}{doing}").replace("\n", " ")
        elif event.state != "changed":
            self._done += 1
            self._failed += event.state == "failed"
            if self._task is not None:
                self._stages.advance(self._task)

    def _begin(self, stage: Stage) -> None:
        self.close("✓")
        self._stage, self._began = stage, time.monotonic()
        self._done = self._failed = 0
        self._task = self._stages.add_task(visible(stage.text.render()), total=stage.total)

    def close(self, sign: str) -> None:
        """The stage is over: leave a line of it, and nothing that moves."""
        if self._task is None or self._stage is None:
            return
        self._stages.remove_task(self._task)
        self._task, self._stages.now = None, ""
        seconds = time.monotonic() - self._began
        text = visible(self._stage.text.render())
        if self._stage.total is None and not self._done and seconds < _FIRST:
            self._stages.console.print(Text(text))  # it said something, and did nothing
            return
        words = [f"{'!' if self._failed else sign} {text}"]
        if self._stage.total and self._done <= self._stage.total:
            words.append(f"{self._done}/{self._stage.total}")
        elif self._done:
            words.append(str(self._done))
        if self._failed:
            words.append(_("{count} failed", count=self._failed))
        if seconds >= _FIRST:
            words.append(f"{int(seconds) // 60}:{int(seconds) % 60:02}")
        self._stages.console.print(Text("  ".join(words), style="dim"))
