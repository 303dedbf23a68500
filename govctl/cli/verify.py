"""Commands that harden: harden, inventory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    ChecksFromOption,
    ChecksOption,
    EstateFolder,
    Format,
    FormatOption,
    LimitOption,
    OutputOption,
    UnitOption,
)
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.model import Estate
    from policies.model import Check


@command("govctl harden estate/ --plan")
def harden(
    estate: EstateFolder,
    unit: UnitOption = None,
    limit: LimitOption = None,
    checks: ChecksOption = None,
    checks_from: ChecksFromOption = None,
    plan: Annotated[
        bool, typer.Option("--plan", help=_("Only say what would change; changes nothing."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Scan, close what fails and can be fixed, and scan again."""
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415
    from govctl.pipeline.main_job import harden_and_verify  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        rows = _selected(checks, job.estate)
        machines = chosen_machines(job.estate, unit or (), limit or ())
        with jobs.alone(job, "harden"):
            result = harden_and_verify(job, machines, rows, command=sys.argv[1:], check=plan)
    return outcome.show_hardening(job, result, format, output, planned=plan)


@command("govctl inventory estate/ -o inventory.json")
def inventory(estate: EstateFolder, output: OutputOption = None) -> int:
    """Print the estate's inventory for plain ansible-playbook."""
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.main_job import whole_inventory  # noqa: PLC0415

    job = jobs.open_job(estate)
    console.write_json(whole_inventory(job), output)
    return 0


def _selected(patterns: str | None, estate: Estate | None = None) -> tuple[Check, ...]:
    """The checks that the patterns name; without any, those that are the estate's own, or all."""
    from govctl.pipeline.due import due_checks  # noqa: PLC0415
    from policies.catalogue import checks  # noqa: PLC0415
    from policies.selection import select  # noqa: PLC0415

    words = [word.strip() for word in (patterns or "").split(",") if word.strip()]
    if estate is not None and not words:
        return due_checks(estate)
    return select(checks(), words, due_checks(estate) if estate else ())
