"""How a machine stands with its updates: judged from facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from govctl.errors import TargetError
from govctl.texts import Message, msg
from scanners.host.facts.system import System
from scanners.host.formats.apt_simulation import Install
from scanners.host.model import HostFacts, Missing
from scanners.host.patching.running import Kernel, Outdated, Running, reboot_due
from scanners.host.patching.updates import Update, Updates

PatchStatus = Literal["current", "due", "not-evaluated", "unreachable"]
"""`current`: nothing is to be done, and every package source and process was looked at."""


@dataclass(frozen=True)
class PatchState:
    """One machine at one time."""

    target: str
    status: PatchStatus
    reasons: tuple[Message, ...] = ()
    """Why it is not evaluated, or not reached."""
    notes: tuple[Message, ...] = ()
    """What is as it should be, and worth knowing."""
    chosen: tuple[Update, ...] = ()
    """What `--apply` would install: security updates, with `--all` every one."""
    kept: tuple[Update, ...] = ()
    """Security updates that the machine's own settings keep back."""
    others: tuple[Update, ...] = ()
    """Updates that only `--all` installs."""
    unfinished: tuple[str, ...] = ()
    """Packages that dpkg was interrupted in."""
    outdated: tuple[Outdated, ...] = ()
    reboot: Message | None = None
    """Why it has to be started again."""
    versions: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Every installed package."""
    steps: tuple[Install, ...] = ()
    """What apt would unpack for `chosen`: packages that come along are here too."""

    @property
    def restarts(self) -> tuple[Outdated, ...]:
        """Units that `--apply` lets take up their new files."""
        return tuple(one for one in self.outdated if one.way != "leave")

    @property
    def left(self) -> tuple[Outdated, ...]:
        """Units that a person or the next boot has to see to."""
        return tuple(one for one in self.outdated if one.way == "leave")

    @property
    def has_work(self) -> bool:
        """True if `--apply` would do something."""
        return bool(self.chosen or self.unfinished or self.restarts)


@dataclass
class _Found:
    reasons: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)


def unreached(target: str, error: TargetError) -> PatchState:
    """A machine that did not answer."""
    return PatchState(target, "unreachable", (Message("{reason}", {"reason": error.message}),))


def state_of(facts: HostFacts, *, every: bool) -> PatchState:
    """Judge one machine; `every`: all updates are wanted, not only those of security.

    It is `not-evaluated` as long as anything that could hide an update was not looked at, and what
    was found stands there all the same.
    """
    found = _Found()
    system, updates = facts.get(System), facts.get(Updates)
    outdated, reboot = _outdated(facts, found), _reboot(facts, system, found)
    if isinstance(updates, Missing):
        found.reasons.insert(0, updates.reason)
        return PatchState(facts.target, "not-evaluated", tuple(found.reasons), tuple(found.notes),
                          outdated=outdated, reboot=reboot)  # fmt: skip
    found.reasons += gaps(updates, system, every=every)
    chosen = tuple(one for one in updates.updates if not one.kept and (every or one.security))
    kept = tuple(one for one in updates.updates if one.kept and (every or one.security))
    others = tuple(one for one in updates.updates if not every and not one.security)
    steps: tuple[Install, ...] = ()
    if isinstance(updates.simulation, Missing):
        found.reasons.append(updates.simulation.reason)
    elif updates.simulation is not None:
        steps = updates.simulation.installs
    is_due = bool(chosen or kept or updates.installed.unfinished or outdated or reboot)
    status: PatchStatus = "due" if is_due else "current"
    return PatchState(
        facts.target,
        "not-evaluated" if found.reasons else status,
        tuple(found.reasons),
        tuple(found.notes),
        chosen,
        kept,
        others,
        updates.installed.unfinished,
        outdated,
        reboot,
        updates.installed.versions,
        steps,
    )


def gaps(updates: Updates, system: System | Missing, *, every: bool) -> list[Message]:
    """Why there may be updates that apt does not see."""
    if not updates.archives and not updates.silent:
        return [msg("no package source is configured")]
    silent = ", ".join(updates.silent[:3])
    if updates.silent and not updates.answered:
        return [msg("no package source reachable: {sources}", sources=silent)]
    found = []
    if updates.silent:
        found.append(msg("package sources that give no current list: {sources}", sources=silent))
    security = [one for one in updates.archives if one.is_security]
    release = system.version if isinstance(system, System) else ""
    if not every and not security and not updates.silent:
        found.append(msg("none of its package sources is an archive of security updates"))
    elif not every and security and not any(one.is_of(release) for one in security):
        found.append(
            msg(
                "its archive of security updates is for {other}, the system is {release}",
                other=security[0].version,
                release=release,
            )
        )
    return found


def _outdated(facts: HostFacts, found: _Found) -> tuple[Outdated, ...]:
    running = facts.get(Running)
    if isinstance(running, Missing):
        found.reasons.append(running.reason)
        return ()
    return running.outdated


def _reboot(facts: HostFacts, system: System | Missing, found: _Found) -> Message | None:
    kernel = facts.get(Kernel)
    if isinstance(kernel, Missing) or isinstance(system, Missing):
        found.reasons += [one.reason for one in (kernel, system) if isinstance(one, Missing)]
        return None
    due = reboot_due(kernel, system)
    if isinstance(due, Missing):
        found.notes.append(due.reason)
        return None
    if system.is_container:
        found.notes.append(msg("its kernel {kernel} belongs to the machine that runs the container",
                               kernel=kernel.running))  # fmt: skip
    return due
