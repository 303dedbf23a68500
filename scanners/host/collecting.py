"""What one visit has to bring back: the sources' wishes put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanners.host.model import Command, Follow, Reduced, Source


@dataclass(frozen=True)
class Wanted:
    """Everything to fetch; globs without duplicates, in a stable order."""

    files: tuple[str, ...]
    stats: tuple[str, ...]
    commands: tuple[Command, ...]
    reduced: tuple[Reduced, ...]
    follows: tuple[Follow, ...]
    texts: tuple[str, ...] = ()
    """Globs added for the text of their files; they stand in `files` too."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The globs whose absence will mean something."""
        return _unique([*self.files, *self.stats, *(one.path for one in self.reduced)])


def wanted(
    sources: Iterable[Source[Any]],
    *,
    live: bool,
    paths: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> Wanted:
    """Put sources together with the paths and texts that checks ask for by name (globs)."""
    every, texts = tuple(sources), _unique(texts)
    tree = [] if live else [path for source in every for path in source.tree_files]
    reduced = {one.path: one for source in every for one in source.reduced if one.live or not live}
    commands = {one.name: one for source in every for one in source.commands}
    files = [path for source in every for path in source.files]
    return Wanted(
        files=_unique([*files, *tree, *texts]),
        stats=_unique([*(path for source in every for path in source.stats), *paths]),
        commands=tuple(commands.values()),
        reduced=tuple(reduced.values()),
        follows=tuple(follow for source in every for follow in source.follows),
        texts=texts,
    )


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
