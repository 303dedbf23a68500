"""Whether a change asks for more than what it replaces; whatever asks for less is noted."""

from __future__ import annotations

from dataclasses import replace

from govctl.estate import strictness
from govctl.estate.context import Context
from govctl.estate.places import Place
from govctl.estate.requirements import Row, own_tables, rows_of
from govctl.estate.strictness import Threshold
from govctl.estate.tailored import Change
from govctl.texts import _


def judge_own_tables(context: Context) -> None:
    """An organisation's table may not ask for less than a shipped baseline that holds with it."""
    own = own_tables(context.folder)
    if not own.keys() & set(context.source.baselines):
        return
    for rows in rows_of(context.source.baselines, context.folder).values():
        laws = [row for row in rows if row.baseline not in own]
        for row in rows:
            for law in laws:
                if row.baseline in own and row.level == law.level and row.place:
                    compare(context, law, readable(row.threshold), row.place)


def compare(context: Context, row: Row, new: tuple[Threshold, ...], place: Place) -> None:
    """Note each new threshold that a row's own does not bear."""
    old = readable(row.threshold)
    for one in new:
        for other in old:
            order = strictness.compare(one, other)
            if (one.name, one.op) != (other.name, other.op) or order in ("same", "tighter"):
                continue
            message = (
                _("{new} asks for less than {old}", new=one, old=other)
                if order == "looser"
                else _("that {new} asks for all that {old} does is not proven", new=one, old=other)
            )
            add_once(context, place, message, _tighter(other), row)
    both = strictness.contradiction(strictness.merged(new, old)) if new else None
    if both:
        message = _("{low} and {high} cannot both hold", low=both[0], high=both[1])
        add_once(context, place, message, None, row)


def add_once(context: Context, place: Place, message: str, expected: str | None, row: Row) -> None:
    """Two baselines often ask for the same: one of them is enough to refuse a change."""
    if any((one.file, one.line, one.column, one.message) == (*place, message)
           for one in context.problems.found):  # fmt: skip
        return
    context.problems.add(place, message, expected=expected, hint=_whose(row))


def changed(row: Row, change: Change, scope: str) -> Row:
    """A row as a part of the estate changes it."""
    if change.levels and row.level not in change.levels:
        return row
    thresholds = strictness.merged(readable(change.threshold), readable(row.threshold))
    return replace(
        row,
        threshold="; ".join(map(str, thresholds)),
        period=change.period or row.period,
        strength=change.strength or row.strength,
        by=scope,
    )


def readable(text: str) -> tuple[Threshold, ...]:
    """Thresholds; none where they cannot be read, which is noted where they stand."""
    try:
        return strictness.read(text)
    except ValueError:
        return ()


def _tighter(old: Threshold) -> str:
    if old.op == "~=":
        return _("all of: {names}", names=", ".join(sorted(old.items)))
    return str(old) if old.op == "==" else _("{threshold} or stricter", threshold=old)


def _whose(row: Row) -> str:
    of = f"{row.baseline}:{row.clause}" if row.baseline else row.clause
    if row.by:
        return _("{scope} asks for it at level {level} ({requirement})",
                 scope=row.by, level=row.level, requirement=of)  # fmt: skip
    return _("{requirement} asks for it at level {level}", requirement=of, level=row.level)
