"""What differs between two kept runs, and why: the host, the baseline and its values, or the tool.

A verdict that changed has one cause if only one of the three changed for it. Where several did, the
facts of the first run are judged by today's rows, if these give again what the second run found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.identity import another_machine
from policies.judge import judge
from policies.model import Check, Finding, Status
from policies.needs import sources_for
from policies.target import TargetContext
from scanners.host import bundle
from scanners.host.collect import facts_from
from scanners.host.facts.system import System
from scanners.host.model import HostFacts, Raw, Source, Taken

Cause = Literal["host", "baseline", "tool", "reach", "time"]
"""`reach`: the machine answered in one run alone. `time`: nothing changed but the hour."""
_VOLATILE = {"system": b"clock="}
"""Lines of a command's output that differ each time."""


@dataclass(frozen=True)
class Changed:
    """A verdict that is another now."""

    before: Finding
    after: Finding
    causes: tuple[Cause, ...]
    certain: bool
    """False if several changed and it cannot be told which of them it was."""


@dataclass(frozen=True)
class HostChange:
    """What a machine gave that it did not give before."""

    target: str
    commands: tuple[str, ...]
    """Names of commands with another output."""
    files: Mapping[str, Literal["new", "gone", "changed"]]
    """By path."""


@dataclass(frozen=True)
class Differences:
    """Everything that differs between two runs."""

    first: Run
    second: Run
    changed: tuple[Changed, ...]
    hosts: tuple[HostChange, ...]
    refused: Mapping[str, str]
    """Targets that are other machines now, and what says so."""
    rows: tuple[str, ...]
    """Checks that both runs asked, and whose rows differ."""
    asked: tuple[str, ...]
    """Checks that only the second run asked."""
    dropped: tuple[str, ...]
    """Checks that only the first run asked."""
    baselines: tuple[str, ...]
    """Baselines and profiles whose tables differ, or that only one run knows."""
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def any(self) -> bool:
        """True if a verdict changed, or which machines and checks were asked."""
        return bool(self.changed or self.asked or self.dropped or self.only_first
                    or self.only_second or self.refused)  # fmt: skip


def differences(
    store: Store,
    first: Run,
    second: Run,
    checks: Iterable[Check],
    contexts: Mapping[str, TargetContext],
) -> Differences:
    """Compare two runs of one store. `checks` and `contexts` are today's.

    InputError if evidence is damaged.
    """
    compared = _Comparison(store, first, second, {check.id: check for check in checks}, contexts)
    here, there = set(first.targets), set(second.targets)
    before, after = {c.check for c in first.findings}, {c.check for c in second.findings}
    both = sorted((here & there) - set(compared.refused))
    findings = {(one.target, one.check): one for one in second.findings}
    pairs = [(one, findings.get((one.target, one.check))) for one in first.findings
             if one.target in both]  # fmt: skip
    moved = [(one, other) for one, other in pairs if other and one.status != other.status]
    versions = first.versions.baselines, second.versions.baselines
    names = sorted({*versions[0], *versions[1]})
    return Differences(
        first=first,
        second=second,
        changed=tuple(compared.explained(one, other) for one, other in moved),
        hosts=tuple(filter(None, map(compared.host, both))),
        refused=compared.refused,
        rows=tuple(sorted(check for check in before & after if compared.row_changed(check))),
        asked=tuple(sorted(after - before)),
        dropped=tuple(sorted(before - after)),
        baselines=tuple(n for n in names if versions[0].get(n) != versions[1].get(n)),
        only_first=tuple(sorted(here - there)),
        only_second=tuple(sorted(there - here)),
    )


class _Comparison:
    def __init__(
        self, store: Store, first: Run, second: Run, checks: Mapping[str, Check],
        contexts: Mapping[str, TargetContext],
    ) -> None:  # fmt: skip
        self._store, self._runs = store, (first, second)
        self._checks, self._contexts = checks, contexts
        self._rows = [store.document(run.id, "rows") for run in self._runs]
        self._kept: dict[tuple[int, str], bundle.Bundle | None] = {}
        known = [store.document(run.id, "identities") or {} for run in self._runs]
        said = {name: another_machine(known[0].get(name), known[1].get(name)) for name in known[0]}
        self.refused = {name: why for name, why in sorted(said.items()) if why}

    def row_changed(self, check: str) -> bool:
        """True if another row, or another govctl, asked this check."""
        before, after = (run.versions for run in self._runs)
        if before.govctl != after.govctl:
            return True
        one, other = self._rows
        if one and other and check in one and check in other:
            return bool(one[check] != other[check])
        return before.checks != after.checks

    def explained(self, one: Finding, other: Finding) -> Changed:
        """Why a verdict is another now."""
        if "unreachable" in (one.status, other.status):
            return Changed(one, other, ("reach",), True)
        causes: list[Cause] = []
        if self._facts_changed(one.target, one.check):
            causes.append("host")
        if _asked(one) != _asked(other):
            causes.append("baseline")
        if self.row_changed(one.check):
            causes.append("tool")
        if not causes:
            return Changed(one, other, ("time",), True)
        if len(causes) == 1:
            return Changed(one, other, tuple(causes), True)
        return self._told_apart(one, other, causes)

    def _told_apart(self, one: Finding, other: Finding, causes: list[Cause]) -> Changed:
        again = self._judged(1, other)
        if again is None or (again.status, again.values) != (other.status, other.values):
            return Changed(one, other, tuple(causes), False)
        earlier = self._judged(0, other)
        if earlier is None:
            return Changed(one, other, tuple(causes), False)
        rest: list[Cause] = [cause for cause in causes if cause != "host"]
        if "host" not in causes:
            return Changed(one, other, tuple(rest), len(rest) == 1)
        if earlier.status == one.status:
            return Changed(one, other, ("host",), True)
        if earlier.status == other.status:
            return Changed(one, other, tuple(rest), len(rest) == 1)
        return Changed(one, other, tuple(causes), len(rest) == 1)

    def host(self, target: str) -> HostChange | None:
        """What a machine gave that is another now; None if nothing is."""
        before, after = self._bundle(0, target), self._bundle(1, target)
        if before is None or after is None:
            return None
        commands = _commands(before.raw, after.raw)
        files = _files(before.raw, after.raw)
        return HostChange(target, commands, files) if commands or files else None

    def _judged(self, which: int, like: Finding) -> Finding | None:
        """The facts of one run, judged by today's row."""
        check, context = self._checks.get(like.check), self._contexts.get(like.target)
        facts = self._facts(which, like.target, like.check)
        if check is None or context is None or facts is None:
            return None
        return next(iter(judge(facts, [check], context)), None)

    def _facts_changed(self, target: str, check: str) -> bool:
        """True if what the check reads is another now; if its row is gone, if anything is."""
        if check not in self._checks:
            return self.host(target) is not None
        before, after = self._facts(0, target, check), self._facts(1, target, check)
        if before is None or after is None:
            return before is not after
        return _values(before) != _values(after)

    def _facts(self, which: int, target: str, check: str) -> HostFacts | None:
        kept = self._bundle(which, target)
        row = self._checks.get(check)
        if kept is None or row is None:
            return None
        sources: tuple[Source[Any], ...] = sources_for([row])
        return facts_from(kept.raw, target, kept.taken_at, sources)

    def _bundle(self, which: int, target: str) -> bundle.Bundle | None:
        if (which, target) not in self._kept:
            if len(self._kept) > 64:  # bundles are large, and targets come one after another
                self._kept.clear()
            run = self._runs[which].id
            text = self._store.facts(run, target)
            place = self._store.database.place / run / target
            kept = bundle.load_plain(text, place) if text is not None else None
            self._kept[which, target] = kept
        return self._kept[which, target]


def _asked(finding: Finding) -> tuple[object, ...]:
    """By what a verdict was given, beside the row: values, requirements, an exception."""
    return finding.values, finding.requirements, finding.exception


def _values(facts: HostFacts) -> dict[type[object], object]:
    """Facts without what differs each time."""
    values = {fact: value for fact, value in facts.values.items() if fact is not Taken}
    system = values.get(System)
    if isinstance(system, System):
        values[System] = replace(system, clock=None)
    return values


def _commands(before: Raw, after: Raw) -> tuple[str, ...]:
    names = sorted({*before.outputs, *after.outputs})
    return tuple(name for name in names if _said(before, name) != _said(after, name))


def _said(raw: Raw, name: str) -> tuple[bytes, int] | None:
    output = raw.outputs.get(name)
    if output is None:
        return None
    lines = output.stdout.splitlines()
    skipped = _VOLATILE.get(name)
    if skipped:
        lines = [line for line in lines if not line.startswith(skipped)]
    return b"\n".join(lines), output.status


def _files(before: Raw, after: Raw) -> dict[str, Literal["new", "gone", "changed"]]:
    found: dict[str, Literal["new", "gone", "changed"]] = {}
    for path in sorted({*before.files, *after.files}):
        one, other = before.files.get(path), after.files.get(path)
        if one is None:
            found[path] = "new"
        elif other is None:
            found[path] = "gone"
        elif one != other:
            found[path] = "changed"
    return found


def worsened(changed: Changed) -> bool:
    """True if what held before fails now."""
    good: tuple[Status, ...] = ("pass", "not-applicable")
    return changed.after.status == "fail" and changed.before.status in good
