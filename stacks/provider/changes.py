"""What differs between the inputs of yesterday and today: pure.

Items of a list are told apart by their `path` or `name`, so that a file put first in the list is
one new file and not a change of all that follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from stacks.provider.codec import Plain, reveal

Kind = Literal["add", "delete", "update"]
_IDENTITIES = ("path", "name")


@dataclass(frozen=True)
class Change:
    """One difference, at a property path such as `files[2].content`."""

    path: str
    kind: Kind

    @property
    def property(self) -> str:
        """The top-level property."""
        return self.path.split(".", 1)[0].split("[", 1)[0]


def changes(old: Mapping[str, Plain], new: Mapping[str, Plain]) -> tuple[Change, ...]:
    """All differences; a value that is not known yet differs from every known one."""
    opened = [{key: reveal(value) for key, value in side.items()} for side in (old, new)]
    return tuple(_of_maps("", *opened))


def _of_maps(place: str, old: Mapping[str, Plain], new: Mapping[str, Plain]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        path = f"{place}.{key}" if place else key
        yield from _of_values(path, old.get(key), new.get(key))


def _of_values(path: str, old: Plain, new: Plain) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_maps(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(path, old, new)
    elif old is None:
        yield Change(path, "add")
    else:
        yield Change(path, "delete" if new is None else "update")


def _of_lists(path: str, old: list[Plain], new: list[Plain]) -> Iterator[Change]:
    before, after = _by_identity(old), _by_identity(new)
    if before is None or after is None:
        yield Change(path, "update")
        return
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(f"{path}[{before[name][0]}]", "delete")
        elif name not in before:
            yield Change(f"{path}[{after[name][0]}]", "add")
        else:
            yield from _of_values(f"{path}[{after[name][0]}]", before[name][1], after[name][1])


def _by_identity(items: list[Plain]) -> dict[str, tuple[int, Plain]] | None:
    """Items with their index by path or name; None if that does not tell all of them apart."""
    named: dict[str, tuple[int, Plain]] = {}
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            return None
        name = next((item[key] for key in _IDENTITIES if key in item), None)
        if not isinstance(name, str) or name in named:
            return None
        named[name] = (index, item)
    return named
