"""The catalogue of checks: the shipped rows, as they were built when govctl was installed.

Beside the shipped ones stand those of a site's own folder (see `policies.site`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from govctl.errors import UsageError
from govctl.texts import _
from policies.compiled import built
from policies.model import Check

FOLDER = Path(__file__).parent / "checks"

_added: list[Check] = []


def checks() -> tuple[Check, ...]:
    """The checks that govctl ships, in the order of their files; then a site's own."""
    return (*shipped(), *_added) if _added else shipped()


@cache
def shipped() -> tuple[Check, ...]:
    """The checks that come with govctl."""
    found = built(FOLDER)
    if found is not None:
        return found
    from policies.reading import load  # noqa: PLC0415 - YAML and models: few starts need them

    # That their arguments suit their families is held by the tests: to import every family only
    # to look once more would cost each start 0.2 s.
    return load(sorted(FOLDER.glob("*.yaml")), with_arguments=False)


def own() -> tuple[Check, ...]:
    """The checks that a site added."""
    return tuple(_added)


def add(found: Iterable[Check]) -> None:
    """Let a site's checks be among `checks()` for the rest of this run.

    UsageError if an id is taken.
    """
    every = tuple(found)
    ids = {check.id for check in checks()}
    for check in every:
        if check.id in ids:
            raise UsageError(_("two checks are called {id}", id=check.id))
    _added.extend(every)


def themes() -> Mapping[str, tuple[str, ...]]:
    """The shipped files by stem, and the ids of the checks in each."""
    from policies.rows import read  # noqa: PLC0415 - only a person's question needs YAML

    return {path.stem: tuple(row.data["id"] for row in read(path)[0])
            for path in sorted(FOLDER.glob("*.yaml"))}  # fmt: skip
