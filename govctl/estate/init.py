"""A first estate from the register: the small real province that `govctl init` writes."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from govctl.errors import UsageError
from govctl.estate import register
from govctl.estate.catalogue import Catalogue
from govctl.estate.register import RegisterUnit, Snapshot
from govctl.estate.register.names import bare, english, plain
from govctl.estate.shorthand import plural
from govctl.estate.template import Answers, render
from govctl.texts import _, counted, msg

IGNORED = "# State, keys and evidence stay on the machine that runs govctl.\n/.govctl/\n"
REGISTER = "register.csv"
_NO_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1 takes for values."""
FILL = 0.85
"""How full the pool of site blocks may be at the start; the rest is room to grow."""


def create(
    folder: Path,
    province: str,
    *,
    communes: int | Sequence[str] | None = None,
    day: date | None = None,
    register_csv: Path | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[Path, ...]:
    """Write a new estate and return its files.

    `province` is a name or a code; `communes` a number, names or codes, or None for all of them;
    `day` picks the register in force then. Raises UsageError if there is an estate already, or if
    the register has no such unit. All files appear at once, `estate.yaml` last.
    """
    from govctl.estate.loader import FILE, lock  # noqa: PLC0415 - the loader is heavy, the look-up is not

    if (folder / FILE).exists():
        raise UsageError(
            _("{file} exists already", file=folder / FILE), hint=_("choose another folder")
        )
    snapshot = register.read(register_csv) if register_csv else register.as_of(day or date.today())
    answers = _answers(snapshot, province, communes, REGISTER if register_csv else snapshot.id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        draft = Path(temporary)
        for known in ("addresses.yaml", "catalogue"):
            if (folder / known).exists():
                (draft / known).symlink_to((folder / known).resolve())
        (draft / FILE).write_text(render(answers), encoding="utf-8")
        (draft / ".gitignore").write_text(IGNORED, encoding="utf-8")
        if register_csv:
            shutil.copyfile(register_csv, draft / REGISTER)
        lock(draft, catalogue=catalogue)
        return _publish(draft, folder, (REGISTER, ".gitignore", "addresses.yaml", FILE))


def _publish(draft: Path, folder: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Move the finished files into the folder, the estate itself last."""
    folder.mkdir(exist_ok=True)
    written = []
    for name in names:
        source, target = draft / name, folder / name
        if source.is_file() and not source.is_symlink() and not (
            name == ".gitignore" and target.exists()
        ):  # fmt: skip
            source.chmod(0o644)
            source.replace(target)
            written.append(target)
    return tuple(written)


def _answers(
    snapshot: Snapshot, province: str, communes: int | Sequence[str] | None, register_name: str
) -> Answers:
    try:
        top = snapshot.find_province(province)
    except UsageError:
        _refuse_former(snapshot, province)
        raise
    tiers = snapshot.tiers
    lowest = [unit for unit in snapshot.below(top.code) if unit.tier == tiers[-1]]
    chosen = choose(snapshot, top, lowest, communes)
    levels: dict[str, list[RegisterUnit] | None] = {}
    sites = 0
    for tier in tiers[1:]:
        units = [unit for unit in snapshot.below(top.code) if unit.tier == tier]
        if chosen is None:
            levels[tier] = None
        else:
            above = {code for unit in chosen for code in snapshot.path(unit.code)}
            units = chosen if tier == tiers[-1] else [u for u in units if u.code in above]
            levels[tier] = units
        sites += len(units)
    name = bare(top.name, top.kind)
    number = (
        int(top.code)
        if top.code.isdigit() and int(top.code) < 100
        else sum(top.code.encode()) % 100
    )
    return Answers(
        id=_as_yaml(_label(plain(name)) or _label(f"{top.tier}-{top.code}".lower()) or "estate"),
        name_vi=_as_yaml(top.name),
        name_en=_as_yaml(english(top.name, top.kind)),
        province=top,
        tiers=tiers,
        register=register_name,
        ipv4=pool4(number, sites),
        ipv6=f"fd{number:02d}:{number}::/48",
        groups={
            tier: None if units is None else [_mention(snapshot, top, unit) for unit in units]
            for tier, units in levels.items()
        },
        keys={tier: f"{plural(tier)} of" for tier in tiers[1:]},
    )


def _refuse_former(snapshot: Snapshot, province: str) -> None:
    """UsageError, with what became of it, for a province that a reform of the register ended."""
    from govctl.estate.fates import SHIPPED, Succession, read_shares  # noqa: PLC0415 - few need it

    for table, (before, after) in SHIPPED.items():
        if after != snapshot.id:
            continue
        older = register.snapshot(before)
        try:
            former = older.find_province(province)
        except UsageError:
            continue
        now = Succession(older, snapshot, read_shares(table)).main(former.code)
        if now is not None:
            raise UsageError(
                _("{old} is no province any more: since {day} it is part of {new}",
                  old=former.name, day=after.removeprefix("vn-"), new=now.name),
                hint=_('say --province "{new}", or --as-of {day} for the register before that',
                       new=bare(now.name, now.kind), day=before.removeprefix("vn-")),
            )  # fmt: skip


def _mention(snapshot: Snapshot, top: RegisterUnit, unit: RegisterUnit) -> str:
    """A unit's name as YAML, or its code where the name is another's too."""
    rows = [row for row in snapshot.below(top.code) if row.tier == unit.tier]
    if len(register.named(unit.name, rows)) > 1:
        return json.dumps(unit.code)
    return _as_yaml(unit.name)


def _as_yaml(name: str) -> str:
    """A name as a YAML scalar: without quotes only if nothing in it can mean something else."""
    plainly = re.fullmatch(r"[^\W\d_][\w' -]*", name) and name.lower() not in _NO_TEXT
    return name if plainly else json.dumps(name, ensure_ascii=False)


def _label(text: str) -> str:
    """What is left of a text as an estate's id; nothing of a name in another script."""
    return re.sub(r"[^a-z0-9]+", "-", text)[:20].strip("-")


def choose(
    snapshot: Snapshot,
    top: RegisterUnit,
    units: list[RegisterUnit],
    wanted: int | Sequence[str] | None,
) -> list[RegisterUnit] | None:
    """The units to begin with: those named, or as many as asked for, nearest to the seat first.

    None for all. Raises UsageError for a name that is nobody's or several units', and for a number
    that the province does not have.
    """
    if wanted is None:
        return None
    if isinstance(wanted, int):
        if not 1 <= wanted <= len(units):
            raise UsageError(
                counted(
                    len(units),
                    msg("{name} has 1 commune", name=top.name),
                    msg("{name} has {count} communes", name=top.name),
                ),
                hint=_("choose 1 to {count}", count=len(units)),
            )
        latitude, longitude = seat(snapshot, top)
        near = sorted(units, key=lambda unit: (_distance(unit, latitude, longitude), unit.code))
        return sorted(near[:wanted], key=lambda unit: unit.code)
    return [_named(top, units, name) for name in dict.fromkeys(wanted)]


def _named(top: RegisterUnit, units: list[RegisterUnit], name: str) -> RegisterUnit:
    found = [unit for unit in units if unit.code == name]
    found = found or register.named(name, units) or register.resembling(name, units)
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{unit.name} ({unit.code})" for unit in found[:8])
    if found:
        raise UsageError(
            _('"{query}" could be: {names}', query=name, names=listed), hint=_("give the code")
        )
    raise UsageError(_('{name} has no unit "{query}"', name=top.name, query=name))


def seat(snapshot: Snapshot, top: RegisterUnit) -> tuple[float, float]:
    """A point for the seat of a province: its first district by code, which lies there.

    A register of two tiers borrows the district of the newest one of three; without any, the
    province's own point counts.
    """
    older = (register.snapshot(name) for name in reversed(register.shipped()))
    for candidate in (snapshot, *older):
        districts = candidate.children.get(top.code, []) if len(candidate.tiers) > 2 else []
        for district in sorted(districts):
            if district.latitude is not None and district.longitude is not None:
                return district.latitude, district.longitude
    return top.latitude or 0.0, top.longitude or 0.0


def _distance(unit: RegisterUnit, latitude: float, longitude: float) -> float:
    """Squared degrees, longitudes shortened for the latitude: enough to tell who is nearer."""
    if unit.latitude is None or unit.longitude is None:
        return math.inf
    east = (unit.longitude - longitude) * math.cos(math.radians(latitude))
    return (unit.latitude - latitude) ** 2 + east**2


def pool4(number: int, sites: int) -> str:
    """The IPv4 pool of a province: 10.<number>.0.0/16, or a larger one that holds all its sites."""
    length = 16
    while sites > FILL * (11 * 2 ** (24 - length) // 16) and length > 8:
        length -= 1
    second = number >> (16 - length) << (16 - length)
    return f"10.{second}.0.0/{length}"
