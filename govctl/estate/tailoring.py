"""Tailoring: how the estate, its units and systems change their baselines, and proof that each
change asks for more than what it inherits.

What a part inherits is the baselines' rows at the levels of its systems, as changed by everything
above it: the estate, then each unit down the tree, then the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from govctl.estate import strictness
from govctl.estate.context import Context
from govctl.estate.model import System
from govctl.estate.requirements import Row, conditions, rows_of
from govctl.estate.sites import SiteDraft
from govctl.estate.strictness import Threshold
from govctl.estate.tailored import Addition, Change, Tailoring
from govctl.estate.tailoring_source import AdditionSource, ChangeSource, TailoringSource
from govctl.estate.tightening import add_once, changed, compare, judge_own_tables, readable
from govctl.estate.units import Draft, text_of
from govctl.estate.yamlfile import Way
from govctl.texts import _


@dataclass(frozen=True)
class _Part:
    """An entry of the file, and where it counts."""

    source: TailoringSource
    way: Way
    chain: tuple[str, ...]
    """`estate`, `unit 25`, `unit 07894`, `system portal`: from the top to the entry's own scope."""
    levels: tuple[int, ...]

    @property
    def scope(self) -> str:
        return self.chain[-1]


def plan_tailoring(
    context: Context,
    units: Mapping[str, Draft],
    sites: Iterable[SiteDraft],
    systems: Sequence[System],
) -> tuple[Tailoring, ...]:
    """Every entry from the top down; whatever loosens something or cannot be read is noted."""
    judge_own_tables(context)
    if not context.source.tailoring:
        return ()
    parts = list(_parts(context, units, {site.id: site for site in sites}, systems))
    parts.sort(key=lambda part: (part.source.system is not None, len(part.chain), part.scope))
    rows = rows_of(context.source.baselines, context.folder)
    seen: list[tuple[_Part, Tailoring]] = []
    for part in parts:
        above = [done for other, done in seen if other.scope in part.chain[:-1]]
        seen.append((part, _Judge(context, part, rows, above).tailoring()))
    return tuple(done for _part, done in seen)


def _parts(
    context: Context,
    units: Mapping[str, Draft],
    sites: Mapping[str, SiteDraft],
    systems: Sequence[System],
) -> Iterator[_Part]:
    by_id = {system.id: system for system in systems}
    highest = max((system.level for system in systems), default=1)
    taken: set[str] = set()
    for index, source in enumerate(context.source.tailoring):
        way = context.way("tailoring", index)
        if source.unit is not None and source.unit not in units:
            message = _('unknown unit "{id}"', id=source.unit)
            place = context.document.at((*way, "unit"))
            context.unknown(place, message, source.unit, units, "units")
            continue
        if source.system is not None and source.system not in by_id:
            message = _('unknown system "{id}"', id=source.system)
            place = context.document.at((*way, "system"))
            context.unknown(place, message, source.system, by_id, "systems")
            continue
        if source.system is not None:
            system = by_id[source.system]
            above = _path(units, sites[system.site].unit.id)
            chain = ("estate", *above, f"system {system.id}")
            levels = {system.level}
        else:
            chain = ("estate", *(_path(units, source.unit) if source.unit else ()))
            levels = {highest}  # routers and rooms answer to the highest level
            for system in systems:
                if chain[-1] in ("estate", *_path(units, sites[system.site].unit.id)):
                    levels.add(system.level)
        if chain[-1] in taken:
            message = _("{scope} is tailored twice", scope=chain[-1])
            context.problems.add(context.document.at(way), message)
            continue
        taken.add(chain[-1])
        yield _Part(source, way, chain, tuple(sorted(levels)))


def _path(units: Mapping[str, Draft], unit: str) -> tuple[str, ...]:
    chain: list[str] = []
    here: str | None = unit
    while here is not None:
        chain.append(f"unit {here}")
        here = units[here].unit.parent
    return tuple(reversed(chain))


class _Judge:
    """One entry, held against what it inherits."""

    def __init__(
        self,
        context: Context,
        part: _Part,
        rows: Mapping[str, Sequence[Row]],
        above: Sequence[Tailoring],
    ) -> None:
        self.context, self.part, self.rows, self.above = context, part, rows, above

    def tailoring(self) -> Tailoring:
        source = self.part.source
        return Tailoring(
            unit=source.unit,
            system=source.system,
            changes=tuple(self._change(key, one) for key, one in sorted(source.changes.items())),
            additions=tuple(self._addition(n, one) for n, one in enumerate(source.adds)),
            has_no=self._has_no(),
        )

    def _change(self, key: str, source: ChangeSource) -> Change:
        way: Way = (*self.part.way, "changes", key)
        change = Change(
            key=key,
            threshold=source.threshold or "",
            period=source.period or "",
            strength=source.strength or "",
            levels=source.levels,
            left_out=source.left_out or "",
        )
        thresholds = self._thresholds(source.threshold, (*way, "threshold"))
        if not self._known(key, way):
            return change
        levels = source.levels or self.part.levels
        found = [row for row in self._inherited(key) if row.level in levels]
        if not found:
            asked = sorted({row.level for row in self._inherited(key)})
            message = _("nothing asks for {key} at level {levels}", key=key,
                        levels=", ".join(map(str, levels)))  # fmt: skip
            expected = _("levels {levels}", levels=", ".join(map(str, asked)))
            self.context.problems.add(self.context.document.at_key(way), message,
                                      expected=expected)  # fmt: skip
        if source.left_out is not None and len(self.part.chain) > 2:
            message = _("{scope} may only ask for more than it inherits, not leave {key} out",
                        scope=self.part.scope, key=key)  # fmt: skip
            self.context.problems.add(self.context.document.at((*way, "left out")), message)
        for row in found:
            self._compare(row, thresholds, (*way, "threshold"))
            for name, scale in (("period", strictness.PERIODS),
                                ("strength", strictness.STRENGTHS)):  # fmt: skip
                self._rank(row, name, getattr(change, name), scale, (*way, name))
        return change

    def _known(self, key: str, way: Way) -> bool:
        added = {one.key for entry in self.above for one in entry.additions}
        if key in self.rows or key in added:
            return True
        message = _("no baseline of the estate has the key {key}", key=key)
        place = self.context.document.at_key(way)
        hint = _("see: {command}", command="govctl baseline show tcvn14423-2026:3")
        self.context.unknown(place, message, key, {*self.rows, *added}, "baselines", hint=hint)
        return False

    def _inherited(self, key: str) -> list[Row]:
        """The baselines' rows of a key with the changes of everything above."""
        rows = list(self.rows.get(key, ()))
        for entry in self.above:
            for one in entry.additions:
                if one.key == key:
                    rows += [Row("", level, key, one.clause, one.threshold, one.period, "required")
                             for level in one.levels or (1, 2, 3, 4, 5)]  # fmt: skip
            for change in entry.changes:
                if change.key == key:
                    rows = [changed(row, change, entry.scope) for row in rows]
        return rows

    def _thresholds(self, text: str | None, way: Way) -> tuple[Threshold, ...]:
        try:
            return strictness.read(text or "")
        except ValueError as error:
            message = _('"{value}" is no threshold', value=str(error)[:60])
            self.context.problems.add(
                self.context.document.at(way),
                message,
                expected="name>=12 months, name<=5, name==true, name~=a|b",
            )
            return ()  # fmt: skip

    def _compare(self, row: Row, new: tuple[Threshold, ...], way: Way) -> None:
        place = self.context.document.at(way)
        known = {
            one.name for other in self.rows.get(row.key, ()) for one in readable(other.threshold)
        }
        for one in new:
            if known and one.name not in known:
                message = _("{key} has no threshold {name}", key=row.key, name=one.name)
                self.context.problems.unknown(place, message, one.name, known)
        compare(self.context, row, new, place)

    def _rank(self, row: Row, name: str, new: str, scale: tuple[str, ...], way: Way) -> None:
        old = getattr(row, name)
        if new and old in scale and strictness.rank(new, old, scale) == "looser":
            message = _("{new} asks for less than {old}", new=new, old=old)
            stricter = scale[: scale.index(old) + 1]
            expected = _("one of: {names}", names=", ".join(stricter))
            add_once(self.context, self.context.document.at(way), message, expected, row)

    def _addition(self, number: int, source: AdditionSource) -> Addition:
        way: Way = (*self.part.way, "adds", number)
        taken = {one.key for entry in self.above for one in entry.additions}
        taken |= {one.key for one in self.part.source.adds[:number]}
        if source.key in self.rows or source.key in taken:
            message = _("the key {key} stands in a baseline already", key=source.key)
            hint = _("make it stricter under: changes")
            place = self.context.document.at((*way, "key"))
            self.context.problems.add(place, message, hint=hint)
        self._thresholds(source.threshold, (*way, "threshold"))
        return Addition(
            key=source.key,
            clause=source.clause,
            text=text_of(source.text),
            levels=source.levels,
            threshold=source.threshold,
            period=source.period,
            evidence=source.evidence,
            group=source.group,
        )

    def _has_no(self) -> dict[str, str]:
        known = conditions()
        for name in self.part.source.has_no:
            if name not in known:
                message = _("no requirement depends on {name}", name=name)
                place = self.context.document.at_key((*self.part.way, "has no", name))
                self.context.problems.unknown(place, message, name, known)
        return dict(sorted(self.part.source.has_no.items()))
