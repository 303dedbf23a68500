"""Where something stands in a file, and the list of everything that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, NoReturn

from govctl.errors import InputError, Problem
from govctl.texts import _

SHOWN = 12
"""Candidates that one message lists at most."""


class Place(NamedTuple):
    """A position in a file; line and column count from 1, line 0 means the file as a whole."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


class Problems:
    """Collects problems so that a person sees all of them at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(
        self, place: Place, message: str, *, expected: str | None = None, hint: str | None = None
    ) -> None:
        """Note one problem; texts are ready to read."""
        self.found.append(
            Problem(place.file, place.line, place.column, message, expected=expected, hint=hint)
        )

    def unknown(
        self, place: Place, message: str, given: str, candidates: Iterable[str], *, hint: str = ""
    ) -> None:
        """Note a name that is not among the candidates, with the nearest one and the list."""
        names = sorted(set(candidates))
        near = nearest(given, names)
        suggestion = _('did you mean "{name}"?', name=near) if near else hint
        self.add(place, message, expected=one_of(names), hint=suggestion or None)

    def check(self) -> None:
        """Raise InputError if anything was noted."""
        if self.found:
            self.fail()

    def fail(self) -> NoReturn:
        """Raise InputError with everything that was noted."""
        raise InputError(list(dict.fromkeys(self.found)))


def nearest(given: str, names: Iterable[str]) -> str | None:
    """The one name that a misspelt one most likely means; None if none is near."""
    found = difflib.get_close_matches(given, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def one_of(names: list[str]) -> str | None:
    """`one of: a, b`, cut short when the list is long; None if there is nothing to choose from."""
    if not names:
        return None
    shown = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        shown += _(" and {count} more", count=len(names) - SHOWN)
    return _("one of: {names}", names=shown)
