"""Decisions over a reform of units: each names its units anew, and covers what it covered before.

Units merge: a waiver for one commune must not become one for three. Where the unit that carries on
has more machines, the entry is given the site that it meant; where that is not the same either, a
person has to say what is meant. What has ended stays as it is: it is history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from govctl.decisions.loader import ATTESTATIONS, WAIVERS
from govctl.decisions.scopes import scope_of
from govctl.decisions.source import AttestationsSource, NodeSource, WaiversSource
from govctl.decisions.write import dumped, yaml_file
from govctl.estate.model import Estate
from govctl.estate.places import Problems
from govctl.estate.reading import read_model
from govctl.estate.yamlfile import read_document, read_text
from govctl.texts import _

Follower = Callable[[str], str]
"""Unit → what it is called after the reform."""
_PERSONS = ("owner", "approver", "by")


def moved(
    folder: Path, before: Estate, after: Estate, follower: Follower, now: datetime
) -> dict[Path, str]:
    """The new text of each file of decisions that changes; nothing is written.

    Raises InputError for what cannot be read, and for entries that a person has to rewrite.
    """
    problems = Problems()
    found = {}
    for name, section, model in (
        (WAIVERS, "waivers", WaiversSource),
        (ATTESTATIONS, "attestations", AttestationsSource),
    ):
        file = folder / name
        if not file.exists():
            continue
        document = read_document(file)
        reading = read_model(document, model, problems)
        if reading.model is None:
            continue
        data = yaml_file().load(read_text(file))
        changed = False
        for index, entry in enumerate(getattr(reading.model, section)):
            if entry.until <= now:
                continue
            at = _place(entry.at, before, after, follower)
            if at is None:
                place = document.at((section, index, "at"))
                message = _('after the reform "{id}" would cover other machines', id=entry.id)
                hint = _("name its sites or machines, and reform again; nothing was changed")
                problems.add(place, message, hint=hint)
                continue
            changed |= _rewritten(data[section][index], entry.at.given(), at, follower)
        if changed:
            found[file] = dumped(data)
    problems.check()
    return found


def _place(
    node: NodeSource, before: Estate, after: Estate, follower: Follower
) -> Mapping[str, str] | None:
    """The keys that mean the same machines as before; None if it is not known which."""
    given = node.given()
    meant = _machines(before, given)
    if meant is None:
        return given  # it fits the estate no better than before
    return next((keys for keys in _ways(given, meant, after, follower)
                 if _machines(after, keys) == meant), None)  # fmt: skip


def _ways(
    given: Mapping[str, str], meant: frozenset[str], after: Estate, follower: Follower
) -> Iterator[dict[str, str]]:
    followed = {key: follower(value) if key == "unit" else value for key, value in given.items()}
    yield followed
    sites = {machine.site for machine in after.machines if machine.id in meant}
    if len(sites) == 1:
        rest = {key: value for key, value in followed.items() if key not in ("unit", "tier")}
        yield {"site": next(iter(sites)), **rest}


def _machines(estate: Estate, keys: Mapping[str, str]) -> frozenset[str] | None:
    unknown: list[str] = []
    scope = scope_of(estate, NodeSource(**keys), lambda key, _value, _known: unknown.append(key))
    return scope.machines if scope is not None and not unknown else None


def _rewritten(
    item: dict[str, Any], given: Mapping[str, str], at: Mapping[str, str], follower: Follower
) -> bool:
    """Change an entry of the file as it was written; True if anything changed."""
    changed = False
    if at != given:
        for key in given.keys() - at.keys():
            del item["at"][key]
        for key, value in at.items():
            if given.get(key) != value:
                item["at"][key] = _quoted(value)
        changed = True
    for role in _PERSONS:
        person = item.get(role)
        if person is not None and follower(person["unit"]) != person["unit"]:
            person["unit"] = _quoted(follower(person["unit"]))
            changed = True
    return changed


def _quoted(value: str) -> str:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    quoted: str = DoubleQuotedScalarString(value)
    return quoted
