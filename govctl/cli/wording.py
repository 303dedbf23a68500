"""Counts and kinds of things, as a person says them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from govctl.estate.shorthand import plural
from govctl.reports.console_parts import tier_word
from govctl.texts import Message, _, current_language, msg

WIDTH = 80

_KINDS: Mapping[str, Message] = {
    "authority": msg("certificate authority"),
    "bridgepoint": msg("bridge point"),
    "certificate": msg("certificate"),
    "flow": msg("path"),
    "image": msg("image"),
    "instance": msg("machine"),
    "network": msg("network"),
    "route": msg("route"),
    "seed": msg("seed of secrets"),
    "site": msg("site"),
    "system": msg("system"),
}
"""Kinds of resources; one that is not here keeps its own name."""


def kind_word(kind: str) -> str:
    """`Instance` as a person calls it."""
    word = _KINDS.get(kind.lower())
    return word.render() if word else kind.lower()


def units_of_tier(count: int, tier: str | None) -> str:
    """`1 commune`, `148 communes`; an agency belongs to no tier of its own."""
    word = _("agency") if tier is None else tier_word(tier)
    if current_language() == "en" and count != 1:
        word = plural(word)
    return _("{count} {units}", count=count, units=word)


def hanging(line: str, indent: int) -> str:
    """A line broken at 80 columns, its other lines indented."""
    return textwrap.fill(
        line,
        WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    )


def joined(parts: Iterable[str]) -> str:
    """Parts with dots between them, on as many lines as they need."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 5 > WIDTH:  # " · ", and " ·" at an end
            lines[-1] += " ·"
            lines.append(part)
        else:
            lines[-1] += f" · {part}" if lines[-1] else part
    return "\n".join(lines)
