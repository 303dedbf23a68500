"""One command line, from its words to its exit code."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import copy
from importlib import import_module
from typing import Any

import typer

from govctl.cli import completion, console, usage
from govctl.cli.app import app
from govctl.cli.ending import exit_code_of
from govctl.cli.options import command_of
from govctl.errors import GovctlError
from govctl.texts import _

INTERRUPTED = 130
"""What the parser makes of Ctrl-C."""
MODULES: Mapping[str, str] = {
    "baseline": "baseline",
    "build": "plan up status drift destroy unlock",
    "check": "check",
    "describe": "init show schema estate",
    "evidence": "evidence diff",
    "facts": "collect evaluate",
    "image": "image",
    "machine": "doctor",
    "patch": "patch",
    "report": "report",
    "scan": "scan",
    "validate": "validate",
    "verify": "harden inventory",
    "waivers": "waive attest waivers",
}
"""The modules of this folder that commands are in: only that of the one asked for is imported."""


def run(words: Sequence[str]) -> int:
    """Parse, run, and give the exit code; errors become messages."""
    load_commands(words)
    return exit_code_of(lambda: _parsed_and_run(words))


def _parsed_and_run(words: Sequence[str]) -> int:
    try:
        outcome = _app_for(words)(list(words), prog_name="govctl", standalone_mode=False)
    except GovctlError:
        raise
    except typer.Abort:
        console.warn(_("stopped; nothing more is changed"))
        return 4
    except Exception as error:
        return _of_parser(error)
    if outcome == INTERRUPTED:
        raise KeyboardInterrupt
    return outcome if isinstance(outcome, int) else 0


def _of_parser(error: Any) -> int:
    if usage.is_help(error):
        console.warn(error.ctx.get_help())  # on standard error: it is no result
        return 2
    wrong = usage.of_parser(error)
    if wrong is None:
        raise error
    console.complain(wrong)
    return wrong.exit_code


def _app_for(words: Sequence[str]) -> typer.Typer:
    """The app, without the commands that were not asked for: to build them all takes 35 ms."""
    name = command_of(words)
    if name is None and completion.VARIABLE not in os.environ:
        return _listed()
    asked = [
        info
        for info in app.registered_commands
        if name is not None and name in (info.name, getattr(info.callback, "__name__", None))
    ]
    if not asked:
        return app
    lean = copy(app)
    lean.registered_commands, lean.registered_groups = asked, []
    return lean


def _listed() -> typer.Typer:
    """The app for a line without a command: of groups the main page says what they are for."""
    lean = copy(app)
    lean.registered_groups = []
    for group in app.registered_groups:
        named, empty = copy(group), copy(group.typer_instance)
        if empty is not None:
            empty.registered_commands = []
        named.typer_instance = empty
        lean.registered_groups.append(named)
    return lean


def load_commands(words: Sequence[str]) -> None:
    """Let the command that is asked for register itself; all of them where it is none of them."""
    name = command_of(words)
    asked = [module for module, names in MODULES.items() if name in names.split()]
    for module in asked or MODULES:
        import_module(f"govctl.cli.{module}")
