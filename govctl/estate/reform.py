"""An estate moves over a reform of the register: units merge, are divided or end; sites stay.

The new `estate.yaml` lists every site that stood, by its old id, under the unit that carries on. So
no site, machine or address changes. The file is replaced in one step, after it was loaded and
compared with the old estate; a second run finds nothing to do.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govctl.errors import InputError, Problem, UsageError
from govctl.estate import ledger as ledgers
from govctl.estate import register
from govctl.estate.catalogue import Catalogue
from govctl.estate.context import Context
from govctl.estate.fates import SHIPPED, Fate, Succession, read_shares
from govctl.estate.loader import prepare, resolve, settle
from govctl.estate.model import Estate, Site
from govctl.estate.piece import words
from govctl.estate.register import Snapshot
from govctl.estate.shorthand import plural
from govctl.estate.sites import FIELDS
from govctl.estate.source import OwnUnitSource, RegisterUnitSource, UnitFileSource
from govctl.files import write_whole
from govctl.texts import _

DEFAULT = "vn-reform-2025-07-01"


First = Callable[[Estate, Estate, Callable[[str], str]], None]
"""Given the estate before and after, and what a unit is called after."""


@dataclass(frozen=True)
class Report:
    """What a reform did to an estate."""

    changed: bool
    register: str
    """The register that the estate stands on now."""
    fates: tuple[Fate, ...]
    sites: Mapping[str, str]
    """Site → the unit that it belongs to now."""


def reform(
    folder: Path,
    table: str | Path = DEFAULT,
    *,
    target: str | None = None,
    catalogue: Catalogue | None = None,
    first: First | None = None,
) -> Report:
    """Move the estate of a folder over a reform table and say what became of each unit.

    `table` is a shipped table's id or a CSV file (from_code, to_code, extent); a file needs
    `target`, the register after, as `register:` would name it. `first` moves what else names units,
    before the estate is written: whoever is interrupted between the two starts again. Raises
    InputError or UsageError, and then nothing has changed.
    """
    context = prepare(folder, catalogue=catalogue)
    before = settle(context)
    name, after = _target(context, table, target)
    if context.source.register_ == name:
        sites = {site.id: site.unit for site in before.sites}
        return Report(False, name, (), sites)
    if context.register is None:
        raise UsageError(_("this estate uses no register, so no reform touches it"))
    succession = Succession(context.register, after, read_shares(table))
    fates = _fates(context, before, succession)
    rewriting = _Rewriting(context, before, succession, name)
    text = rewriting.text()
    now = resolve(folder, catalogue=catalogue, text=text)
    _nothing_moved(before, now.estate)
    if first is not None:
        first(before, now.estate, rewriting.follower)
    ledgers.write_ledger(context.folder / ledgers.FILE, context.ledger)
    write_whole(context.document.file, text)
    return Report(True, name, fates, {site.id: site.unit for site in now.estate.sites})


def _target(context: Context, table: str | Path, target: str | None) -> tuple[str, Snapshot]:
    if isinstance(table, str) and table not in SHIPPED:
        listed = ", ".join(SHIPPED)
        raise UsageError(
            _('unknown reform "{name}"', name=table), hint=_("shipped: {names}", names=listed)
        )
    name = target or (SHIPPED[table][1] if isinstance(table, str) else None)
    if name is None:
        raise UsageError(
            _("a table of your own needs the register after the reform"),
            hint=_("name it: --to REGISTER, a shipped one or a CSV file in the estate's folder"),
        )
    if name.endswith(".csv"):
        return name, register.read(context.folder / name)
    try:
        return name, register.snapshot(name)
    except KeyError:
        raise UsageError(
            _('unknown register "{name}"', name=name),
            hint=_("shipped: {names}", names=", ".join(register.shipped())),
        ) from None


def _fates(context: Context, estate: Estate, succession: Succession) -> tuple[Fate, ...]:
    """The fate of every unit of the register; those that the table forgets are all reported."""
    codes = [unit.code for unit in estate.units if unit.code]
    followers = Counter(unit.code for code in codes if (unit := succession.main(code)))
    fates, lost = [], []
    for code in codes:
        follower = succession.main(code)
        fate = succession.fate(code, bool(follower and followers[follower.code] > 1))
        if fate:
            fates.append(fate)
        else:
            lost.append(_lost(succession, code))
    if lost:
        place = context.document.at(("units",))
        raise InputError([Problem(place.file, place.line, place.column, text) for text in lost])
    return tuple(fates)


def _lost(succession: Succession, code: str) -> str:
    """Why nothing is known to follow a unit."""
    after = succession.after
    nowhere = [row.code for row in succession.shares.get(code, ()) if row.code not in after.units]
    if nowhere:
        return _(
            'the table sends "{code}" to "{to}", which {register} does not have',
            code=code, to=nowhere[0], register=after.id,
        )  # fmt: skip
    return _('the table does not say what became of "{code}"', code=code)


def _nothing_moved(before: Estate, after: Estate) -> None:
    """The promise of a reform, checked before anything is written."""
    old = {machine.id: machine.interfaces for machine in before.machines}
    new = {machine.id: machine.interfaces for machine in after.machines}
    if old != new:
        names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        raise UsageError(
            _("the reform would move or lose machines: {names}", names=", ".join(names[:8])),
            hint=_("nothing was changed; move these by hand first"),
        )


class _Rewriting:
    """Builds the new text from the old, comments and all."""

    def __init__(self, context: Context, estate: Estate, succession: Succession, name: str) -> None:
        from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only a reform needs it

        self.context = context
        self.estate = estate
        self.succession = succession
        self.name = name
        self.yaml = YAML()
        self.yaml.preserve_quotes = True
        self.yaml.width = 4096
        self.yaml.indent(mapping=2, sequence=4, offset=2)
        self.data = self.yaml.load(context.document.file.read_text(encoding="utf-8"))
        sections = ("units", "sites", "overrides")
        self.items = {key: list(self.data.get(key) or ()) for key in sections}
        """The entries as they were; the lists themselves change."""

    def text(self) -> str:
        """The new `estate.yaml`."""
        after = self.succession.after
        old_tiers = self.succession.before.tiers
        own = [tier for tier in self.context.source.tiers if tier not in old_tiers]
        self.data["register"] = self.name
        self.data["tiers"][:] = [*after.tiers, *own]
        self._overrides()
        self._sites()
        self._units()
        self._references()
        stream = io.StringIO()
        self.yaml.dump(self.data, stream)
        return stream.getvalue()

    def follower(self, key: str) -> str:
        """What a unit is called after the reform."""
        if key not in self.succession.before.units:
            return key
        unit = self.succession.main(key)
        return unit.code if unit else key

    def _units(self) -> None:
        kept = []
        for index, entry in enumerate(self.context.source.units):
            if isinstance(entry, UnitFileSource):
                raise UsageError(
                    _("units of the table {file} must be moved by hand", file=entry.from_),
                    hint=_(
                        "write the new codes into the table, and `register: {name}`", name=self.name
                    ),
                )
            if isinstance(entry, OwnUnitSource):
                item = self.data["units"][index]
                if entry.parent is not None:
                    item["parent"] = self._quoted(self.follower(entry.parent))
                if entry.contact is not None:
                    self._refer(item["contact"])
                kept.append(item)
        self._replace("units", [*self._register_entries(), *kept])

    def _register_entries(self) -> list[dict[str, Any]]:
        after = self.succession.after
        codes = {self.follower(unit.code) for unit in self.estate.units if unit.code}
        tops = sorted({after.path(code)[-1] for code in codes})
        contacts = self._contacts()
        entries: list[dict[str, Any]] = []
        for top in tops:
            entries.append({after.units[top].tier: self._quoted(top), **contacts.pop(top, {})})
            for tier in after.tiers[1:]:
                rows = [row for row in after.below(top) if row.tier == tier]
                chosen = [row for row in rows if row.code in codes]
                if not chosen:
                    continue
                entry: dict[str, Any] = {f"{plural(tier)} of": self._quoted(top)}
                if len(chosen) < len(rows):
                    entry["only"] = [
                        row.name
                        if len(register.named(row.name, rows)) == 1
                        else self._quoted(row.code)
                        for row in chosen
                    ]
                entries.append(entry)
        for code, contact in contacts.items():
            entries.append({after.units[code].tier: self._quoted(code), **contact})
        return entries

    def _contacts(self) -> dict[str, dict[str, Any]]:
        """Contacts of the register's units, by what each unit is called after the reform."""
        found: dict[str, dict[str, Any]] = {}
        for index, entry in enumerate(self.context.source.units):
            if not isinstance(entry, RegisterUnitSource) or entry.contact is None:
                continue
            code = self.follower(entry.unit)
            if code in found:
                name = self.succession.after.units[code].name
                raise UsageError(
                    _("several units with a contact become {name}", name=name),
                    hint=_("keep the contact that is to count, and remove the others"),
                )
            contact = self.items["units"][index]["contact"]
            self._refer(contact)
            found[code] = {"contact": contact}
        return found

    def _refer(self, contact: dict[str, Any]) -> None:
        """Name a contact's security unit as it is called after the reform."""
        unit = contact.get("security unit")
        if unit is not None and self.follower(unit) != unit:
            contact["security unit"] = self._quoted(self.follower(unit))

    def _sites(self) -> None:
        own = {unit.id for unit in self.estate.units if unit.code is None}
        listed = {site.id for site in self.context.source.sites}
        items = []
        for index, entry in enumerate(self.context.source.sites):
            item = self.data["sites"][index]
            item["unit"] = self._quoted(self.follower(entry.unit))
            items.append(item)
        items += [
            self._site(site)
            for site in self.estate.sites
            if site.id not in listed and site.unit not in own
        ]
        self._replace("sites", items)

    def _site(self, site: Site) -> dict[str, Any]:
        from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415

        item = CommentedMap(id=site.id, unit=self._quoted(self.follower(site.unit)), kind=site.kind)
        item["name"] = CommentedMap(vi=site.name.vi, en=site.name.en)
        item["name"].fa.set_flow_style()
        item.update(self._settings(site))
        if len(item) == 4:
            item.fa.set_flow_style()
        return item

    def _settings(self, site: Site) -> dict[str, Any]:
        """What a site was given beside its kind's settings, as it was written."""
        written: dict[str, Any] = {}
        for way in self.context.ways.get(site.id, ()):
            raw = self.items[str(way[0])][int(way[1])]
            given = {words(name): raw[words(name)] for name in FIELDS if words(name) in raw}
            written |= deepcopy(given)  # of one object YAML would write aliases, `*id001`
        return written

    def _overrides(self) -> None:
        """Overrides for one site stay; the others are written out for each site they reached.

        Sites that this reform lists have theirs in the list.
        """
        own = {unit.id for unit in self.estate.units if unit.code is None}
        listed = {site.id for site in self.context.source.sites}
        reached = [
            {"site": site.id, **settings}
            for site in self.estate.sites
            if site.id in listed or site.unit in own
            if any(way[0] == "overrides" for way in self.context.ways.get(site.id, ()))
            for settings in [self._settings(site)]
        ]
        entries = enumerate(self.context.source.overrides)
        kept = [self.data["overrides"][index] for index, entry in entries if entry.site]
        self._replace("overrides", [*reached, *kept])

    def _references(self) -> None:
        for system in self.data.get("systems") or ():
            for role in ("owner", "operator"):
                if self.follower(system[role]) != system[role]:
                    system[role] = self._quoted(self.follower(system[role]))
        named = (*(self.data.get("tailoring") or ()), *(self.data.get("approvers") or ()))
        for entry in named:
            if "unit" in entry and self.follower(entry["unit"]) != entry["unit"]:
                entry["unit"] = self._quoted(self.follower(entry["unit"]))

    def _replace(self, key: str, items: list[Any]) -> None:
        """Set a list of the file, where it stands or at the end; an empty one is dropped."""
        if not items:
            self.data.pop(key, None)
        elif key in self.data:
            kept = self.data[key]
            del kept[:]
            kept.extend(items)
        else:
            self.data[key] = items
            comment = _("Written by a reform of the register, so that what runs stays where it is.")
            self.data.yaml_set_comment_before_after_key(key, before="\n" + comment)

    def _quoted(self, code: str) -> str:
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

        return DoubleQuotedScalarString(code) if code[:1].isdigit() else code
