"""Shares of machines as people write them: waves `1,5%,25%,100%`, a failure budget `2` or `5%`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from govctl.errors import UsageError
from govctl.estate.values import wrong
from govctl.texts import _

EXAMPLE = "1,5%,25%,100%"
_COUNT = r"[0-9]{1,6}"
_PERCENT = r"[0-9]{1,3}(\.[0-9]{1,3})?%"
_SHARE = re.compile(rf"(?P<count>{_COUNT})|(?P<percent>{_PERCENT})")


@dataclass(frozen=True)
class Share:
    """So many machines, or such a part of all of them."""

    text: str
    """As a person wrote it: `3`, `5%`."""
    count: int | None
    part: Fraction | None

    def of(self, total: int) -> int:
        """How many machines this is of so many; a part is rounded down."""
        if self.part is not None:
            return int(self.part * total)
        return min(self.count or 0, total)


def share(text: str) -> Share:
    """One share; UsageError if it is none."""
    try:
        return _single(text)
    except PydanticCustomError as error:
        raise _usage(error) from None


def shares(text: str) -> tuple[Share, ...]:
    """Rising shares, the last of them everything; UsageError if they are not."""
    try:
        return _rising(text)
    except PydanticCustomError as error:
        raise _usage(error) from None


def _rising(text: str) -> tuple[Share, ...]:
    expected = _("waves such as {example}", example=EXAMPLE)
    found = tuple(_share(word, expected) for word in text.split(","))
    for one in found:
        if not one.count and not one.part:
            raise wrong(_('"{text}" is a wave of no machine', text=one.text), expected)
    if found[-1].part != 1:
        raise wrong(_("the last wave has to be 100%"), expected)
    for kind in ([s.count for s in found if s.count], [s.part for s in found if s.part]):
        if any(kind[i] >= kind[i + 1] for i in range(len(kind) - 1)):
            raise wrong(_('the waves "{text}" do not rise', text=text[:60]), expected)
    return found


def _single(text: str) -> Share:
    return _share(text, _("{one}, or {other}", one="2", other="5%"))


def _share(word: str, expected: str) -> Share:
    word = word.strip()
    match = _SHARE.fullmatch(word)
    part = Fraction(word[:-1]) / 100 if match and match["percent"] else None
    if match is None or (part is not None and part > 1):
        message = _('"{text}" is neither a number of machines nor a percentage', text=word[:60])
        raise wrong(message, expected)
    return Share(word, None if part is not None else int(word), part)


def _usage(error: PydanticCustomError) -> UsageError:
    context = error.context or {}
    return UsageError(
        context["message"], hint=_("expected: {expected}", expected=context["expected"])
    )


def _waves(value: Any) -> Any:
    """The waves as one text, whether they stand in a list or in a line."""
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return ",".join(one.text for one in _rising(text))


def _budget(value: Any) -> Any:
    return _single(str(value)).text


_PIECE = {"type": "string", "pattern": rf"^({_COUNT}|{_PERCENT})$"}
WavesText = Annotated[
    str,
    BeforeValidator(_waves),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": rf"^(({_COUNT}|{_PERCENT}),\s*)*100%$"},
                {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}, _PIECE]}},
            ],
            "examples": [EXAMPLE],
        }
    ),
]
BudgetText = Annotated[
    str,
    BeforeValidator(_budget),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _PIECE], "examples": ["5%"]}),
]
