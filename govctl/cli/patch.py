"""The command that patches: an estate, or hosts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    BudgetOption,
    Format,
    FormatOption,
    OutputOption,
    TargetsArgument,
    WavesOption,
    Within,
    estate_of,
)
from govctl.cli.reaching import JobsOption, Reaching, TargetsOption, places_of
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.pipeline.patch.patch_result import PatchRun
    from govctl.pipeline.patch.patch_state import PatchState
    from scanners.host.reach.address import Place

EXAMPLE = """\
govctl patch estate/ --plan
govctl patch estate/ --apply --waves 1,25%,100% --budget 1
govctl patch ssh://admin@192.0.2.10 --sudo --plan --format json"""


@command(EXAMPLE)
def patch(
    targets: TargetsArgument = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help=_("Show what would be done; changes nothing."))
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help=_("Install, restart what has to be, look again."))
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help=_("Every update, not only those of security."))
    ] = False,
    waves: WavesOption = None,
    budget: BudgetOption = None,
    targets_file: TargetsOption = None,
    within: Within,
    reaching: Reaching,
    jobs: JobsOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Bring security updates in, wave by wave.

    What still runs from old files is restarted afterwards.

    Exit codes: 0 everything is up to date; 1 something is due, such as a reboot; 4 something
    failed, was not reached, or could not be evaluated.
    """
    from scanners.host.reach.targets import is_target  # noqa: PLC0415

    given = targets or []
    asked = _Asked(_applies(plan=plan, apply=apply), every, waves, budget, jobs, format, output)
    if targets_file is None and not any(map(is_target, given)):
        reaching.refuse()
        return _estate(estate_of(given), within, asked)
    said = {"--unit": within.unit, "--limit": within.limit, "--waves": waves, "--budget": budget}
    wrong = [name for name, value in said.items() if value]
    if wrong:
        raise UsageError(_("{options}: only for an estate", options=", ".join(wrong)))
    return _hosts(places_of(given, targets_file, reaching.ways()), asked)


@dataclass(frozen=True)
class _Asked:
    """What holds for whatever is patched."""

    applies: bool
    every: bool
    waves: str | None
    budget: str | None
    jobs: int | None
    format: Format
    output: Path | None


def _applies(*, plan: bool, apply: bool) -> bool:
    if plan == apply:
        raise UsageError(_("say --plan or --apply"), hint=_("--plan shows what --apply would do"))
    return apply


def _estate(path: Path, within: Within, asked: _Asked) -> int:
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.due import due_checks  # noqa: PLC0415
    from govctl.pipeline.patch import patch_run, patching  # noqa: PLC0415
    from govctl.pipeline.rollout.waves import pace_of  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    workers = asked.jobs or WORKERS
    with console.watching() as watcher:
        job = jobs.open_job(path, watcher)
        machines = within.machines(job.estate)
        pace = pace_of(job.estate.rollout, asked.waves, asked.budget)
        if asked.applies:
            with jobs.alone(job, "patch"):
                result = patch_run.patch_estate(
                    job,
                    machines,
                    due_checks(job.estate),
                    pace,
                    every=asked.every,
                    workers=workers,
                    command=sys.argv[1:],
                )
        else:
            places = patch_run.addresses(job, machines)
            states = patching.look(
                places, watcher, every=asked.every, simulate=True, workers=workers
            )
    if not asked.applies:
        return _show_plan(states, asked, job.estate.id)
    report = job.workspace.runs / result.run.id / "report.html" if result.run else None
    return _show_applied(result, asked, job.estate.id, report)


def _hosts(places: Mapping[str, Place], asked: _Asked) -> int:
    from govctl.pipeline.harden.ansible_ways import is_root  # noqa: PLC0415
    from govctl.pipeline.patch import patch_run, patching  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    for name, place in places.items():
        if not is_root(place):
            raise UsageError(
                _("{target}: only root can patch", target=name),
                hint=_("--sudo, or --ask-sudo-password, makes it root"),
            )
    workers = asked.jobs or WORKERS
    with console.watching() as watcher:
        if asked.applies:
            result = patch_run.patch_places(places, watcher, every=asked.every, workers=workers)
        else:
            states = patching.look(
                places, watcher, every=asked.every, simulate=True, workers=workers
            )
    if asked.applies:
        return _show_applied(result, asked, None, None)
    return _show_plan(states, asked, None)


def _show_plan(states: Mapping[str, PatchState], asked: _Asked, estate: str | None) -> int:
    from govctl.pipeline.patch.patch_document import planned_document  # noqa: PLC0415

    if asked.format is Format.JSON:
        console.write_json(planned_document(states, estate, every=asked.every), asked.output)
    else:
        from govctl.cli.outcome import carry_on  # noqa: PLC0415
        from govctl.cli.patch_text import plan_screen  # noqa: PLC0415

        has_work = any(state.has_work for state in states.values())
        following = carry_on([*sys.argv[1:], "--apply"]) if has_work else None
        console.show(plan_screen(states, following), asked.output)
    return _code(states.values())


def _show_applied(result: PatchRun, asked: _Asked, estate: str | None, report: Path | None) -> int:
    from govctl.pipeline.patch.patch_document import applied_document  # noqa: PLC0415

    if asked.format is Format.JSON:
        console.write_json(applied_document(result, estate, every=asked.every), asked.output)
    else:
        from govctl.cli.patch_text import applied_screen  # noqa: PLC0415

        console.show(applied_screen(result, str(report) if report else None), asked.output)
    return _code(result.now.values()) if result.waves.ok else 4


def _code(states: Iterable[PatchState]) -> int:
    """4 if a machine was not looked at, 1 if something is due, else 0."""
    statuses = {state.status for state in states}
    if statuses & {"unreachable", "not-evaluated"}:
        return 4
    return 1 if "due" in statuses else 0
