"""Targets as a person writes them: `localhost`, `ssh://[user@]host[:port]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from govctl.errors import InputError, Problem, UsageError
from govctl.texts import _

HERE = "localhost"
_SCHEME = "ssh://"
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\[\]:/?#@\s]+))(?::([0-9]{1,5}))?/?")


@dataclass(frozen=True)
class Target:
    """What one word means."""

    name: str
    """As it was given: results bear it."""
    host: str | None = None
    """None for this machine."""
    user: str | None = None
    port: int | None = None


def is_target(word: str) -> bool:
    """True if a word is meant as a host, and not as a folder."""
    return word == HERE or "://" in word


def target_of(word: str) -> Target:
    """Read one word. Raises UsageError if it is no target."""
    if word == HERE:
        return Target(word)
    if not word.startswith(_SCHEME):
        raise UsageError(
            _('"{word}" is no target', word=word), hint=_("write ssh://user@host, or localhost")
        )
    before, at, place = word.removeprefix(_SCHEME).rpartition("@")
    if ":" in before:
        raise UsageError(
            _(
                "{target} holds a password, which others can read here",
                target=f"{_SCHEME}…@{place}",
            ),
            hint=_("log in with a key; for sudo there is --ask-sudo-password"),
        )
    host, user, port = parts_of(f"{before}{at}{place}", word)
    return Target(word, host, unquote(user) if user else None, port)


def parts_of(text: str, word: str) -> tuple[str, str | None, int | None]:
    """Host, user and port of `[user@]host[:port]`; UsageError, quoting `word`, if it is none."""
    user, at, place = text.rpartition("@")
    match = _HOST.fullmatch(place)
    port = int(match[3]) if match and match[3] else None
    # ssh takes a leading dash for an option; whoever copies our line shall not fall for it.
    host = (match[1] or match[2]) if match else ""
    if not host or host.startswith("-") or (at and not user) or port == 0 or (port or 0) > 65535:
        raise UsageError(
            _('"{word}" is no target', word=word),
            hint=_("write ssh://user@host:port; an IPv6 address in brackets"),
        )
    return host, user or None, port


def read_targets(path: Path) -> tuple[Target, ...]:
    """The targets of a file, one a line, `#` for comments. Raises InputError with each problem."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}", path=path, reason=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(path, 0, 0, _("this is no text in UTF-8"))]) from error
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        word = line.split("#", 1)[0].strip()
        if not word:
            continue
        try:
            found.append(target_of(word))
        except UsageError as error:
            column = line.index(word) + 1
            problems.append(Problem(path, number, column, error.message, hint=error.hint))
    if not found and not problems:
        problems.append(Problem(path, 0, 0, _("there is no target in it")))
    if problems:
        raise InputError(problems)
    return tuple(found)


def unique(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Each target once, in the order of their first mention."""
    return tuple({target.name: target for target in targets}.values())
