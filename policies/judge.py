"""Facts in, findings out: one finding for every check, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from govctl.texts import Message, msg
from policies.families import Args, families
from policies.families._verdicts import not_applicable, not_evaluated
from policies.model import Check, Finding, Verdict
from policies.target import CONTAINER, TargetContext
from policies.values import resolve
from scanners.host.asked import NotAsked
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages, Units
from scanners.host.facts.system import System
from scanners.host.model import HostFacts, Missing

__all__ = ["TargetContext", "judge", "unreachable"]


def judge(
    facts: HostFacts, checks: Iterable[Check], context: TargetContext | None = None
) -> list[Finding]:
    """One finding for each check, in the order of the checks."""
    known = context or TargetContext()
    return [_finding(facts, check, known) for check in checks]


def unreachable(
    target: str, checks: Iterable[Check], reason: Message, context: TargetContext | None = None
) -> list[Finding]:
    """What there is to say about a target that nobody could ask."""
    verdict = Verdict("unreachable", reason)
    return [_record(target, check, verdict, context or TargetContext()) for check in checks]


def _finding(facts: HostFacts, check: Check, context: TargetContext) -> Finding:
    values: tuple[str, ...] = ()
    try:
        verdict = _not_due(facts, check, context)
        if verdict is None:
            args, values = resolve(check, context)
            verdict = _ask(facts, check, args)
            if _is_unfounded(facts, check, args):
                verdict = not_evaluated(msg("there is no {path}", path="/var/lib/dpkg/status"))
    except NotAsked as error:
        verdict = not_evaluated(error.reason)
    except Exception as error:  # a bug in a family must lose neither its check nor the others
        verdict = not_evaluated(msg("the check itself failed: {error}", error=_one_line(error)))
    return _record(facts.target, check, verdict, context, values)


def _not_due(facts: HostFacts, check: Check, context: TargetContext) -> Verdict | None:
    """Why the check is not due here, with the proof; None if it is."""
    if check.id in context.exceptions:
        reason = context.exceptions[check.id]
        return not_applicable(msg("recorded exception: {reason}", reason=reason))
    traits = set(check.applies.get("unless", ())) & context.traits
    if traits:
        return not_applicable(msg("not due: this target is {traits}", traits=_join(traits)))
    only = check.applies.get("only")
    if only and not set(only) & context.traits:
        return not_applicable(msg("due only where a target is {traits}", traits=_join(only)))
    return (
        _by_package(facts, check.applies.get("package"))
        or _by_other_package(facts, check.applies.get("without"))
        or _by_distribution(facts, check.applies.get("distribution"))
        or (_by_kernel(facts, context) if check.kernel else None)
    )


def _is_unfounded(facts: HostFacts, check: Check, args: Mapping[str, Any]) -> bool:
    """True if a tree says neither whether the package is installed nor has a file of its own."""
    if facts.raw.live or "package" not in check.applies:
        return False
    if not isinstance(facts.get(Packages), Missing):
        return False
    globs = [str(path) for path in args.get("paths", ())]
    wanted = set(families()[check.family].needs) - {Packages, Units, System}
    for source in SOURCES:
        if source.fact in wanted:
            globs += [*source.files, *source.tree_files, *(one.path for one in source.reduced)]
    return bool(globs) and not any(
        fnmatchcase(path, glob) for path in facts.raw.files for glob in globs
    )


def _by_package(facts: HostFacts, names: tuple[str, ...] | None) -> Verdict | None:
    if names is None:
        return None
    packages = facts.get(Packages)
    if isinstance(packages, Missing):
        return _unknown(facts, packages)
    if any(name in packages.versions for name in names):
        return None
    return not_applicable(msg("not installed: {packages}", packages=_join(names)))


def _by_other_package(facts: HostFacts, names: tuple[str, ...] | None) -> Verdict | None:
    if names is None:
        return None
    packages = facts.get(Packages)
    if isinstance(packages, Missing):
        return _unknown(facts, packages)
    found = [name for name in names if name in packages.versions]
    if not found:
        return None
    return not_applicable(msg("not due where {packages} does this work", packages=_join(found)))


def _unknown(facts: HostFacts, missing: Missing) -> Verdict | None:
    """A tree may be a part of a machine, such as its /etc: what is there is judged then."""
    return not_evaluated(missing.reason) if facts.raw.live else None


def _by_distribution(facts: HostFacts, names: tuple[str, ...] | None) -> Verdict | None:
    if names is None:
        return None
    system = facts.get(System)
    if isinstance(system, Missing):
        return not_evaluated(system.reason)
    if system.distribution in names:
        return None
    return not_applicable(msg("not due: this target is {traits}", traits=system.distribution))


def _by_kernel(facts: HostFacts, context: TargetContext) -> Verdict | None:
    """A container's kernel belongs to another machine. A tree of files is judged as the machine
    that it may become, unless it bears a container's mark or whoever asks knows better."""
    if CONTAINER in context.traits:
        return not_applicable(msg("another machine owns this kernel: it will run as a container"))
    system = facts.get(System)
    if isinstance(system, Missing):
        return _unknown(facts, system)
    if system.is_container:
        return not_applicable(
            msg("another machine owns this kernel: {source} says {found}",
                source=system.proof, found=system.virtualisation),
            [f"{system.proof}: {system.virtualisation}"],
        )  # fmt: skip
    return None


def _ask(facts: HostFacts, check: Check, args: Mapping[str, Any]) -> Verdict:
    family = families()[check.family]
    answers = []
    for need in family.needs:
        fact = facts.get(need)
        if isinstance(fact, Missing):
            return not_evaluated(fact.reason)
        answers.append(fact)
    answers += [facts.get(help_) for help_ in family.helps]
    return family.judge(_validated(check.family, json.dumps(args)), *answers)


@lru_cache(maxsize=4096)
def _validated(family: str, args: str) -> Args:
    """Arguments are the same on most hosts: reading them once saves half of the time."""
    return families()[family].args.model_validate_json(args)


def _record(
    target: str,
    check: Check,
    verdict: Verdict,
    context: TargetContext,
    values: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        target=target,
        check=check.id,
        status=verdict.status,
        severity=check.severity,
        reason=verdict.reason,
        evidence=verdict.evidence,
        requirements=_requirements(check, context),
        references=check.references,
        values=values,
    )


def _requirements(check: Check, context: TargetContext) -> tuple[str, ...]:
    rows = (baseline.find(context.level, key)
            for baseline in context.baselines for key in check.answers)  # fmt: skip
    return tuple(dict.fromkeys(row.id for row in rows if row is not None))


def _join(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
