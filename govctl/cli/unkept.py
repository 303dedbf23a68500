"""What a scan outside any estate shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from govctl.cli import console, formats

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from govctl.reports.formats import ReportFormat


def show_unkept(
    run: Run, format: ReportFormat, output: Path | None, code: int, *, trees: bool = False
) -> int:
    """The end of a scan outside any estate, with this exit code.

    `trees`: its targets are folders of files.
    """
    from govctl.pipeline.unkept import context_of  # noqa: PLC0415

    if format.renderer:
        formats.write(format, run, context_of(run, code, trees=trees), output)
    else:
        from govctl.reports.console import scan_summary  # noqa: PLC0415
        from policies.catalogue import checks  # noqa: PLC0415

        console.show(scan_summary(run, None, {check.id: check for check in checks()}), output)
    return code
