"""Hosts where a hardening was broken off: each waits for a new login, and restores itself if none
comes. What a scan finds there does not stand yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from govctl.evidence.hardening import Hardened
from govctl.pipeline.events import Watcher
from govctl.pipeline.harden.ansible_following import HardenResult
from govctl.pipeline.harden.rollback import Settled, settle
from govctl.texts import _
from scanners.host.model import HostFacts
from scanners.host.reach.address import Place

ARMED = "/var/lib/govctl/hardening/armed"
"""There while a host waits (playbooks/undo/guard.py)."""


def unproven(facts: Iterable[HostFacts]) -> tuple[str, ...]:
    """The hosts that waited when they were scanned for this path too."""
    return tuple(one.target for one in facts if ARMED in one.raw.files)


def prove(
    names: Iterable[str],
    places: Mapping[str, Place],
    watcher: Watcher,
    *,
    runs: Mapping[str, str] | None = None,
    told: Iterable[Hardened] = (),
) -> tuple[Hardened, ...]:
    """Log in to them anew, so that what was changed stays; who is at work there is waited for.

    What was changed there is given back: what was `told` of it, and what the host has noted, since
    a controller that is killed hears of it late or never. `runs`: which run broke off, if known.
    """
    waiting = {name: places[name] for name in names if name in places}
    found = settle(waiting, watcher, broken=runs) if waiting else {}
    before = {one.target: one for one in told}
    after = []
    for name in dict.fromkeys([*before, *found]):
        one, settled = before.get(name, Hardened(name)), found.get(name, Settled())
        reason = () if settled.stays else (settled.said,)
        after.append(replace(one, changes=(*one.changes, *settled.changes), failed=reason))
    return tuple(one for one in after if one.changes or one.failed)


def still_unproven(names: Iterable[str]) -> dict[str, HardenResult]:
    """What came of hosts that wait still: nobody can say that they are hardened."""
    reason = _("another hardening is at work on this host, or it takes no new login; try again")
    return {name: HardenResult(name, failed=[reason]) for name in names}
