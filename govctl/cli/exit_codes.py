"""What a run says by its exit code alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from govctl.evidence.sheets import open_statuses

if TYPE_CHECKING:
    from govctl.evidence.model import Run


def exit_code(run: Run) -> int:
    """4 if something was not reached, 1 if something fails that nobody accepted, 0 otherwise."""
    statuses = open_statuses(run.findings)
    statuses |= {probe.status for probe in run.probes}
    if "unreachable" in statuses:
        return 4
    return 1 if "fail" in statuses else 0
