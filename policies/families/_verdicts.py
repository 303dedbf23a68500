"""Small words that families share: verdicts, and lists of offenders cut to a readable length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from govctl.texts import Message, msg
from policies.model import Status, Verdict

_SHOWN = 5
_QUOTED = 50


def passed(reason: Message, evidence: Iterable[str] = ()) -> Verdict:
    """It holds."""
    return Verdict("pass", reason, tuple(evidence)[:_QUOTED])


def failed(reason: Message, evidence: Iterable[str] = ()) -> Verdict:
    """It does not hold, and the evidence shows it."""
    return Verdict("fail", reason, tuple(evidence)[:_QUOTED])


def not_applicable(reason: Message, evidence: Iterable[str] = ()) -> Verdict:
    """The question does not arise here; the reason is the proof."""
    return Verdict("not-applicable", reason, tuple(evidence)[:_QUOTED])


def not_evaluated(reason: Message, evidence: Iterable[str] = ()) -> Verdict:
    """Nobody could tell."""
    return Verdict("not-evaluated", reason, tuple(evidence)[:_QUOTED])


def unless_unread(
    verdict: Verdict, unread: Sequence[str], settled: Status | None = "fail"
) -> Verdict:
    """Not evaluated where files were not read that could change the verdict.

    `settled`: the status that stands whatever else there is.
    """
    if not unread or verdict.status in (settled, "not-evaluated"):
        return verdict
    reason = msg("{names} was not looked into", names=listed(unread))
    return not_evaluated(reason, (*verdict.evidence, *unread))


def listed(names: Iterable[str]) -> str:
    """`a, b, c, d, e and 7 more`, for a reason; the evidence has them all (up to 50)."""
    every = list(names)
    text = ", ".join(every[:_SHOWN])
    return text if len(every) <= _SHOWN else f"{text} (+{len(every) - _SHOWN})"


def none_of(offenders: Iterable[str], good: Message, bad: Message) -> Verdict:
    """Pass if there are no offenders; `bad` gets its `{count}` and `{names}`."""
    names = list(offenders)
    if not names:
        return passed(good)
    values = {**bad.values, "count": str(len(names)), "names": listed(names)}
    return failed(Message(bad.template, values), names)


__all__ = [
    "failed",
    "listed",
    "msg",
    "none_of",
    "not_applicable",
    "not_evaluated",
    "passed",
    "unless_unread",
]
