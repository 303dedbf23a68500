"""What the console's tables share: no borders, symbols beside words, harmless names."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from govctl.estate.frozen import Text as Name
from govctl.reports.visible import one_line, visible
from govctl.reports.words import TIER_WORDS
from govctl.texts import Message, _, current_language, msg

ACCENT = "cyan"
NEXT = msg("next: {command}")


def plain_table(*headings: str, numbers_from: int | None = None) -> Table:
    """Columns without lines, which fold instead of losing text; numbers stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, heading in enumerate(headings):
        number = numbers_from is not None and position >= numbers_from
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    return table


class Flowing:
    """Items in a row, broken between two of them and never within one."""

    def __init__(self, items: Sequence[Text]) -> None:
        self._items = items

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for item in self._items:
            if line and line.cell_len + 3 + item.cell_len > options.max_width:
                yield line
                line = Text()
            line = Text.assemble(line, " · " if line else "", item)
        yield line


def next_step(command: str | None, words: Message = NEXT) -> list[RenderableType]:
    """The command to type next, if there is one. `words` has the hole `{command}`."""
    if command is None:
        return []
    text = Message(words.template, {"command": command}).render()
    # Whole, however narrow the terminal: it is there to be copied.
    return [Text(), Text(visible(text), style=ACCENT, no_wrap=True, overflow="ignore")]


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
