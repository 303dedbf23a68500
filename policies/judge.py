"""Facts in, findings out: one finding for every check, whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from govctl.texts import Message, msg
from policies.exceptions import by_need
from policies.families import families
from policies.families._verdicts import not_applicable, not_evaluated
from policies.model import Check, Finding, Verdict
from policies.question import Question, joined, questions
from policies.target import CONTAINER, TargetContext
from policies.values import is_by_need
from scanners.host.asked import NotAsked
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages, Units
from scanners.host.facts.system import System
from scanners.host.model import HostFacts, Missing

__all__ = ["TargetContext", "answers", "judge", "record", "unreachable"]


Answer = tuple[Verdict, tuple[str, ...]]
"""A verdict, and whose values it rests on (see `Finding.values`)."""


def judge(
    facts: HostFacts, checks: Iterable[Check], context: TargetContext | None = None
) -> list[Finding]:
    """One finding for each check, in the order of the checks."""
    asked = questions(checks, context or TargetContext())
    return record(facts.target, asked, answers(facts, asked))


def answers(facts: HostFacts, asked: Iterable[Question]) -> list[Answer]:
    """What these facts say to questions that are put to many targets, in their order."""
    return [_answer(facts, question) for question in asked]


def record(target: str, asked: Iterable[Question], said: Iterable[Answer]) -> list[Finding]:
    """The findings that answers make, on one target."""
    return [
        _record(target, question, *answer) for question, answer in zip(asked, said, strict=True)
    ]


def unreachable(
    target: str, checks: Iterable[Check], reason: Message, context: TargetContext | None = None
) -> list[Finding]:
    """What there is to say about a target that nobody could ask."""
    verdict = Verdict("unreachable", reason)
    return [_record(target, question, verdict)
            for question in questions(checks, context or TargetContext())]  # fmt: skip


def _answer(facts: HostFacts, question: Question) -> Answer:
    values: tuple[str, ...] = ()
    try:
        verdict = question.not_due or _not_due(facts, question.check, question.context)
        if verdict is None:
            args, values = question.resolved
            verdict = _ask(facts, question)
            if question.need is not None and is_by_need(values):
                verdict = replace(verdict, reason=by_need(verdict.reason, question.need))
            if _is_unfounded(facts, question.check, args):
                verdict = not_evaluated(msg("there is no {path}", path="/var/lib/dpkg/status"))
    except NotAsked as error:
        verdict = not_evaluated(error.reason)
    except Exception as error:  # a bug in a family must lose neither its check nor the others
        verdict = not_evaluated(msg("the check itself failed: {error}", error=_one_line(error)))
    return verdict, values


def _not_due(facts: HostFacts, check: Check, context: TargetContext) -> Verdict | None:
    """Why the check is not due for a target with these facts, with the proof; None if it is."""
    applies = check.applies
    return (
        _by_package(facts, applies.get("package"))
        or _by_other_package(facts, applies.get("without"))
        or _by_distribution(facts, applies.get("distribution"))
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
    return not_applicable(msg("not installed: {packages}", packages=joined(names)))


def _by_other_package(facts: HostFacts, names: tuple[str, ...] | None) -> Verdict | None:
    if names is None:
        return None
    packages = facts.get(Packages)
    if isinstance(packages, Missing):
        return _unknown(facts, packages)
    found = [name for name in names if name in packages.versions]
    if not found:
        return None
    return not_applicable(msg("not due where {packages} does this work", packages=joined(found)))


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


def _ask(facts: HostFacts, question: Question) -> Verdict:
    family = question.family
    found = []
    for need in family.needs:
        fact = facts.get(need)
        if isinstance(fact, Missing):
            return not_evaluated(fact.reason)
        found.append(fact)
    found += [facts.get(help_) for help_ in family.helps]
    return family.judge(question.args, *found)


def _record(
    target: str, question: Question, verdict: Verdict, values: tuple[str, ...] = ()
) -> Finding:
    check, need = question.check, question.need
    counts = is_by_need(values) or verdict == question.not_due
    return Finding(
        target=target,
        check=check.id,
        status=verdict.status,
        severity=check.severity,
        reason=verdict.reason,
        evidence=verdict.evidence,
        requirements=question.requirements,
        references=check.references,
        values=values,
        exception=need.whose if need is not None and counts else "",
    )


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
