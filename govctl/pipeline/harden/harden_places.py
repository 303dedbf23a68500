"""Hardening of hosts outside any estate: scan, close what fails and can be closed, scan again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from govctl.errors import UsageError
from govctl.evidence.model import Run
from govctl.pipeline.events import Watching
from govctl.pipeline.harden.ansible_ways import is_root
from govctl.pipeline.harden.companions import companions, is_hardened, joined
from govctl.pipeline.harden.hardening import HardenResult, HardenTarget, due_of, harden
from govctl.pipeline.harden.unproven import ARMED, prove, still_unproven, unproven
from govctl.pipeline.hosts import scan_places
from govctl.pipeline.judging import Judging
from govctl.texts import _
from policies.catalogue import checks
from policies.fixes import fixes
from policies.model import Check, Finding
from scanners.host.model import HostFacts
from scanners.host.reach.address import Place


@dataclass(frozen=True)
class HardenedPlaces:
    """What hardening of hosts came to."""

    hardened: Mapping[str, HardenResult]
    """By host; only those that had something failing that a role closes."""
    before: Run
    run: Run
    """The last scan; the first one, if nothing was changed."""


def harden_places(
    places: Mapping[str, Place],
    judging: Judging,
    workers: int,
    *,
    command: Sequence[str],
    watching: Watching,
    check: bool = False,
) -> HardenedPlaces:
    """Harden hosts by the names that their results bear; nothing is kept.

    `check`: only say what would change. Raises UsageError where one would not be reached as root.
    """
    for name, place in places.items():
        if not is_root(place):
            raise UsageError(
                _("{target}: only root can harden", target=name),
                hint=_("--sudo, or --ask-sudo-password, makes it root"),
            )
    before, facts = _look(places, judging, workers, command, watching)
    waiting = () if check else unproven(facts)
    if waiting:
        with watching() as watcher:
            prove(waiting, places, watcher)
        before, facts = _look(places, judging, workers, command, watching)
        waiting = unproven(facts)
    more: list[Finding] = []
    for one in filter(is_hardened, facts):
        own = judging.findings(one)
        more += companions(own, judging.checks, checks(), one, judging.context)
    seen = replace(before, findings=(*before.findings, *more))
    rows = joined(judging.checks, more)
    targets = [_target(name, place, rows, judging, seen) for name, place in places.items()]
    due = [target for target in targets if target.rows]
    left = still_unproven({*waiting} - {target.id for target in due})
    if not due:
        return HardenedPlaces(left, before, before)
    with watching() as watcher:
        hardened = harden(due, check=check, watcher=watcher)
    if check:
        return HardenedPlaces(hardened, before, before)
    after = scan_places(places, judging, workers, command=command, watching=watching)
    return HardenedPlaces({**left, **hardened}, before, after)


def _look(
    places: Mapping[str, Place],
    judging: Judging,
    workers: int,
    command: Sequence[str],
    watching: Watching,
) -> tuple[Run, Sequence[HostFacts]]:
    facts: list[HostFacts] = []
    run = scan_places(
        places, judging, workers, command=command, watching=watching, seen=facts.append,
        paths=(ARMED,),
    )  # fmt: skip
    return run, facts


def _target(
    name: str, place: Place, rows: Sequence[Check], judging: Judging, run: Run
) -> HardenTarget:
    own = [finding for finding in run.findings if finding.target == name]
    needed = fixes(own, rows, judging.context)
    return HardenTarget(name, place, needed, due_of(own, needed), run.id)
