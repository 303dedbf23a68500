"""Recorded exceptions in words: who needs one, and why, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from govctl.texts import LANGUAGES, Bilingual, Message, msg

if TYPE_CHECKING:
    from govctl.estate.model import Need


def exempted(need: Need) -> Message:
    """Why a check is not due."""
    return _both({
        language: msg("recorded exception of {whose}: {reason}", whose=need.whose,
                      reason=getattr(need.why, language)).render(language)
        for language in LANGUAGES
    })  # fmt: skip


def by_need(reason: Message, need: Need) -> Message:
    """The reason of a verdict, and why another value than the check's own counts."""
    return _both({
        language: msg("{reason} (recorded exception of {whose}: {why})", whose=need.whose,
                      reason=reason.render(language),
                      why=getattr(need.why, language)).render(language)
        for language in LANGUAGES
    })  # fmt: skip


def _both(texts: dict[str, str]) -> Message:
    return Bilingual(texts["en"], {}, vi=texts["vi"])
