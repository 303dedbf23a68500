"""Differences between two runs as a person reads them, and for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from govctl.pipeline.differences import Changed, Differences, HostChange, worsened
from govctl.reports.words import STATUS_WORDS
from govctl.texts import Message, _, msg

_CAUSES = {
    "host": msg("the host changed"),
    "baseline": msg("the baseline or a value changed"),
    "tool": msg("the check or govctl changed"),
    "reach": msg("the machine answered in one of the runs alone"),
    "time": msg("nothing changed but the time"),
}
_FEW = 5


def text(found: Differences) -> str:
    """Verdicts first, the worse ones before the better; then what is behind them."""
    lines = [_("{first} → {second}", first=found.first.id, second=found.second.id), ""]
    lines += [
        _("{target} is another machine now ({why}): not compared", target=name, why=why)
        for name, why in found.refused.items()
    ]
    ordered = sorted(found.changed, key=lambda one: (not worsened(one), one.after.target))
    lines += [line for one in ordered for line in _changed(one)]
    if not found.changed:
        lines.append(_("no verdict changed"))
    counts = Counter(one.causes if one.certain else () for one in found.changed)
    lines.append("")
    for causes, count in sorted(counts.items()):
        said = " · ".join(_CAUSES[cause].render() for cause in causes)
        lines.append(f"{count:>5}  {said or _('cannot be told apart')}")
    lines += [_host(one) for one in found.hosts]
    lines += _lists(found)
    return "\n".join(lines)


def _changed(one: Changed) -> list[str]:
    before, after = (STATUS_WORDS[each.status].text.render() for each in (one.before, one.after))
    said = ", ".join(_CAUSES[cause].render() for cause in one.causes)
    why = said if one.certain else _("one of: {causes}", causes=said)
    return [
        f"{one.after.target}  {one.after.check}: {before} → {after} ({why})",
        f"    {one.after.reason.render()}",
    ]


def _host(one: HostChange) -> str:
    names = [*one.commands, *one.files]
    more = _(" and {count} more", count=len(names) - _FEW) if len(names) > _FEW else ""
    return _("{target} gives otherwise: {names}{more}",
             target=one.target, names=", ".join(names[:_FEW]), more=more)  # fmt: skip


def _lists(found: Differences) -> list[str]:
    lists: list[tuple[Message, tuple[str, ...]]] = [
        (msg("checks that are another row now: {names}"), found.rows),
        (msg("checks that are asked now: {names}"), found.asked),
        (msg("checks that are no longer asked: {names}"), found.dropped),
        (msg("baselines that are another table now: {names}"), found.baselines),
        (msg("only in the first run: {names}"), found.only_first),
        (msg("only in the second run: {names}"), found.only_second),
    ]
    lines = []
    for words, names in lists:
        if names:
            few = ", ".join(names[:_FEW])
            more = _(" and {count} more", count=len(names) - _FEW) if len(names) > _FEW else ""
            lines.append(Message(words.template, {"names": few + more}).render())
    return lines


def document(found: Differences) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema": 1,
        "first": found.first.id,
        "second": found.second.id,
        "changed": [
            {
                "target": one.after.target,
                "check": one.after.check,
                "severity": one.after.severity,
                "before": one.before.status,
                "after": one.after.status,
                "causes": list(one.causes),
                "certain": one.certain,
                "reason_before": one.before.reason.render(),
                "reason_after": one.after.reason.render(),
                "values_before": list(one.before.values),
                "values_after": list(one.after.values),
            }
            for one in found.changed
        ],
        "hosts": [
            {"target": one.target, "commands": list(one.commands), "files": dict(one.files)}
            for one in found.hosts
        ],
        "other_machines": dict(found.refused),
        "rows": list(found.rows),
        "asked": list(found.asked),
        "dropped": list(found.dropped),
        "baselines": list(found.baselines),
        "only_first": list(found.only_first),
        "only_second": list(found.only_second),
    }
