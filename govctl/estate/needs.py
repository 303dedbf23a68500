"""What a component needs of the checks that judge its machines: exceptions, recorded with a reason.

A router forwards packets, a web server runs one: each check that would object is named, with what
it is judged by instead, or that it is not due. Whether there are such checks is asked by
`govctl.pipeline.exceptions`; here is only the shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from govctl.estate.frozen import Text
from govctl.estate.model import Argument, Need
from govctl.estate.piece import Source
from govctl.estate.values import wrong
from govctl.texts import _

_SHORTEST = 8


def _reason(value: str) -> str:
    if len(value.strip()) < _SHORTEST:
        raise wrong(_('"{value}" gives no reason', value=value[:60]), _("a sentence"))
    return value


Sentence = Annotated[str, Field(max_length=300), AfterValidator(_reason)]


class WhySource(Source):
    """A reason in both languages."""

    vi: Sentence
    en: Sentence


def _both(value: Any) -> Any:
    return {"vi": value, "en": value} if isinstance(value, str) else value


class NeedSource(Source):
    """What is needed of one check, and why."""

    check: str = Field(min_length=1, max_length=200)
    """The check's id, as `govctl check list` shows it."""
    value: dict[str, bool | int | str | tuple[str, ...]] | None = Field(default=None, min_length=1)
    """Arguments of the check that it is judged by instead: `{values: ["1"]}`. A threshold of a
    baseline is not loosened by it."""
    except_: bool = False
    """`true`: the check is not due here at all."""
    why: Annotated[WhySource, BeforeValidator(_both, json_schema_input_type=str | WhySource)]
    """The reason, for every report."""

    @model_validator(mode="after")
    def _one_way(self) -> NeedSource:
        if (self.value is not None) == self.except_:
            message = _("a need gives a check another value, or is an exception from it")
            raise wrong(message, _("one of: {names}", names="value, except: true"))
        return self


def _once(needs: tuple[NeedSource, ...]) -> tuple[NeedSource, ...]:
    for position, need in enumerate(needs):
        if need.check in {other.check for other in needs[:position]}:
            message = _('the check "{id}" stands twice', id=need.check)
            raise wrong(message, _("one need for each check"))
    return needs


Needs = Annotated[tuple[NeedSource, ...], AfterValidator(_once)]


def need_of(source: NeedSource, whose: str) -> Need:
    """The need as the estate keeps it; `whose` is said in every report."""
    return Need(
        check=source.check,
        arguments=tuple(
            Argument(name=name, value=value) for name, value in sorted((source.value or {}).items())
        ),
        why=Text(vi=source.why.vi, en=source.why.en),
        whose=whose,
    )


def joined(first: Iterable[Need], then: Iterable[Need]) -> tuple[Need, ...]:
    """Both, one for each check: what stands nearer to the machine (`then`) counts."""
    return tuple({need.check: need for need in (*first, *then)}.values())
