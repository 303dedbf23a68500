"""Patching of running machines: look, install, restart what still runs from old files, look again.

It goes by the scanners' visit and not by Ansible. What is due is read by pure parsers from one
round trip a machine, as a scan's facts are; the work is a job of the host's own systemd, which a
lost connection does not stop; and a host that govctl can scan needs nothing more to be patched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from govctl.errors import TargetError
from govctl.pipeline.events import Stage, State, Step, Watcher
from govctl.pipeline.patch.patch_state import PatchState, state_of, unreached
from govctl.texts import Message, msg
from scanners.host.collect import facts_from
from scanners.host.collecting import Wanted, wanted
from scanners.host.facts.system import SOURCE as SYSTEM
from scanners.host.formats.apt_simulation import Install
from scanners.host.model import Command, HostFacts, Missing, Raw, Source
from scanners.host.moment import now
from scanners.host.patching import work
from scanners.host.patching.running import KERNEL, RUNNING, Running
from scanners.host.patching.updates import INSTALLED, Installed, updates_source
from scanners.host.patching.work import Work, work_of
from scanners.host.reach.address import Place
from scanners.host.visit import WORKERS, visit_many

_MARGIN = 120
"""Seconds of a visit beside its longest command."""
Found = HostFacts | TargetError
_LOOKED = (SYSTEM, RUNNING, KERNEL)


@dataclass(frozen=True)
class Patched:
    """What was done to one machine."""

    target: str
    before: PatchState
    after: PatchState | None = None
    """How it stands now; None if it was not looked at again."""
    installed: tuple[Install, ...] = ()
    """Packages whose version is another now, or that are new."""
    restarted: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()
    """Packages that dpkg had been interrupted in, and has finished with now."""
    failures: tuple[Message, ...] = ()
    log: str = ""
    """What apt, dpkg and systemctl printed."""

    @property
    def ok(self) -> bool:
        """True if everything that was to be done was done."""
        return not self.failures


def look(
    places: Mapping[str, Place],
    tell: Watcher,
    *,
    every: bool = False,
    simulate: bool = False,
    workers: int = WORKERS,
) -> dict[str, PatchState]:
    """How each machine stands; it changes nothing on any of them.

    `simulate`: visit those with updates once more, and let apt say what would come along.
    """
    states: dict[str, PatchState] = {}

    def arrived(name: str, found: Found) -> None:
        states[name] = (
            unreached(name, found)
            if isinstance(found, TargetError)
            else state_of(found, every=every)
        )
        tell(_seen(states[name]))

    tell(Stage(msg("Looking for updates"), len(places)))
    _visit(places, lambda _name: (updates_source(), *_LOOKED), {}, workers, arrived)
    due = {name: places[name] for name, state in states.items() if state.chosen and simulate}
    if due:
        tell(Stage(msg("Asking apt what would come along"), len(due)))
        chosen = {name: _pairs(states[name]) for name in due}
        _visit(due, lambda name: (updates_source(chosen[name]), *_LOOKED), {}, workers, arrived)
    return {name: states[name] for name in places}


def apply(
    places: Mapping[str, Place],
    states: Mapping[str, PatchState],
    tell: Watcher,
    *,
    every: bool = False,
    workers: int = WORKERS,
    note: Callable[[Patched], None] = lambda _done: None,
) -> dict[str, Patched]:
    """Install what is due, restart what has to be, and look again, over a fresh login.

    `states`: how each machine stood when it was decided what to install. `note` gets what is known
    of a machine after each step.
    """
    begun = {name: work.install(_pairs(states[name])) for name in places
             if states[name].chosen or states[name].unfinished}  # fmt: skip
    installing = {name: places[name] for name in begun}
    if installing:
        tell(Stage(msg("Installing updates"), len(installing)))
    results = {name: Patched(name, states[name]) for name in places}
    found: dict[str, Found] = {}

    def arrived(name: str, one: Found) -> None:
        found[name] = one
        results[name] = _installed(results[name], one)
        note(results[name])
        tell(_ended(results[name]))

    _visit(installing, lambda _name: (INSTALLED, RUNNING), begun, workers, arrived)
    _restart(places, states, found, results, tell, workers, note)
    after = look(places, tell, every=every, workers=workers)
    return {name: _closed(results[name], after[name]) for name in places}


def _restart(
    places: Mapping[str, Place],
    states: Mapping[str, PatchState],
    found: Mapping[str, Found],
    results: dict[str, Patched],
    tell: Watcher,
    workers: int,
    note: Callable[[Patched], None],
) -> None:
    """Whatever failed before: a machine must not go on with a mixture that can be mended."""
    jobs = {}
    for name in places:
        facts = found.get(name)
        if isinstance(facts, TargetError):
            continue
        running = facts.get(Running) if facts else Running(states[name].outdated)
        if isinstance(running, Missing):
            results[name] = _failing(results[name], running.reason)
            continue
        units = [(one.unit, one.way) for one in running.outdated if one.way != "leave"]
        if units:
            jobs[name] = work.restart(units)
    if not jobs:
        return
    tell(Stage(msg("Restarting services"), len(jobs)))

    def arrived(name: str, one: Found) -> None:
        before = results[name]
        results[name] = _restarted(before, _work(one, jobs[name]))
        note(results[name])
        tell(_ended(results[name], len(before.failures)))

    _visit({name: places[name] for name in jobs}, lambda _name: (), jobs, workers, arrived)


def _visit(
    places: Mapping[str, Place],
    sources: Callable[[str], Sequence[Source[Any]]],
    first: Mapping[str, Command],
    workers: int,
    arrived: Callable[[str, Found], None],
) -> None:
    """One visit to each; a machine's own command comes before its facts are taken."""
    asked = {name: tuple(sources(name)) for name in places}
    wishes: dict[str, Wanted] = {}
    for name in places:
        plain = wanted(asked[name], live=True)
        own = (first[name],) if name in first else ()
        wishes[name] = replace(plain, commands=(*own, *plain.commands))
    patient = {name: replace(place, command_timeout=_seconds(wishes[name]))
               for name, place in places.items()}  # fmt: skip
    taken_at = now()

    def read(name: str, raw: Raw | TargetError) -> None:
        if isinstance(raw, TargetError):
            arrived(name, raw)
        else:
            arrived(name, facts_from(raw, name, taken_at, asked[name]))

    visit_many(patient, wishes, read, workers)


def _seconds(wishes: Wanted) -> float:
    return sum(command.timeout for command in wishes.commands) + _MARGIN


def _pairs(state: PatchState) -> list[tuple[str, str]]:
    return [(one.package, one.version) for one in state.chosen]


def _seen(state: PatchState) -> Step:
    if state.status == "unreachable":
        return Step(state.target, "failed", _first(state.reasons))
    kind: State = "incomplete" if state.status == "not-evaluated" else "done"
    return Step(state.target, kind, _first(state.reasons))


def _ended(result: Patched, told: int = 0) -> Step:
    """The failures of this stage; so many of the machine's were told before."""
    failures = result.failures[told:]
    return Step(result.target, "failed" if failures else "done", _first(failures))


def _first(messages: Sequence[Message]) -> Message | None:
    return messages[0] if messages else None


def _work(found: Found, command: Command) -> Work:
    if isinstance(found, TargetError):
        return Work((), Message("{reason}", {"reason": found.message}), "")
    return work_of(found.raw.outputs.get(command.name))


def _installed(result: Patched, found: Found) -> Patched:
    """What the installation came to, by the versions that are there now."""
    done = _work(found, work.install([]))
    result = replace(result, log=done.log)
    if done.failure:
        result = _failing(result, done.failure)
    installed = found.get(Installed) if isinstance(found, HostFacts) else None
    there = installed.versions if isinstance(installed, Installed) else {}
    finished = isinstance(installed, Installed) and not installed.unfinished
    # What counts in the end is what is there: lists may be old, a repair may come too late, and
    # what apt refuses by itself may come along with another.
    came = (f"{name}={version}" for name, version in _pairs(result.before)
            if there.get(name) == version)  # fmt: skip
    passed_over = {"lists", *came, *(("configure", "repair") if finished else ())}
    for step in done.steps:
        if not step.ok and step.step not in passed_over:
            said = msg("{step} failed: {reason}", step=step.step, reason=step.said)
            result = _failing(result, said)
    if installed is None:
        return result
    if isinstance(installed, Missing):
        return _failing(result, installed.reason)
    return _compared(result, installed)


def _compared(result: Patched, now_there: Installed) -> Patched:
    before, after = result.before, now_there.versions
    changed = tuple(
        Install(name, before.versions.get(name), version, "")
        for name, version in sorted(after.items())
        if before.versions.get(name) != version
    )
    done = set(before.unfinished) - set(now_there.unfinished)
    result = replace(result, installed=changed, configured=tuple(sorted(done)))
    short = [one for one in before.chosen if after.get(one.package) != one.version]
    if short and not result.failures:
        names = ", ".join(f"{one.package} {after.get(one.package, '-')}" for one in short)
        result = _failing(result, msg("not brought to the version that was due: {names}",
                                      names=names))  # fmt: skip
    if now_there.unfinished:
        names = ", ".join(now_there.unfinished)
        result = _failing(result, msg("dpkg has not finished with {names}", names=names))
    return result


def _restarted(result: Patched, done: Work) -> Patched:
    result = replace(result, log="\n".join(filter(None, (result.log, done.log))))
    if done.failure:
        result = _failing(result, done.failure)
    for step in done.steps:
        if not step.ok:
            said = msg("{unit} was not restarted: {reason}", unit=step.step, reason=step.said)
            result = _failing(result, said)
    good = tuple(step.step for step in done.steps if step.ok)
    return replace(result, restarted=good)


def _closed(result: Patched, after: PatchState) -> Patched:
    """With how the machine stands now; one that lets nobody in any more has failed."""
    if after.status == "unreachable":
        result = _failing(result, *after.reasons)
    return replace(result, after=after)


def _failing(result: Patched, *reasons: Message) -> Patched:
    return replace(result, failures=(*result.failures, *reasons))
