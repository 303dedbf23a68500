"""The command that scans: an estate, hosts, or trees of files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    JudgedBy,
    OutputOption,
    RootOption,
    StoreOption,
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
    from govctl.evidence.model import Run
    from govctl.evidence.store import Store
    from govctl.pipeline.gate import Gate
    from govctl.reports.formats import ReportFormat
    from scanners.host.model import HostFacts
    from scanners.host.reach.address import Place

EXAMPLE = """\
govctl scan estate/ --unit 'Xã Hy Cương' --checks 'sshd-*'
govctl scan localhost --baseline cis-debian12:l1-server
govctl scan ssh://admin@192.0.2.10 --sudo --ask-sudo-password
govctl scan --root /mnt/image --checks 'cis:5.1.*' --set ssh_max_auth_tries=3
govctl scan estate/ --format sarif --output out.sarif"""


@command(EXAMPLE)
def scan(
    targets: TargetsArgument = None,
    *,
    targets_file: TargetsOption = None,
    root: RootOption = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar=_("FILE"),
            help=_('Trees from a JSON list of {"root", "checks", "values"}.'),
        ),
    ] = None,
    within: Within,
    by: JudgedBy,
    reaching: Reaching,
    timeout: TimeoutOption = TIMEOUT,
    jobs: JobsOption = None,
    gating: Gating,
    store: StoreOption = None,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> int:
    """Visit each machine once, take facts, and judge them.

    Exit codes: 0 nothing fails, 1 something does, 4 a machine could not be reached, or not be read
    as a whole.
    """
    given = targets or []
    kind = _kind(given, hosts=targets_file, root=root, manifest=manifest)
    report = wanted(format, output)
    if kind != "hosts":
        reaching.refuse(timeout)
    if kind != "estate":
        within.refuse()
    if kind != "estate" and store:
        raise UsageError(_("--store is for an estate: no run is kept outside one"))
    if kind == "estate":
        from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415

        use_checks_of(estate_of(given, trees=True))  # before their values and ids are looked up
    kept = _store(given, store) if kind == "estate" and gating.new_only else None
    asked = _Asked(by, jobs, gating.gate(kept), report, output)
    if kind == "trees":
        return _trees(root or (), manifest, asked)
    if kind == "hosts":
        return _hosts(dict(places_of(given, targets_file, reaching.ways(timeout))), asked)
    return _estate(given, within, store, asked)


Kind = Literal["estate", "hosts", "trees"]


def _kind(
    given: Sequence[str], *, hosts: Path | None, root: list[str] | None, manifest: Path | None
) -> Kind:
    """What is to be scanned. Raises UsageError if it is several things."""
    from scanners.host.reach.targets import is_target  # noqa: PLC0415

    is_host = hosts is not None or any(map(is_target, given))
    if sum((bool(given) or is_host, bool(root), manifest is not None)) > 1:
        raise UsageError(_("scan hosts, or --root, or --manifest: one of them at a time"))
    if root or manifest:
        return "trees"
    return "hosts" if is_host else "estate"


@dataclass(frozen=True)
class _Asked:
    """What holds for whatever is scanned."""

    by: JudgedBy
    jobs: int | None
    gate: Gate
    format: ReportFormat
    output: Path | None


def _hosts(places: dict[str, Place], asked: _Asked) -> int:
    from govctl.pipeline.hosts import scan_places  # noqa: PLC0415
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    parts: list[str] = []

    def seen(facts: HostFacts) -> None:
        if facts.raw.gap is not None:
            parts.append(facts.target)

    run = scan_places(
        places,
        judging(asked.by.baselines, asked.by.patterns, asked.by.overrides),
        asked.jobs or WORKERS,
        command=sys.argv[1:],
        watching=console.watching,
        seen=seen,
        meanwhile=lambda: _load_report(asked.format),
    )
    return _shown(run, asked, trees=False, whole=not parts)


def _load_report(format: ReportFormat) -> None:
    """Import what shows the result, while hosts are at work."""
    from govctl.pipeline import site_tests, unkept  # noqa: F401, PLC0415

    if format.renderer:
        format.load()
    else:
        from govctl.reports import console as _console  # noqa: F401, PLC0415


def _trees(roots: Sequence[str], manifest: Path | None, asked: _Asked) -> int:
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from govctl.pipeline.manifest import read_manifest  # noqa: PLC0415
    from govctl.pipeline.pool import processors  # noqa: PLC0415
    from govctl.pipeline.trees import Tree, scan_trees  # noqa: PLC0415

    if manifest is not None:
        trees = read_manifest(manifest, asked.by.baselines, asked.by.patterns, asked.by.overrides)
    else:
        judged_by = judging(asked.by.baselines, asked.by.patterns, asked.by.overrides)
        trees = tuple(Tree(root, judged_by) for root in dict.fromkeys(roots))
    run = scan_trees(
        trees, asked.jobs or processors(), command=sys.argv[1:], watching=console.watching
    )
    return _shown(run, asked, trees=True)


def _shown(run: Run, asked: _Asked, *, trees: bool, whole: bool = True) -> int:
    from govctl.cli.unkept import show_unkept  # noqa: PLC0415

    code = exit_code(run, asked.gate)
    code = code if whole else 4
    return show_unkept(run, asked.format, asked.output, code, trees=trees)


def _store(given: Sequence[str], url: str | None) -> Store:
    from govctl.evidence.store import Store  # noqa: PLC0415
    from govctl.pipeline.workspace import Workspace  # noqa: PLC0415

    estate = estate_of(given, trees=True)
    return Store(Workspace(estate if estate.is_dir() else estate.parent).runs, url)


def _estate(given: list[str], within: Within, store: str | None, asked: _Asked) -> int:
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.probes import ask_services  # noqa: PLC0415
    from govctl.pipeline.scope import scope_of  # noqa: PLC0415
    from govctl.pipeline.verify import verify  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate_of(given, trees=True), watcher, store=store)
        machines = within.machines(job.estate)
        by = asked.by
        whole = not (within or by.patterns or by.baselines)
        scope = scope_of(job.estate, machines, by.baselines, by.patterns, by.overrides)
        done = verify(
            job,
            machines,
            scope.checks,
            contexts=scope.contexts,
            workers=asked.jobs or WORKERS,
            command=sys.argv[1:],
            probe=ask_services if whole else None,
        )
    code = exit_code(done.run, asked.gate)
    if any(facts.raw.gap is not None for facts in done.facts.values()):
        code = 4
    return outcome.show_scan(job, done.run, asked.format, asked.output, code)
