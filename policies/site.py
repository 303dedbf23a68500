"""A site's own checks: a folder with rows, and perhaps families and facts, without a fork.

    checks/
      vpn.yaml             rows, as strict as the shipped ones
      families/vpn.py      `@family` functions
      facts/vpn.py         a fact and its `Source`

Modules are code: they are run with the rights of whoever runs govctl.
"""

from __future__ import annotations

from pathlib import Path

from govctl.errors import InputError, Problem, UsageError
from govctl.own_modules import import_folder
from govctl.texts import _
from policies import catalogue
from policies.model import Check

_used: set[Path] = set()


def is_used(folder: Path) -> bool:
    """True if the folder's checks count already."""
    return folder.resolve() in _used


def use(folder: Path) -> tuple[Check, ...]:
    """Let a folder's checks, families and facts count for the rest of this run; its checks.

    Once: the second time there are none. UsageError if there is no such folder, InputError with
    each problem of its files.
    """
    if not folder.is_dir():
        raise UsageError(_("{path} is no folder", path=folder))
    place = folder.resolve()
    if place in _used:
        return ()
    if (place / "facts").is_dir():
        from scanners.host import facts  # noqa: PLC0415 - with it come all facts

        for module in import_folder(place / "facts", "site_facts"):
            facts.add(module)
    if (place / "families").is_dir():
        _add_families(place / "families")
    from policies.reading import load  # noqa: PLC0415 - the shipped rows need it not

    loaded = load(_rows(folder), (check.id for check in catalogue.checks()))
    catalogue.add(loaded)
    _used.add(place)
    return loaded


def _rows(folder: Path) -> list[Path]:
    return sorted(path for path in (*folder.glob("*.yaml"), *folder.glob("*.yml"))
                  if not path.name.startswith("."))  # fmt: skip


def _add_families(folder: Path) -> None:
    from policies import families  # noqa: PLC0415 - with it come all facts
    from scanners.host.facts import SOURCES  # noqa: PLC0415

    before = set(families.families())
    import_folder(folder, "site_families")
    families.families.cache_clear()
    known = {source.fact for source in SOURCES}
    for name, one in families.families().items():
        if name in before:
            continue
        for fact in (*one.needs, *one.helps):
            if fact not in known:
                message = _("the fact {fact} of {family} has no source",
                            fact=fact.__name__, family=name)  # fmt: skip
                raise InputError([Problem(folder, 0, 0, message)])
