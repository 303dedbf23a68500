"""How the kernel reads the arguments of its command line (kernel-parameters.rst)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Wanted(Protocol):
    """See `ArgumentArgs` in boot.py."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> str | None: ...
    @property
    def style(self) -> str: ...
    @property
    def stronger(self) -> tuple[str, ...]: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def against(self) -> tuple[str, ...]: ...


class Unwanted(Protocol):
    """See `ForbiddenArgs` in boot.py."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def off(self) -> tuple[str, ...]: ...


_ON = frozenset({"1", "y", "Y", "on", "ON", "On", "yes", "true"})
_SLUB_DEFAULT = frozenset("FZPU")


def carries(wanted: Wanted, words: Iterable[str]) -> bool:
    """True if these arguments give what is wanted and nothing takes it back."""
    every = tuple(words)
    if any(_matches(word, spec) for word in every for spec in wanted.against):
        return False
    names = (wanted.name, *wanted.aliases)
    pairs = [word.partition("=") for word in every]
    values = [value if equals else None for name, equals, value in pairs if name in names]
    if not values:
        return False
    return _is_enough(wanted, values)


def _is_enough(wanted: Wanted, values: list[str | None]) -> bool:
    last, asked = values[-1], wanted.value
    if asked is None or wanted.style == "flag":
        return True
    if wanted.style == "boolean":
        return last in _ON
    if last is None:  # slub_debug alone switches the usual ones on (Documentation/mm/slub.rst)
        return wanted.style == "letters" and set(asked) <= _SLUB_DEFAULT
    found = {part for value in values if value for part in value.split(",")}
    answers = {
        "elements": asked in found,
        "letters": _global_letters(last) >= set(asked),
        "number": last.isdecimal() and asked.isdecimal() and int(last[:18]) >= int(asked[:18]),
    }
    return answers.get(wanted.style, last == asked or last in _after(asked, wanted.stronger))


def _after(value: str, order: tuple[str, ...]) -> tuple[str, ...]:
    return order[order.index(value) :] if value in order else ()


def _global_letters(value: str) -> frozenset[str]:
    """slub_debug: what stands before a comma applies to the caches after it alone."""
    every = [block for block in value.split(";") if "," not in block]
    return frozenset("".join(every).upper())


def forbidden(unwanted: Unwanted, words: Iterable[str]) -> list[str]:
    """The arguments that are there and should not be."""
    return [
        word
        for word in words
        if any(_matches(word, spec) for spec in unwanted.names)
        and ("=" not in word or word.partition("=")[2].lower() not in unwanted.off)
    ]


def _matches(word: str, spec: str) -> bool:
    """`nosmap` matches with any value; `clearcpuid=smap` if smap is one of the elements."""
    name, _, value = word.partition("=")
    asked, equals, element = spec.partition("=")
    if name.replace("-", "_") != asked.replace("-", "_"):
        return False
    return not equals or element in value.split(",")
