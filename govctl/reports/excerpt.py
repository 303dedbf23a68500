"""The part of a raw output that a person needs to see: the lines a verdict follows from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

_AROUND = 2
_LONG_LINE = 400


@dataclass(frozen=True)
class Line:
    """One line of a raw output."""

    text: str
    cited: bool
    """True if a verdict quotes it."""


@dataclass(frozen=True)
class Excerpt:
    """Some lines in their order, and how many lines the output has in all."""

    lines: tuple[Line, ...]
    total: int

    @property
    def whole(self) -> bool:
        """True if nothing was left out."""
        return len(self.lines) == self.total


def excerpt(
    text: str, evidence: Collection[str], max_lines: int, max_chars: int, beginning: bool = True
) -> Excerpt:
    """The cited lines with two lines around each, then the beginning if asked, within both limits.

    A line is cited if the evidence quotes it, whole or as a part of a longer quote.
    """
    lines = text.splitlines()
    quotes = {part.strip() for quote in evidence for part in quote.splitlines() if part.strip()}
    cited = [position for position, line in enumerate(lines) if line.strip() in quotes]
    wanted: dict[int, None] = dict.fromkeys(cited)
    for position in cited:
        wanted.update(dict.fromkeys(range(max(0, position - _AROUND), position + _AROUND + 1)))
    if beginning:
        wanted.update(dict.fromkeys(range(min(len(lines), max_lines))))
    kept: list[int] = []
    room = max_chars
    for position in wanted:
        if position >= len(lines):
            continue
        room -= min(len(lines[position]), _LONG_LINE) + 1
        if len(kept) == max_lines or (room < 0 and kept):
            break
        kept.append(position)
    marked = set(cited)
    return Excerpt(
        tuple(Line(_short(lines[position]), position in marked) for position in sorted(kept)),
        len(lines),
    )


def _short(line: str) -> str:
    return line if len(line) <= _LONG_LINE else f"{line[:_LONG_LINE]} …"
