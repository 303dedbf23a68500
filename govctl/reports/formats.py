"""The formats of a report: `text` is shown by the shell, each other one is one file of this folder.

A renderer is a pure function of a run and a `Context`: the same two give the same bytes. To add a
format, write its file and add its row here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # the command line reads this file at every start
    from govctl.evidence.model import Run
    from govctl.reports.context import Context

    Renderer = Callable[[Run, Context], bytes]


@dataclass(frozen=True)
class ReportFormat:
    """One format."""

    name: str
    """As it is typed."""
    suffix: str
    """How names of its files end; `-o FILE` without `--format` goes by it."""
    media_type: str
    renderer: str
    """`module:function`, imported when it is used; empty for what the shell shows."""
    binary: bool = False
    """True if it is no text, so that no terminal gets it."""

    def load(self) -> Renderer:
        """The renderer, imported; there is none for what the shell shows."""
        module, _colon, function = self.renderer.partition(":")
        return cast("Renderer", getattr(import_module(module), function))

    def render(self, run: Run, context: Context) -> bytes:
        """The report's bytes."""
        return self.load()(run, context)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ALL = (
    ReportFormat("text", ".txt", "text/plain", ""),
    ReportFormat("json", ".json", "application/json", "govctl.reports.json_report:render"),
    ReportFormat("html", ".html", "text/html", "govctl.reports.html:render"),
    ReportFormat("sarif", ".sarif", "application/sarif+json", "govctl.reports.sarif:render"),
    ReportFormat("junit", ".xml", "application/xml", "govctl.reports.junit:render"),
    ReportFormat("oscal", ".oscal.json", "application/json", "govctl.reports.oscal:render"),
    ReportFormat("csv", ".csv", "text/csv", "govctl.reports.csv_report:render"),
    ReportFormat("xlsx", ".xlsx", _XLSX, "govctl.reports.xlsx:render", binary=True),
)
FORMATS: Mapping[str, ReportFormat] = {one.name: one for one in _ALL}
"""By name, in the order in which help lists them."""


def by_file_name(name: str) -> ReportFormat | None:
    """The format that a file's name asks for; None if it names none."""
    fitting = [one for one in _ALL if name.endswith(one.suffix)]
    return max(fitting, key=lambda one: len(one.suffix), default=None)
