"""Unit entries become units: looked up in the register, selected by name, read from tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from govctl.estate.context import Context, Layer, Origin
from govctl.estate.frozen import Text
from govctl.estate.model import Unit
from govctl.estate.piece import NameSource
from govctl.estate.places import Place
from govctl.estate.register import RegisterUnit, named, resembling
from govctl.estate.register.names import english, fold
from govctl.estate.source import (
    GroupSource,
    OwnUnitSource,
    RegisterUnitSource,
    Settings,
    UnitFileSource,
    UnitSource,
)
from govctl.estate.tables import Row, read_table
from govctl.estate.values import LABEL_RULE, is_label
from govctl.estate.yamlfile import Way
from govctl.texts import _


@dataclass(slots=True)
class Draft:
    """A unit, the kind of its site, and the settings that its entries bring."""

    unit: Unit
    site_kind: str | None
    layers: tuple[Layer, ...]
    place: Place
    parent_place: Place
    site_place: Place
    grouped: bool = False


def expand(context: Context) -> dict[str, Draft]:
    """Every unit of the estate by id, in tree order; problems are noted."""
    drafts: dict[str, Draft] = {}
    before = len(context.problems.found)
    for index, entry in enumerate(context.source.units):
        for draft in _expand_entry(context, index, entry):
            _add(context, drafts, draft)
    if len(context.problems.found) > before:
        context.reading.lost.add("units")
    _adopt(context, drafts)
    return _in_tree_order(context, drafts)


def _expand_entry(context: Context, index: int, entry: UnitSource) -> Iterator[Draft]:
    if isinstance(entry, OwnUnitSource):
        yield _own(context, index, entry)
    elif isinstance(entry, RegisterUnitSource):
        yield from _single(context, index, entry)
    elif isinstance(entry, GroupSource):
        yield from _group(context, index, entry)
    else:
        yield from _table(context, index, entry)


def _add(context: Context, drafts: dict[str, Draft], draft: Draft) -> None:
    known = drafts.get(draft.unit.id)
    if known is None:
        drafts[draft.unit.id] = draft
    elif known.grouped != draft.grouped:
        group, single = (known, draft) if known.grouped else (draft, known)
        kind = single.site_kind or group.site_kind
        layers = group.layers + single.layers
        drafts[draft.unit.id] = replace(single, site_kind=kind, layers=layers)
    else:
        message = _('the unit "{id}" stands twice', id=draft.unit.id)
        hint = _("the first one is at {place}", place=known.place)
        context.problems.add(draft.place, message, hint=hint)


def _layers(context: Context, index: int, entry: Settings, name: str) -> tuple[Layer, ...]:
    if not any(getattr(entry, field) is not None for field in Settings.model_fields):
        return ()
    way = context.way("units", index)
    return (Layer(entry, Origin("unit", name, context.document.at(way)), way),)


def text_of(name: NameSource) -> Text:
    """The text of a name in a file."""
    return Text(vi=name.vi, en=name.en)


def _own(context: Context, index: int, entry: OwnUnitSource) -> Draft:
    _check_tier(context, entry.tier, context.at("units", index, "tier"))
    unit = Unit(
        id=entry.id, name=text_of(entry.name), tier=entry.tier, parent=entry.parent,
        latitude=entry.latitude, longitude=entry.longitude, contact=entry.contact,
    )  # fmt: skip
    return Draft(
        unit, entry.site, _layers(context, index, entry, entry.id),
        context.at("units", index, "id"), context.at("units", index, "parent"),
        context.at("units", index, "site"),
    )  # fmt: skip


def _single(context: Context, index: int, entry: RegisterUnitSource) -> Iterator[Draft]:
    place = context.at("units", index, "unit")
    row = find(context, entry.unit, place, entry.tier)
    if row is None:
        return
    if entry.tier is not None and row.tier != entry.tier:
        message = _(
            "{name} is a {tier}, not a {given}", name=row.name, tier=row.tier, given=entry.tier
        )
        context.problems.add(place, message)
        return
    _check_tier(context, row.tier, place)
    site_place = context.at("units", index, "site")
    layers = _layers(context, index, entry, row.code)
    unit = from_register(row).model_copy(update={"contact": entry.contact})
    yield Draft(unit, entry.site, layers, place, place, site_place)


def _group(context: Context, index: int, entry: GroupSource) -> Iterator[Draft]:
    top = find(context, entry.descendants_of, context.at("units", index, "descendants of"))
    if top is None or context.register is None:
        return
    _check_tier(context, entry.tier, context.at("units", index, "tier"))
    rows = [row for row in context.register.below(top.code) if row.tier == entry.tier]
    if not rows:
        message = _(
            "{name} has no units of the tier {tier} below it", name=top.name, tier=entry.tier
        )
        tiers = {row.tier for row in context.register.below(top.code)}
        place = context.at("units", index, "tier")
        context.problems.unknown(place, message, entry.tier, tiers)
        return
    if entry.only is not None:
        chosen = _select(context, index, "only", entry.only, rows)
        rows = [row for row in rows if row.code in chosen]
    if entry.except_ is not None:
        dropped = _select(context, index, "except", entry.except_, rows)
        rows = [row for row in rows if row.code not in dropped]
    layers = _layers(context, index, entry, f"{entry.tier} / {top.code}")
    place, site_place = context.at("units", index), context.at("units", index, "site")
    for row in rows:
        yield Draft(from_register(row), entry.site, layers, place, place, site_place, grouped=True)


def _select(
    context: Context, index: int, key: str, wanted: Iterable[str], rows: list[RegisterUnit]
) -> set[str]:
    """Codes that `only` or `except` means, by code or by name."""
    codes = {row.code for row in rows}
    chosen: set[str] = set()
    for position, name in enumerate(wanted):
        place = context.at("units", index, key, position)
        found = [name] if name in codes else [row.code for row in named(name, rows)]
        if len(found) > 1:
            message = _('"{name}" is the name of several units', name=name)
            listed = _("one of the codes: {codes}", codes=", ".join(found))
            context.problems.add(place, message, expected=listed)
        elif not found:
            _no_such_name(context, place, name, rows)
        elif found[0] in chosen:
            context.problems.add(place, _('"{name}" stands twice', name=name))
        chosen.update(found)
    return chosen


def _no_such_name(context: Context, place: Place, name: str, rows: list[RegisterUnit]) -> None:
    like = resembling(name, rows)
    message = _('no unit "{name}" there', name=name)
    if like:
        listed = ", ".join(f"{row.name} ({row.code})" for row in like[:5])
        context.problems.add(place, message, hint=_("did you mean {names}?", names=listed))
    else:
        context.problems.unknown(place, message, name, [row.name for row in rows])


def _table(context: Context, index: int, entry: UnitFileSource) -> Iterator[Draft]:
    file = context.folder / entry.from_
    layers = _layers(context, index, entry, file.name)
    for row in read_table(file, context.problems):
        draft = _of_row(context, row, entry.site)
        if draft:
            yield replace(draft, layers=layers)


def _of_row(context: Context, row: Row, default: str | None) -> Draft | None:
    code, tier = row.get("code"), row.get("tier")
    known = find(context, code, row.at("code")) if code else None
    if code and known is None:
        return None
    key = row.get("id") or code
    if not key or not (code == key or is_label(key)):
        message = _('"{value}" cannot be used here', value=key or "")
        context.problems.add(row.at("id"), message, expected=LABEL_RULE.render())
        return None
    _check_tier(context, tier, row.at("tier"))
    name_vi = row.get("name_vi") or row.get("name_en") or (known.name if known else None)
    if not name_vi:
        context.problems.add(row.at("name_vi"), _("the name is missing"))
        return None
    base = from_register(known) if known else None
    unit = Unit(
        id=key,
        name=Text(vi=name_vi, en=row.get("name_en") or (base.name.en if base else name_vi)),
        tier=tier or (known.tier if known else None),
        parent=row.get("parent") or (known.parent if known else None),
        code=code,
        kind=known.kind if known else None,
        latitude=known.latitude if known else None,
        longitude=known.longitude if known else None,
    )
    kind = row.get("site") or default
    return Draft(unit, kind, (), row.at("id"), row.at("parent"), row.at("site"))


def from_register(row: RegisterUnit) -> Unit:
    """The unit of a register's row; its parent is still the register's."""
    return Unit(
        id=row.code,
        name=Text(vi=row.name, en=english(row.name, row.kind)),
        tier=row.tier,
        parent=row.parent,
        code=row.code,
        kind=row.kind,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def find(context: Context, code: str, place: Place, tier: str | None = None) -> RegisterUnit | None:
    """A row of the register by code; what is missing is noted, with units of the tier offered."""
    register = context.register
    if register is None:
        if "register" not in context.reading.lost:
            hint = _("add a line such as: register: vn-2025-07-01")
            context.problems.add(place, _("units by code need a register"), hint=hint)
        return None
    row = register.units.get(code)
    if row is None:
        message = _('the register {register} has no code "{code}"', register=register.id, code=code)
        among = [unit for unit in register.units.values() if tier in (None, unit.tier)]
        padded = [register.units.get(code.zfill(width)) for width in (2, 3, 5) if code.isdigit()]
        likely = [unit for unit in padded if unit] or (named(code, among) if fold(code) else [])
        if likely:
            listed = ", ".join(f'"{unit.code}" ({unit.name})' for unit in likely[:5])
            context.problems.add(place, message, hint=_("did you mean {names}?", names=listed))
        else:
            tops = [unit.code for unit in register.children.get(None, [])]
            context.problems.unknown(place, message, code, tops if len(code) < 3 else ())
    return row


def _check_tier(context: Context, tier: str | None, place: Place) -> None:
    if tier is not None and tier not in context.source.tiers:
        message = _('unknown tier "{tier}"', tier=tier)
        context.problems.unknown(place, message, tier, context.source.tiers)


def _adopt(context: Context, drafts: dict[str, Draft]) -> None:
    """Give each unit the nearest ancestor that is in the estate as its parent."""
    register = context.register
    for key, draft in drafts.items():
        parent = draft.unit.parent
        if parent is None or parent in drafts:
            continue
        if register and parent in register.units:
            above = (code for code in register.path(parent) if code in drafts)
            draft.unit = draft.unit.model_copy(update={"parent": next(above, None)})
        else:
            message = _('the parent of "{id}" is unknown: "{parent}"', id=key, parent=parent)
            context.unknown(draft.parent_place, message, parent, _names(drafts), "units")


def require_unit(context: Context, way: Way, key: str, units: Mapping[str, Draft]) -> None:
    """Note a reference to a unit that the estate does not have; `way` leads to it in the file."""
    if key in units:
        return
    message = _('unknown unit "{id}"', id=key)
    names = {name.vi: unit for unit in units.values() for name in [unit.unit.name]}
    hint = _('did you mean "{name}"?', name=names[key].unit.id) if key in names else ""
    shown = [unit for unit in units if not units[unit].grouped]
    context.unknown(context.document.at(way), message, key, shown, "units", hint=hint)


def _names(drafts: dict[str, Draft]) -> list[str]:
    """Ids that suggestions show: own units first come first served, codes only if few."""
    own = [key for key, draft in drafts.items() if draft.unit.code is None]
    return own if len(drafts) > 50 else list(drafts)


def _in_tree_order(context: Context, drafts: dict[str, Draft]) -> dict[str, Draft]:
    """Parents before children, siblings by id; cycles are noted."""
    children: dict[str | None, list[str]] = {}
    for key, draft in drafts.items():
        parent = draft.unit.parent
        children.setdefault(parent if parent in drafts else None, []).append(key)
    ordered: dict[str, Draft] = {}
    waiting = sorted(children.get(None, ()), reverse=True)
    while waiting:
        key = waiting.pop()
        ordered[key] = drafts[key]
        waiting.extend(sorted(children.get(key, ()), reverse=True))
    for key in sorted(drafts.keys() - ordered.keys()):
        chain = _cycle(drafts, key)
        if key == min(chain):
            message = _(
                "units that are each other's parents: {chain}", chain=" → ".join([*chain, key])
            )
            context.problems.add(drafts[key].parent_place, message)
        context.reading.lost.add("units")
    return ordered


def _cycle(drafts: dict[str, Draft], start: str) -> list[str]:
    """The circle that the parents of a unit run into."""
    chain: list[str] = []
    here: str | None = start
    while here is not None and here not in chain:
        chain.append(here)
        here = drafts[here].unit.parent
    return chain[chain.index(here) :] if here is not None else chain
