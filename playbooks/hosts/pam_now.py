"""What PAM's modules are told now, by their files and then by the arguments in the stacks."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from typing import Dict, NamedTuple

from playbooks.hosts.texts import read

Options = Dict[str, str]
"""Option → the value that counts, which is the last; `1` of one that has none."""
_SETTING = re.compile(r"[ \t]*([a-z_]+)[ \t]*(?:=[ \t]*)?([^ \t#]*)[ \t]*(?:#.*)?")
_QUALITY = ("/etc/security/pwquality.conf.d/*.conf", "/etc/security/pwquality.conf")
_LIMITS = ("/etc/security/limits.conf", "/etc/security/limits.d/*.conf")


class Now(NamedTuple):
    """By module; what is already as asked, or stricter, is left alone."""

    pwquality: Options
    faillock: Options
    pwhistory: Options
    faildelay: Options
    limits: Options
    """Of everybody: `maxlogins` alone."""


def told_now() -> Now:
    """What is in effect on this host."""
    password, auth = read("/etc/pam.d/common-password"), read("/etc/pam.d/common-auth")
    quality = [one for path in paths(_QUALITY) for one in settings(read(path))]
    failures = settings(read("/etc/security/faillock.conf"))
    limits = [one for path in paths(_LIMITS) for one in most_logins(read(path))]
    return Now(
        pwquality=dict([*quality, *arguments(password, "pam_pwquality.so")]),
        faillock=dict([*failures, *arguments(auth, "pam_faillock.so")]),
        pwhistory=dict(arguments(password, "pam_pwhistory.so")),
        faildelay=dict(arguments(read("/etc/pam.d/login"), "pam_faildelay.so")),
        limits=dict(limits),
    )


def paths(patterns: tuple[str, ...]) -> Iterator[str]:
    """Files in the order in which they are read."""
    for pattern in patterns:
        yield from filter(os.path.isfile, sorted(glob.glob(pattern)))


def arguments(text: str, module: str) -> Iterator[tuple[str, str]]:
    """Those of a module's lines in a stack (pam.d(5))."""
    for line in text.split("\n"):
        words = line.split()
        if module in words and not words[0].startswith("#"):
            for word in words[words.index(module) + 1 :]:
                name, sign, value = word.partition("=")
                yield name, value if sign else "1"


def settings(text: str) -> Iterator[tuple[str, str]]:
    """Those of a file such as pwquality.conf(5) or faillock.conf(5)."""
    for line in text.split("\n"):
        found = _SETTING.fullmatch(line.rstrip("\r"))
        if found:
            yield found[1], found[2] or "1"


def most_logins(text: str) -> Iterator[tuple[str, str]]:
    """What a file of limits.conf(5) says of everybody's logins at once."""
    for line in text.split("\n"):
        words = line.split()
        if words[:1] == ["*"] and words[2:3] == ["maxlogins"]:
            yield "maxlogins", "".join(words[3:4])
