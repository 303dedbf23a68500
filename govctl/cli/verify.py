"""Commands that harden: harden, inventory."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import command
from govctl.cli.arguments import (
    BudgetOption,
    EstateFolder,
    Format,
    FormatOption,
    JudgedBy,
    OutputOption,
    TargetsArgument,
    WavesOption,
    Within,
    estate_of,
)
from govctl.cli.reaching import (
    TIMEOUT,
    JobsOption,
    Reaching,
    TargetsOption,
    TimeoutOption,
    places_of,
)
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.model import Machine
    from govctl.pipeline.job import Job
    from govctl.pipeline.judging import Judging
    from govctl.pipeline.scope import Scope
    from scanners.host.reach.address import Place

RollbackOption = Annotated[
    str | None,
    typer.Option(
        "--rollback",
        metavar=_("RUN"),
        autocompletion=completion.runs,
        help=_("Put back what this run changed (a kept run's id, or last), and scan again."),
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help=_("With --rollback: also what others changed since."))
]
EXAMPLE = """\
govctl harden estate/ --plan
govctl harden estate/ --unit 'Xã Hy Cương' --checks 'sshd-*'
govctl harden estate/ --waves 1,5%,25%,100% --budget 2
govctl harden estate/ --rollback last
govctl harden ssh://admin@192.0.2.10 --sudo --baseline cis-debian12:l1-server"""


@command(EXAMPLE)
def harden(
    targets: TargetsArgument = None,
    *,
    targets_file: TargetsOption = None,
    within: Within,
    by: JudgedBy,
    reaching: Reaching,
    timeout: TimeoutOption = TIMEOUT,
    jobs: JobsOption = None,
    waves: WavesOption = None,
    budget: BudgetOption = None,
    rollback: RollbackOption = None,
    force: ForceOption = False,
    plan: Annotated[
        bool,
        typer.Option("--plan", help=_("Only show what would change, as diffs; changes nothing.")),
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Scan, close what fails and can be fixed, and scan again.

    In waves the services are asked and each machine is logged in to after every wave; what no
    longer works stops the run, and the next one carries on.

    Exit codes: 0 nothing fails any more, 1 something does, 4 a task failed or a machine could not
    be reached.
    """
    from scanners.host.reach.targets import is_target  # noqa: PLC0415

    given = targets or []
    is_hosts = targets_file is not None or any(map(is_target, given))
    if not is_hosts:
        from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415

        reaching.refuse(timeout)
        use_checks_of(estate_of(given))  # before their values and ids are looked up
    elif within or waves is not None or budget is not None:
        raise UsageError(_("--unit, --limit, --waves and --budget are for an estate"))
    if force and rollback is None:
        raise UsageError(_("--force needs --rollback"))
    if rollback is not None and (waves is not None or budget is not None):
        raise UsageError(_("--waves and --budget do not go with --rollback"))
    asked = _Asked(by, jobs, plan, waves, budget, rollback, force)
    if is_hosts:
        places = places_of(given, targets_file, reaching.ways(timeout))
        return _hosts(places, asked, format, output)
    return _estate(estate_of(given), within, asked, format, output)


@command("govctl inventory estate/ -o inventory.json")
def inventory(estate: EstateFolder, output: OutputOption = None) -> int:
    """Print the estate's inventory for plain ansible-playbook."""
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.harden.inventory import whole_inventory  # noqa: PLC0415

    job = jobs.open_job(estate)
    console.write_json(whole_inventory(job), output)
    return 0


@dataclass(frozen=True)
class _Asked:
    """What holds for whatever is hardened."""

    by: JudgedBy
    jobs: int | None
    plan: bool
    waves: str | None
    budget: str | None
    rollback: str | None
    force: bool


def _estate(
    estate: Path, within: Within, asked: _Asked, format: Format, output: Path | None
) -> int:
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.main_job import harden_and_verify  # noqa: PLC0415
    from govctl.pipeline.rollout.waves import pace_of  # noqa: PLC0415
    from govctl.pipeline.scope import scope_of  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        pace = pace_of(job.estate.rollout, asked.waves, asked.budget)
        machines = within.machines(job.estate)
        by = asked.by
        scope = scope_of(job.estate, machines, by.baselines, by.patterns, by.overrides)
        if asked.rollback is not None:
            return _undo_estate(job, machines, scope, asked, format, output)
        with jobs.alone(job, "harden"):
            result = harden_and_verify(
                job,
                machines,
                scope.checks,
                contexts=scope.contexts,
                command=sys.argv[1:],
                check=asked.plan,
                pace=pace,
                workers=asked.jobs or WORKERS,
            )
    return outcome.show_hardening(job, result, format, output, planned=asked.plan)


def _hosts(places: Mapping[str, Place], asked: _Asked, format: Format, output: Path | None) -> int:
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline.harden.harden_places import harden_places  # noqa: PLC0415
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    by = judging(asked.by.baselines, asked.by.patterns, asked.by.overrides)
    if asked.rollback is not None:
        return _undo_hosts(places, by, asked, format, output)
    result = harden_places(
        places,
        by,
        asked.jobs or WORKERS,
        command=sys.argv[1:],
        watching=console.watching,
        check=asked.plan,
    )
    return outcome.show_hardened_places(result, format, output, planned=asked.plan)


def _undo_estate(
    job: Job,
    machines: Sequence[Machine],
    scope: Scope,
    asked: _Asked,
    format: Format,
    output: Path | None,
) -> int:
    from govctl.cli import rollback  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.harden.undoing import undo_and_verify  # noqa: PLC0415

    with jobs.alone(job, "harden --rollback"):
        undone = undo_and_verify(
            job,
            machines,
            scope.checks,
            asked.rollback or "",
            command=sys.argv[1:],
            force=asked.force,
            check=asked.plan,
            contexts=scope.contexts,
        )
    return rollback.show(undone, format, output, job.estate, job.workspace.runs)


def _undo_hosts(
    places: Mapping[str, Place], by: Judging, asked: _Asked, format: Format, output: Path | None
) -> int:
    from govctl.cli import rollback  # noqa: PLC0415
    from govctl.pipeline.harden.undoing import undo_places  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    undone = undo_places(
        places,
        by,
        asked.rollback or "",
        asked.jobs or WORKERS,
        command=sys.argv[1:],
        watching=console.watching,
        force=asked.force,
        check=asked.plan,
    )
    return rollback.show(undone, format, output)
