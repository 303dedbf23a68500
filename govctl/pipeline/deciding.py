"""Adding a waiver or an attestation to an estate's files, as its reviewers will see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from govctl.decisions.documents import digest
from govctl.decisions.loader import ATTESTATIONS, WAIVERS, read_attestations, read_waivers
from govctl.decisions.model import Attestation, Waiver
from govctl.decisions.named import Named
from govctl.decisions.source import WHOLE
from govctl.decisions.write import Added, append
from govctl.errors import UsageError
from govctl.estate import load
from govctl.estate.model import Estate
from govctl.estate.places import Problems
from govctl.estate.show import resolve_unit
from govctl.pipeline.own_checks import use_checks_of
from govctl.texts import _
from policies.catalogue import checks

WAIVER_OPTIONS = {
    "checks": "WHAT",
    "requirements": "WHAT",
    **{name: f"--{name}" for name in ("id", "at", "owner", "approver", "reason", "measure")},
    **{name: f"--{name}" for name in ("from", "until")},
}
ATTESTATION_OPTIONS = {
    "requirements": "REQUIREMENT",
    **{name: f"--{name}" for name in ("id", "at", "by", "document", "date", "until", "statement")},
}


@dataclass(frozen=True)
class Decided:
    """A decision that was written, or would be, and what it touches now."""

    file: Path
    added: Added
    decision: Waiver | Attestation
    checks: tuple[str, ...]
    """For a waiver: the checks whose failure it accepts."""


def add_waiver(
    path: Path,
    what: Sequence[str],
    at: Sequence[str],
    people: Mapping[str, str],
    texts: Mapping[str, str],
    now: datetime,
    *,
    write: bool,
) -> Decided:
    """Add a waiver. `people`: owner and approver as `NAME, UNIT`; `texts`: its other keys.

    Raises UsageError or InputError for what the loader would refuse; then nothing has changed.
    """
    named, folder = _named(path)
    requirements = [word for word in what if named.is_requirement(word)]
    entry: dict[str, Any] = {"id": texts.get("id")}
    entry |= _nonempty("checks", [word for word in what if word not in requirements])
    entry |= _nonempty("requirements", requirements)
    entry["at"] = _node(named.estate, at)
    entry |= {role: _person(named.estate, role, word) for role, word in people.items()}
    entry |= {key: text for key, text in texts.items() if key != "id"}
    found: list[Waiver] = []

    def check(text: str, problems: Problems) -> None:
        found[:] = read_waivers(folder / WAIVERS, text, named, now, problems)
        _refuse_past(found, now)

    added = append(folder / WAIVERS, "waivers", entry, check, WAIVER_OPTIONS, write=write)
    waiver = found[-1]
    accepted = named.accepted(waiver.at.machines, waiver.checks, waiver.rows)
    return Decided(folder / WAIVERS, added, waiver, tuple(sorted(accepted)))


def add_attestation(
    path: Path,
    requirements: Sequence[str],
    at: Sequence[str],
    by: str,
    document: Path,
    texts: Mapping[str, str],
    now: datetime,
    *,
    write: bool,
) -> Decided:
    """Add an attestation that rests on a file. Errors as in `add_waiver`.

    A document inside the estate's folder is compared at every scan; of another its name is kept.
    """
    named, folder = _named(path)
    entry: dict[str, Any] = {"id": texts.get("id"), "requirements": list(requirements)}
    entry["at"] = _node(named.estate, at)
    entry["by"] = _person(named.estate, "by", by)
    entry["document"] = _document(folder, document, texts.get("title"))
    entry |= {key: text for key, text in texts.items() if key not in ("id", "title")}
    found: list[Attestation] = []

    def check(text: str, problems: Problems) -> None:
        found[:] = read_attestations(folder / ATTESTATIONS, text, named, now, problems)
        _refuse_past(found, now)

    file = folder / ATTESTATIONS
    added = append(file, "attestations", entry, check, ATTESTATION_OPTIONS, write=write)
    return Decided(file, added, found[-1], ())


def _refuse_past(found: Sequence[Waiver | Attestation], now: datetime) -> None:
    """A decision that has ended would be read as history, and so hardly looked at."""
    if found and found[-1].end <= now:
        until = found[-1].end.isoformat(timespec="minutes")
        raise UsageError(_("it would have ended already: {moment}", moment=until))


def _named(path: Path) -> tuple[Named, Path]:
    use_checks_of(path)
    folder = path if path.is_dir() else path.parent
    return Named(load(path), checks()), folder


def _nonempty(key: str, words: list[str]) -> dict[str, list[str]]:
    return {key: words} if words else {}


def _node(estate: Estate, words: Sequence[str]) -> str | dict[str, str]:
    """`estate`, or the keys of `KEY=VALUE …`; a unit may be named as people name it."""
    if list(words) == [WHOLE]:
        return WHOLE
    node: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value or key in node:
            raise UsageError(
                _('--at does not take "{given}"', given=word),
                hint=_("write estate, or KEY=VALUE once for each key, such as unit=07894"),
            )
        node[key] = resolve_unit(estate, value).id if key == "unit" else value
    return node


def _person(estate: Estate, role: str, word: str) -> dict[str, str]:
    name, comma, unit = word.rpartition(",")
    if not comma or not name.strip() or not unit.strip():
        raise UsageError(
            _('--{role} does not take "{given}"', role=role, given=word),
            hint=_("write a name and a unit: 'Nguyễn Văn An, so-khcn'"),
        )
    return {"name": name.strip(), "unit": resolve_unit(estate, unit.strip()).id}


def _document(folder: Path, file: Path, title: str | None) -> dict[str, str]:
    sha256 = digest(file)
    inside = file.resolve().is_relative_to(folder.resolve())
    document = {"title": title} if title else {}
    if inside:
        document["path"] = str(file.resolve().relative_to(folder.resolve()))
    elif not title:
        document["title"] = file.name
    return {**document, "sha256": sha256}
