"""Every text of the page in both languages, side by side; the page's switch shows one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup, escape

from govctl.estate.frozen import Text
from govctl.reports.visible import visible
from govctl.texts import Message, msg


@lru_cache(maxsize=1 << 13)  # the same checks stand under each machine
def pair(vi: str, en: str) -> Markup:
    """Both texts, escaped; once only if they are the same."""
    vi, en = visible(vi), visible(en)
    if vi == en:
        return escape(vi)
    return Markup('<span lang="vi">{}</span><span lang="en">{}</span>').format(vi, en)


def say(message: Message) -> Markup:
    """A stored message in both languages."""
    return pair(message.render("vi"), message.render("en"))


def translated(template: str, **values: object) -> Markup:
    """A text of the template itself; known to Jinja as `_`."""
    return say(msg(template, **values))


def named(text: Text | Mapping[str, str]) -> Markup:
    """A name or text that the estate or a check brings in both languages."""
    if isinstance(text, Text):
        return pair(text.vi, text.en)
    return pair(text["vi"], text["en"])


def moment(when: datetime) -> Markup:
    """A time as each language writes it, in UTC."""
    utc = when.astimezone(UTC)
    return pair(f"{utc:%d/%m/%Y %H:%M} UTC", f"{utc:%Y-%m-%d %H:%M} UTC")


def shown(value: object) -> object:
    """Jinja's `finalize`: text from outside is made visible on its way into the page."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
