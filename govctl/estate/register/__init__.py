"""The official register of administrative units, as dated data.

Each snapshot is a CSV with the columns code, parent, tier, kind, name, lat, lon: the country on one
day. Tiers, counts and codes are data: a snapshot of another day or country is read by its path.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from govctl.errors import InputError, Problem, UsageError
from govctl.estate.places import nearest
from govctl.estate.register import names
from govctl.texts import _

COLUMNS = ("code", "parent", "tier", "kind", "name", "lat", "lon")
LATEST = "vn-2025-07-01"
_DATA = Path(__file__).parent / "data"


class RegisterUnit(NamedTuple):
    """One row: a unit of government as the register has it."""

    code: str
    parent: str | None
    tier: str
    kind: str
    name: str
    latitude: float | None
    longitude: float | None


class Snapshot:
    """The country on one day: units by code, in the order of the file."""

    def __init__(self, name: str, units: Iterable[RegisterUnit]) -> None:
        self.id = name
        self.units: dict[str, RegisterUnit] = {unit.code: unit for unit in units}

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """Levels of government from the top down, as their units first appear."""
        depth: dict[str, int] = {}
        for unit in self.units.values():
            if unit.tier not in depth:
                depth[unit.tier] = len(self.path(unit.code))
        return tuple(sorted(depth, key=lambda tier: depth[tier]))

    @cached_property
    def children(self) -> dict[str | None, list[RegisterUnit]]:
        """Units by the code of their parent; None for the top."""
        found: dict[str | None, list[RegisterUnit]] = {}
        for unit in self.units.values():
            found.setdefault(unit.parent, []).append(unit)
        return found

    def path(self, code: str) -> tuple[str, ...]:
        """Codes from a unit up to the top of the tree, itself first."""
        chain: list[str] = []
        here: str | None = code
        while here is not None and here in self.units and len(chain) < 16:
            chain.append(here)
            here = self.units[here].parent
        return tuple(chain)

    def below(self, code: str) -> Iterator[RegisterUnit]:
        """Every unit of the subtree of a code, itself left out, from the top down."""
        waiting = list(self.children.get(code, ()))
        while waiting:
            unit = waiting.pop(0)
            yield unit
            waiting.extend(self.children.get(unit.code, ()))

    def find_province(self, query: str) -> RegisterUnit:
        """The unit of the first tier that a code or a name means; UsageError if none or several."""
        tops = self.children.get(None, [])
        by_code = [unit for unit in tops if unit.code == query]
        found = by_code or named(query, tops) or resembling(query, tops)
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{unit.name} ({unit.code})" for unit in found)
            raise UsageError(
                _('"{query}" could be: {names}', query=query, names=listed),
                hint=_("give the code"),
            )
        plain = {names.plain(names.bare(unit.name, unit.kind)): unit.name for unit in tops}
        near = nearest(names.plain(query), plain)
        raise UsageError(
            _('the register {register} has no "{query}"', register=self.id, query=query),
            hint=_('did you mean "{name}"?', name=plain[near]) if near else None,
        )


def named(name: str, units: Iterable[RegisterUnit]) -> list[RegisterUnit]:
    """Units that a name means, with or without its kind; tone marks count."""
    wanted = names.fold(name)
    return [unit for unit in units if wanted in _spellings(unit)]


def resembling(name: str, units: Iterable[RegisterUnit]) -> list[RegisterUnit]:
    """Units that a name means when marks are left out: `phu tho`."""
    wanted = names.plain(name)
    return [
        unit
        for unit in units
        if wanted in {names.plain(text) for text in names.spellings(unit.name, unit.kind)}
    ]


def _spellings(unit: RegisterUnit) -> set[str]:
    return {names.fold(text) for text in names.spellings(unit.name, unit.kind)}


def shipped() -> tuple[str, ...]:
    """Ids of the snapshots that come with govctl, oldest first."""
    return tuple(sorted(file.stem for file in _DATA.glob("vn-[0-9]*.csv")))


@lru_cache(maxsize=4)
def snapshot(name: str) -> Snapshot:
    """A shipped snapshot by id; KeyError if there is none of that id."""
    if name not in shipped():
        raise KeyError(name)
    text = (_DATA / f"{name}.csv").read_text(encoding="utf-8")
    return Snapshot(name, _rows(text.splitlines(), Path(f"{name}.csv")))


def as_of(day: date) -> Snapshot:
    """The newest shipped snapshot that is not later than a day; UsageError before the first."""
    known = [name for name in shipped() if date.fromisoformat(name[3:]) <= day]
    if not known:
        first = shipped()[0]
        raise UsageError(
            _("no register of {day} is shipped; the first is {first}", day=day, first=first),
            hint=_("give a snapshot of your own by CSV"),
        )
    return snapshot(known[-1])


def read(file: Path) -> Snapshot:
    """A snapshot from a CSV file; InputError naming the line of whatever is wrong."""
    from govctl.estate.yamlfile import read_text  # noqa: PLC0415 - keeps yaml out of mere look-ups

    snapshot = Snapshot(file.stem, _rows(read_text(file).splitlines(), file))
    lost = [u for u in snapshot.units.values() if u.parent and u.parent not in snapshot.units]
    if lost:
        lines = {
            row[0]: number
            for number, row in enumerate(csv.reader(read_text(file).splitlines()), 1)
            if row
        }
        raise InputError([
            Problem(file, lines[unit.code], 1,
                    _('the parent "{code}" is not in the register', code=unit.parent))
            for unit in lost[:50]
        ])  # fmt: skip
    return snapshot


def _rows(lines: list[str], file: Path) -> list[RegisterUnit]:
    reader = csv.reader(lines)
    header = next(reader, [])
    if tuple(header) != COLUMNS:
        message = _("the first line does not name the columns of a register")
        raise InputError([Problem(file, 1, 1, message, expected=",".join(COLUMNS))])
    units: list[RegisterUnit] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for row in reader:
        try:
            code, parent, tier, kind, name, lat, lon = row
            latitude, longitude = (float(lat), float(lon)) if lat and lon else (None, None)
            if not (code and tier and name) or code in seen:
                raise ValueError
        except ValueError:
            message = _("not a row of a register: code, tier and name are needed, each code once")
            problems.append(Problem(file, reader.line_num, 1, message, expected=",".join(COLUMNS)))
            continue
        seen.add(code)
        units.append(RegisterUnit(code, parent or None, tier, kind, name, latitude, longitude))
    if problems:
        raise InputError(problems[:50])
    return units


def shipped_table(name: str) -> str:
    """The text of a shipped reform table by id; KeyError if there is none of that id."""
    file = _DATA / f"{name}.csv"
    if not file.is_file():
        raise KeyError(name)
    return file.read_text(encoding="utf-8")
