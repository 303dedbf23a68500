"""Questions to whoever sits at the terminal."""

from __future__ import annotations

import sys

import typer

from govctl.errors import UsageError
from govctl.texts import _


def confirm(question: str) -> None:
    """Go on after a yes; Abort after a no, and UsageError where nobody is to answer."""
    if not sys.stdin.isatty():
        raise UsageError(
            _("nobody is at the terminal to answer: {question}", question=question),
            hint=_("say --yes if that is what you want"),
        )
    typer.confirm(question, abort=True, err=True)
