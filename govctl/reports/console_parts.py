"""What the console's tables share: no borders, symbols beside words, harmless names."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from govctl.estate.model import Text as Name
from govctl.reports.visible import one_line
from govctl.reports.words import TIER_WORDS
from govctl.texts import _, current_language

ACCENT = "cyan"


def plain_table(*headings: str, numbers_from: int | None = None) -> Table:
    """Columns without lines, which fold instead of losing text; numbers stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, heading in enumerate(headings):
        number = numbers_from is not None and position >= numbers_from
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    return table


def next_step(command: str | None) -> list[RenderableType]:
    """The command to type next, if there is one."""
    if command is None:
        return []
    return [Padding(Text(_("next: {command}", command=command), style=ACCENT), (1, 0, 0, 0))]


def some(names: Sequence[str], limit: int = 8) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(one_line(name) for name in names[:limit])
    if len(names) <= limit:
        return shown
    return _("{names} and {count} more", names=shown, count=len(names) - limit)


def name_of(name: Name) -> str:
    """A name in the language of this run."""
    return one_line(getattr(name, current_language()))


def tier_word(tier: str) -> str:
    """A level of government in the language of this run."""
    return TIER_WORDS[tier].render() if tier in TIER_WORDS else one_line(tier)
