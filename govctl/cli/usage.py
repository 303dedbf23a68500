"""Errors about the words of a command: one line that says what is wrong, and a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from govctl.errors import UsageError
from govctl.texts import _


def unknown_command(path: str, name: str, known: Iterable[str]) -> UsageError:
    """`govctl pln`: no such command, and which one may be meant."""
    commands = list(known)
    near = get_close_matches(name, commands, 1)
    hint = (
        _("did you mean {name}?", name=f"{path} {near[0]}")
        if near
        else _("commands: {names}", names=" ".join(commands))
    )
    return UsageError(_('{program} has no command "{name}"', program=path, name=name), hint=hint)


def unknown_words(path: str, words: Sequence[str]) -> UsageError:
    """`govctl plan a b`: more words than the command takes."""
    return UsageError(
        _("{command} does not take: {words}", command=path, words=" ".join(words)),
        hint=_see(path),
    )


def not_one_of(option: str, given: str, known: Iterable[str]) -> UsageError:
    """A value that is none of the few that the option takes."""
    return UsageError(
        _('{option} does not take "{given}"', option=option, given=given),
        hint=_("it takes: {values}", values=", ".join(known)),
    )


def is_help(error: Exception) -> bool:
    """True for the parser's way to say that a group without a command shows its help."""
    return type(error).__name__ == "NoArgsIsHelpError"


def of_parser(error: Any) -> UsageError | None:
    """The parser's own error in our words; None if this is not one.

    Its classes are told by their names: the parser is a part of typer in some versions, and click
    in others.
    """
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "govctl"
    return UsageError(_message(error, path), hint=_hint(error, path))


def _message(error: Any, path: str) -> str:
    option = getattr(error, "option_name", None)
    match type(error).__name__:
        case "NoSuchOption":
            return _("{command} has no option {option}", command=path, option=option)
        case "BadOptionUsage" if "does not take a value" in error.message:
            return _("{option} does not take a value", option=option)
        case "BadOptionUsage":
            return _("{option} needs a value", option=option)
        case "MissingParameter" if error.param is not None:
            return _("{command} needs {what}", command=path, what=_name(error.param))
        case "BadParameter" if error.param is not None:
            return _(
                "{what} cannot be used: {reason}", what=_name(error.param), reason=error.message
            )
        case _:
            return str(error.format_message())


def _hint(error: Any, path: str) -> str:
    possible = getattr(error, "possibilities", None)
    if possible:
        return _("did you mean {name}?", name=", ".join(sorted(possible)))
    return _see(path)


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    return " ".join(filter(None, (max(param.opts, key=len), param.metavar)))


def _see(path: str) -> str:
    return _("see: {command} -h", command=path)
