"""Commands that make and compare: plan, up, status, drift, destroy, unlock."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    EstateFolder,
    Format,
    FormatOption,
    OutputOption,
    RebuildOption,
    YesOption,
)
from govctl.cli.asking import confirm
from govctl.texts import _, counted, msg

if TYPE_CHECKING:
    from govctl.pipeline.job import Job
    from govctl.pipeline.provision import Plan


@command("govctl plan estate/ --save estate.plan")
def plan(
    estate: EstateFolder,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar=_("FILE"), help=_("Keep the plan, for `up --plan`.")),
    ] = None,
    rebuild: RebuildOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what `up` would change; change nothing.

    Which sites it touches, which paths it opens and closes, and what the plan policies say.
    """
    from govctl.cli import planning  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline import provision  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        with jobs.alone(job, "plan"):
            planned = provision.plan(job, _machines(job, rebuild))
    if save is not None:
        with console.writing(save):
            provision.save_plan(planned, save)
    if format is Format.JSON:
        console.write_json(planning.as_document(planned), output)
    else:
        words = ["govctl", "up", str(estate), *(["--plan", str(save)] if save else [])]
        following = shlex.join([*words, *(f"--rebuild={limit}" for limit in rebuild or ())])
        console.write_output(planning.as_text(planned, job.estate, following), output)
    return 1 if planned.refusals else 0


@command("govctl up estate/ --yes")
def up(
    estate: EstateFolder,
    yes: YesOption = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar=_("FILE"), help=_("Only if the estate is what this plan saw.")
        ),
    ] = None,
    no_harden: Annotated[
        bool, typer.Option("--no-harden", help=_("Provision and scan, but harden nothing."))
    ] = False,
    rebuild: RebuildOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Plan, ask, then provision, harden, scan and report.

    Run it again after an interruption: it carries on where it stopped.
    """
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline import main_job, provision  # noqa: PLC0415

    job = jobs.open_job(estate)
    if plan is not None:
        provision.require_fresh(plan, job.estate)
    with jobs.alone(job, "up"):
        with console.watching() as watcher:
            planned = main_job.prepare(job.watched_by(watcher), _machines(job, rebuild))
        provision.require_allowed(planned)
        if not planned.is_empty:
            _show_plan(planned, job)
            if not yes:
                confirm(_("Make these changes?"))
        with console.watching() as watcher:
            result = main_job.carry_out(
                job.watched_by(watcher), planned, command=sys.argv[1:], hardening=not no_harden
            )
    from govctl.cli import outcome  # noqa: PLC0415

    return outcome.show_up(job, result, format, output)


@command("govctl status estate/")
def status(
    estate: EstateFolder, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """Show which machines and networks stand, quickly."""
    from govctl.cli import standing_text  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.status import standings  # noqa: PLC0415

    job = jobs.open_job(estate)
    return standing_text.show_status(job, standings(job), format, output)


@command("govctl drift estate/ --format json")
def drift(
    estate: EstateFolder, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """Compare every object with what was made of it.

    File by file, in every machine. Exit code 1 if anything differs; `up` puts it right.
    """
    from govctl.cli import standing_text  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline import provision  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate, watcher)
        with jobs.alone(job, "drift"):
            found = provision.drift(job)
    return standing_text.show_drift(job, found, format, output)


@command("govctl destroy estate/")
def destroy(estate: EstateFolder, yes: YesOption = False) -> int:
    """Remove everything that carries the estate's mark.

    Its description, its addresses and the runs that were kept stay.
    """
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline import provision  # noqa: PLC0415

    job = jobs.open_job(estate)
    if not yes:
        confirm(_("Remove every machine and network of {estate}?", estate=job.estate.id))
    with console.watching() as watcher, jobs.alone(job, "destroy"):
        made = provision.destroy(job.watched_by(watcher))
    console.say(
        counted(
            made.changed,
            msg("1 object removed; nothing of {estate} stands", estate=job.estate.id),
            msg("{count} objects removed; nothing of {estate} stands", estate=job.estate.id),
        )
    )
    return 0


@command("govctl unlock estate/")
def unlock(estate: EstateFolder, yes: YesOption = False) -> int:
    """Release locks that a run on another machine left.

    Make sure first that no such run is at work.
    """
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.stacks import open_engine  # noqa: PLC0415

    job = jobs.open_job(estate)
    if not yes:
        confirm(_("Is no other run at work on {estate}?", estate=job.estate.id))
    with jobs.alone(job, "unlock"):
        engine = open_engine(job)
        names = engine.names()
        engine.release(names)
    console.say(counted(len(names), msg("1 stack released"), msg("{count} stacks released")))
    return 0


def _machines(job: Job, limits: list[str] | None) -> tuple[str, ...]:
    from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415

    if not limits:
        return ()
    return tuple(machine.id for machine in chosen_machines(job.estate, (), limits))


def _show_plan(planned: Plan, job: Job) -> None:
    from govctl.cli import planning  # noqa: PLC0415

    console.note(planning.as_text(planned, job.estate))
