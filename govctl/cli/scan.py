"""The command that scans: an estate, hosts, or trees of files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import console
from govctl.cli.app import command
from govctl.cli.arguments import (
    BaselineOption,
    ChecksFromOption,
    ChecksOption,
    Format,
    FormatOption,
    LimitOption,
    OutputOption,
    RootOption,
    SetOption,
    UnitOption,
    estate_of,
    words_of,
)
from govctl.cli.reaching import (
    AskOption,
    ConnectTimeoutOption,
    IdentityOption,
    JobsOption,
    KnownHostsOption,
    PasswordFileOption,
    SshConfigOption,
    SudoOption,
    TargetsOption,
    TimeoutOption,
    places_of,
    ways_of,
)
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.evidence.model import Run
    from scanners.host.reach.address import Place

EXAMPLE = """\
govctl scan estate/ --unit 'Xã Hy Cương' --checks 'sshd-*'
govctl scan localhost --baseline cis-debian12:l1-server
govctl scan ssh://admin@192.0.2.10 --sudo --ask-sudo-password
govctl scan --root /mnt/image --checks 'cis:5.1.*' --set sshd_max_auth_tries_value=4"""


@command(EXAMPLE)
def scan(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=_("TARGET …"),
            help=_(
                "An estate's folder (else $GOVCTL_ESTATE); or hosts: localhost, ssh://user@host."
            ),
        ),
    ] = None,
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
    unit: UnitOption = None,
    limit: LimitOption = None,
    baseline: BaselineOption = None,
    checks: ChecksOption = None,
    checks_from: ChecksFromOption = None,
    values: SetOption = None,
    sudo: SudoOption = False,
    ask: AskOption = False,
    password_file: PasswordFileOption = None,
    identity: IdentityOption = None,
    known_hosts: KnownHostsOption = None,
    ssh_config: SshConfigOption = None,
    connect_timeout: ConnectTimeoutOption = None,
    timeout: TimeoutOption = 420,
    jobs: JobsOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Visit each machine once, take facts, and judge them.

    Exit codes: 0 nothing fails, 1 something does, 4 a machine could not be reached.
    """
    from policies.overrides import overrides  # noqa: PLC0415

    given = targets or []
    is_host = any(map(_is_target, given)) or targets_file is not None
    if not (is_host or root or manifest):
        from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415

        use_checks_of(estate_of(given))  # before their values and ids are looked up
    asked = _Asked(
        words_of(baseline), words_of([checks or ""]), overrides(values or ()), jobs, format, output
    )
    if sum((is_host, bool(root), manifest is not None)) > 1:
        raise UsageError(_("scan hosts, or --root, or --manifest: one of them at a time"))
    if (is_host or root or manifest) and (unit or limit):
        raise UsageError(_("--unit and --limit are for an estate"))
    if root or manifest:
        if given:
            raise UsageError(_("scan hosts, or --root, or --manifest: one of them at a time"))
        return _trees(root or (), manifest, asked)
    if is_host:
        ways = ways_of(
            sudo=sudo,
            ask=ask,
            password_file=password_file,
            identities=identity,
            known_hosts=known_hosts,
            ssh_config=ssh_config,
            connect_timeout=connect_timeout,
            timeout=timeout,
        )
        return _hosts(dict(places_of(given, targets_file, ways)), asked)
    return _estate(given, unit, limit, asked)


@dataclass(frozen=True)
class _Asked:
    """What holds for whatever is scanned."""

    baselines: tuple[str, ...]
    patterns: tuple[str, ...]
    values: dict[str, str]
    jobs: int | None
    format: Format
    output: Path | None


def _is_target(word: str) -> bool:
    from scanners.host.reach.targets import is_target  # noqa: PLC0415

    return is_target(word)


def _hosts(places: dict[str, Place], asked: _Asked) -> int:
    from govctl.pipeline.hosts import scan_places  # noqa: PLC0415
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    run = scan_places(
        places,
        judging(asked.baselines, asked.patterns, asked.values),
        asked.jobs or WORKERS,
        command=sys.argv[1:],
        watching=console.watching,
    )
    return _shown(run, asked)


def _trees(roots: Sequence[str], manifest: Path | None, asked: _Asked) -> int:
    from govctl.pipeline.judging import judging  # noqa: PLC0415
    from govctl.pipeline.manifest import read_manifest  # noqa: PLC0415
    from govctl.pipeline.pool import processors  # noqa: PLC0415
    from govctl.pipeline.trees import Tree, scan_trees  # noqa: PLC0415

    if manifest is not None:
        trees = read_manifest(manifest, asked.baselines, asked.patterns, asked.values)
    else:
        judged_by = judging(asked.baselines, asked.patterns, asked.values)
        trees = tuple(Tree(root, judged_by) for root in dict.fromkeys(roots))
    run = scan_trees(
        trees, asked.jobs or processors(), command=sys.argv[1:], watching=console.watching
    )
    return _shown(run, asked)


def _shown(run: Run, asked: _Asked) -> int:
    from govctl.cli import outcome  # noqa: PLC0415

    return outcome.show_unkept(run, asked.format, asked.output)


def _estate(
    given: list[str], unit: list[str] | None, limit: list[str] | None, asked: _Asked
) -> int:
    from govctl.cli import outcome  # noqa: PLC0415
    from govctl.pipeline import job as jobs  # noqa: PLC0415
    from govctl.pipeline.limits import chosen_machines  # noqa: PLC0415
    from govctl.pipeline.probes import ask_services  # noqa: PLC0415
    from govctl.pipeline.scope import scope_of  # noqa: PLC0415
    from govctl.pipeline.verify import verify  # noqa: PLC0415
    from scanners.host.visit import WORKERS  # noqa: PLC0415

    with console.watching() as watcher:
        job = jobs.open_job(estate_of(given), watcher)
        machines = chosen_machines(job.estate, unit or (), limit or ())
        whole = not (unit or limit or asked.patterns or asked.baselines)
        scope = scope_of(job.estate, machines, asked.baselines, asked.patterns, asked.values)
        run = verify(
            job,
            machines,
            scope.checks,
            contexts=scope.contexts,
            workers=asked.jobs or WORKERS,
            command=sys.argv[1:],
            probe=ask_services if whole else None,
        ).run
    return outcome.show_scan(job, run, asked.format, asked.output)
