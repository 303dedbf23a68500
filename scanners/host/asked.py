"""Answers of a host that was asked for some things only, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from govctl.texts import Message, msg

T = TypeVar("T")


class NotAsked(Exception):
    """Nobody asked the host for this name, so that its absence from the answer says nothing."""

    def __init__(self, name: str) -> None:
        self.reason: Message = msg("this host was not asked for {name}", name=name)
        super().__init__(self.reason.render("en"))


@dataclass(frozen=True)
class Asked(Mapping[str, T], Generic[T]):
    """What there is by name; a name that fits none of the globs raises NotAsked."""

    known: Mapping[str, T]
    globs: tuple[str, ...]

    def __getitem__(self, name: str) -> T:
        if name in self.known or name in self.globs:
            return self.known[name]
        if any(fnmatchcase(name, glob) for glob in self.globs):
            raise KeyError(name)
        raise NotAsked(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
