"""Commands about facts files: collect, evaluate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    ChecksFromOption,
    Format,
    FormatOption,
    JudgedBy,
    OutputOption,
    RootOption,
    TargetsArgument,
    Within,
    estate_of,
)
from govctl.cli.formats import ReportFormatOption, wanted
from govctl.cli.gate import Gating, exit_code
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
    from govctl.pipeline.facts_files import Collected
    from scanners.host.reach.address import Place


@command("govctl collect ssh://admin@192.0.2.10 --sudo -o host.facts")
def collect(
    targets: TargetsArgument = None,
    *,
    targets_file: TargetsOption = None,
    root: RootOption = None,
    within: Within,
    checks_from: ChecksFromOption = None,
    reaching: Reaching,
    timeout: TimeoutOption = TIMEOUT,
    jobs: JobsOption = None,
    format: FormatOption = Format.TEXT,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar=_("PATH"),
            help=_("The facts file; for several targets a folder, made if it is not there."),
        ),
    ] = None,
) -> int:
    """Take facts and keep them in files, to be judged later, elsewhere.

    A file holds the raw output of every command and file that a check may ask for, and is readable
    by its owner alone. Exit code 4: a machine could not be reached, or not be read as a whole.
    """
    from scanners.host.reach.targets import is_target  # noqa: PLC0415

    if output is None:
        raise UsageError(_("where to? Give -o FILE, or -o FOLDER for several targets"))
    given = targets or []
    if root and (given or targets_file):
        raise UsageError(_("collect from hosts or from --root: one of them at a time"))
    is_host = targets_file is not None or any(map(is_target, given))
    if not is_host:
        reaching.refuse(timeout)
    if is_host or root:
        within.refuse()
    if root:
        return _shown(_from_trees(tuple(dict.fromkeys(root)), output), format)
    if is_host:
        places = dict(places_of(given, targets_file, reaching.ways(timeout)))
        return _shown(_from_hosts(places, output, jobs), format)
    return _shown(_from_hosts(_machines(given, within), output, jobs), format)


@command("govctl evaluate host.facts --baseline anssi-bp28:enhanced")
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar=_("FILE …"), help=_("Facts files, or folders of them.")),
    ],
    *,
    by: JudgedBy,
    jobs: JobsOption = None,
    gating: Gating,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> int:
    """Judge facts files that collect has written; visits nobody.

    Exit codes: 0 nothing fails, 1 something does, 2 a file is damaged.
    """
    from govctl.cli.unkept import show_unkept  # noqa: PLC0415
    from govctl.pipeline import evaluating  # noqa: PLC0415
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from govctl.pipeline.pool import processors  # noqa: PLC0415

    report = wanted(format, output)
    gate = gating.gate()
    run = evaluating.evaluate(
        evaluating.facts_files(files),
        judging(by.baselines, by.patterns, by.overrides),
        jobs or processors(),
        command=sys.argv[1:],
        watching=console.watching,
    )
    return show_unkept(run, report, output, exit_code(run, gate))


def _machines(given: Sequence[str], within: Within) -> dict[str, Place]:
    """The estate's machines by id, and how they are reached."""
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.reach import address_of  # noqa: PLC0415

    job = jobs.open_job(estate_of(given, trees=True))
    return {machine.id: address_of(job, machine) for machine in within.machines(job.estate)}


def _from_hosts(places: dict[str, Place], output: str, jobs: int | None) -> tuple[Collected, ...]:
    from govctl.pipeline.facts_files import collect_places, files_for  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    files = files_for(tuple(places), output)
    return collect_places(places, files, jobs or WORKERS, watching=console.watching)


def _from_trees(roots: tuple[str, ...], output: str) -> tuple[Collected, ...]:
    from govctl.pipeline.facts_files import collect_trees, files_for  # noqa: PLC0415

    for root in roots:
        if not root or not Path(root).is_dir():  # "" would be where we stand
            raise UsageError(_("{path} is no folder", path=root or '""'))
    return collect_trees(roots, files_for(roots, output), watching=console.watching)


def _shown(collected: Sequence[Collected], format: Format) -> int:
    """What was written where: 4 if a target gave no facts, or not all of them."""
    if format is Format.JSON:
        document = {
            "schema": 1,
            "collected": [
                {
                    "target": one.target,
                    "file": str(one.file) if one.file else None,
                    "taken_at": one.taken_at,
                    "reason": one.reason.render() if one.reason else None,
                }
                for one in collected
            ],
        }
        console.write_json(document, None)
    else:
        console.write_output("\n".join(map(_line, collected)), None)
    return 0 if all(one.file and not one.reason for one in collected) else 4


def _line(one: Collected) -> str:
    reason = one.reason.render() if one.reason else ""
    if one.file is None:
        return _("{target}: no facts: {reason}", target=one.target, reason=reason)
    gap = _(" (incomplete: {reason})", reason=reason) if reason else ""
    return f"{one.target}: {one.file}{gap}"
