"""Hosts where a hardening was broken off: each waits for a new login, and restores itself if none
comes. What a scan finds there does not stand yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from govctl.pipeline.events import Watcher
from govctl.pipeline.harden.ansible_following import HardenResult
from govctl.pipeline.harden.rollback import settle
from govctl.texts import _
from scanners.host.model import HostFacts
from scanners.host.reach.address import Place

ARMED = "/var/lib/govctl/hardening/armed"
"""There while a host waits (playbooks/undo/guard.py)."""


def unproven(facts: Iterable[HostFacts]) -> tuple[str, ...]:
    """The hosts that waited when they were scanned for this path too."""
    return tuple(one.target for one in facts if ARMED in one.raw.files)


def prove(names: Iterable[str], places: Mapping[str, Place], watcher: Watcher) -> None:
    """Log in to them anew, so that what was changed stays; who is at work there is waited for."""
    waiting = {name: places[name] for name in names}
    if waiting:
        settle(waiting, watcher)


def still_unproven(names: Iterable[str]) -> dict[str, HardenResult]:
    """What came of hosts that wait still: nobody can say that they are hardened."""
    reason = _("another hardening is at work on this host, or it takes no new login; try again")
    return {name: HardenResult(name, failed=[reason]) for name in names}
