"""The text of a stack: arguments that a module must not have, and those that it must."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

_HASHES = ("sha256", "sha512", "md5", "bigcrypt", "blowfish", "gost_yescrypt", "yescrypt")
_HASH_WORDS = r"(?:rounds=.*|sha256.*|sha512.*|md5|bigcrypt|blowfish|gost_yescrypt|yescrypt)"
_STRONG = re.compile("sha|.*yescrypt")
_JUDGES = ("pam_pwquality.so", "pam_cracklib.so", "pam_pwhistory.so")
_BOUND = re.compile(r"[ \t](?:use_authtok|use_first_pass)(?:[ \t]|$)")
_PASSWORD = re.compile("[ \t]*password[ \t]")
_ROUNDS = re.compile("rounds=([0-9]+)")
_COST = 5
"""Of yescrypt, unless a line says otherwise."""


class Hashing(NamedTuple):
    """How new passwords are to be hashed: by one of these methods (any strong one if empty), and
    with how much work, of SHA and of yescrypt (None: not asked)."""

    methods: tuple[str, ...] = ()
    rounds: int | None = None
    cost: int = _COST


class Usual(NamedTuple):
    """What login.defs(5) says where a line does not."""

    method: str = "des"
    rounds: int = 5000


def by_line(change: Callable[[str], str], text: str) -> str:
    """A text of which each line is changed."""
    return "\n".join(map(change, text.split("\n")))


def without_argument(text: str, module: str, argument: str) -> str:
    """Lines of this module lose the arguments that begin so."""
    word = re.compile(rf"[ \t]+{re.escape(argument)}[^ \t]*")
    return by_line(lambda line: word.sub("", line) if module in line else line, text)


def without_option(text: str, module: str, option: str) -> str:
    """Lines of this module lose `option` and `option=…`."""
    word = re.compile(rf"[ \t]+{re.escape(option)}(?:=[^ \t]*)?(?=[ \t]|$)")
    return by_line(lambda line: word.sub("", line) if module in line else line, text)


def usual(definitions: str) -> Usual:
    """What a text of login.defs(5) says of hashing, the last of each."""
    found = Usual()
    for line in definitions.split("\n"):
        name, value = re.split("[ \t]+", f"{line} ")[:2]
        if name == "ENCRYPT_METHOD":
            found = found._replace(method=value.lower())
        elif name == "SHA_CRYPT_MAX_ROUNDS" and value.isdigit() and int(value) >= 1000:
            found = found._replace(rounds=int(value))
    return found


def hashed(text: str, asked: Hashing, otherwise: Usual) -> str:
    """pam_unix hashes new passwords by a method that is asked for, with no less work."""

    def change(line: str) -> str:
        ours = _PASSWORD.match(line) and _module(line) == "pam_unix.so"
        return _hashed(line, asked, otherwise) if ours else line

    return by_line(change, text)


def _module(line: str) -> str:
    """Behind the type and the control, which may hold blanks: `[success=1 default=ignore]`."""
    return next((word for word in line.split()[2:] if word.endswith(".so")), "")


def _hashed(line: str, asked: Hashing, otherwise: Usual) -> str:
    words = line.split()[3:]
    named = [word for word in words if word.startswith(_HASHES)]
    work = [int(found[1]) for found in map(_ROUNDS.fullmatch, words) if found]
    method = named[-1] if named else otherwise.method
    good = method in asked.methods if asked.methods else _STRONG.match(method)
    if not good:
        method = asked.methods[0] if asked.methods else "yescrypt"
        line, work = f"{_without(line, _HASH_WORDS)} {method}", []
    is_sha = method.startswith("sha")
    if asked.rounds is None:
        return line
    least = asked.rounds if is_sha else asked.cost
    now = work[-1] if work else otherwise.rounds if is_sha else _COST
    return f"{_without(line, 'rounds=.*')} rounds={least}" if now < least else line


def _without(line: str, pattern: str) -> str:
    """A line minus the arguments that match."""
    for word in line.split()[3:]:
        if re.fullmatch(pattern, word):
            line = re.sub(rf"[ \t]+{re.escape(word)}([ \t]|$)", " ", line, count=1)
    return line.rstrip(" \t")


def taken_over(text: str, modules: Collection[str]) -> str:
    """These modules take the new password that one before them has judged."""
    judged = False

    def change(line: str) -> str:
        nonlocal judged
        if not _PASSWORD.match(line):
            return line
        module = _module(line)
        if module in modules and judged and not _BOUND.search(line):
            line += " use_authtok"
        judged = judged or module in _JUDGES
        return line

    return by_line(change, text)
