"""A login at a terminal: what it waits for and shows, where root may, and folders of one's own."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from playbooks.hosts.others import overrule
from playbooks.hosts.own_files import make_folder, write
from playbooks.hosts.pam_now import Options
from playbooks.hosts.rights import Row
from playbooks.hosts.texts import replace, tell

_LOGIN, _TERMINALS = "/etc/pam.d/login", "/etc/securetty"
_USUAL_TERMINALS = "".join(f"tty{number}\n" for number in range(1, 7))
_NAMESPACES, _INSTANCES = "/etc/security/namespace.d/govctl.conf", "/var/lib/govctl-namespace"
_NAMESPACES_HEAD = (
    "# Written by govctl from the checks that are asked here; changes here are lost.\n"
)
_LASTLOG = "/lib/*/security/pam_lastlog.so"
_ASKS = re.compile(r"auth|@include[ \t]+common-auth")
"""Where a stack begins to ask for a password."""


class Asked(NamedTuple):
    """What the stack of login is to do besides."""

    delay: int = 0
    """Microseconds that a failed one takes; 0 for as it is."""
    shown: bool = False
    """Failed ones are told."""
    terminals: bool = False
    """Root is let in at listed terminals only."""
    namespace: bool = False
    """People get folders of their own."""


def settle_own_folders(rows: Sequence[Row], *, dry: bool) -> None:
    """Folders of everybody's own, which only pam_namespace enters."""
    folders = dict.fromkeys(row["directory"] for row in rows)
    for folder in folders:
        make_folder(_INSTANCES + folder, 0, dry=dry)
    if folders:
        lines = [f"{folder} {_INSTANCES}{folder}/ user root\n" for folder in folders]
        write(_NAMESPACES, "".join([_NAMESPACES_HEAD, *lines]), dry=dry)


def delay_of(rows: Sequence[Row], now: Options) -> int:
    """Microseconds that these rows ask for, or more if it is more now."""
    held = now.get("delay", "")
    asked = [int(row["minimum"]) * 1_000_000 for row in rows]
    return max([*asked, int(held) if held.isascii() and held.isdigit() else 0]) if asked else 0


def settle_login(asked: Asked, *, dry: bool) -> None:
    """Nothing where nobody logs in at a terminal."""
    if any(asked) and os.path.isfile(_LOGIN):
        asked = asked._replace(shown=asked.shown and bool(glob.glob(_LASTLOG)))
        overrule(_LOGIN, partial(login, asked=asked), home=os.path.dirname(_LOGIN), dry=dry)


def login(text: str, asked: Asked) -> str:
    """The stack of login as asked."""
    lines = text.split("\n")
    rest = lines.pop()
    lines += [rest] if rest else []
    found = [_changed(line, asked) for line in lines]
    begin = next((place for place, line in enumerate(lines) if _ASKS.match(line)), len(lines))
    found[begin:begin] = _before(lines, asked)
    if asked.shown and not _has(lines, "session", "lastlog"):
        found.append("session    optional   pam_lastlog.so showfailed")
    if asked.namespace and not _has(lines, "session", "namespace"):
        found.append("session    required   pam_namespace.so")
    return text if found == lines else "".join(f"{line}\n" for line in found)


def _before(lines: Sequence[str], asked: Asked) -> list[str]:
    """What comes before anything asks for a password."""
    found = []
    if asked.terminals and not _has(lines, "auth", "securetty"):
        found.append("auth       requisite  pam_securetty.so")
    if asked.delay and not _has(lines, "auth", "faildelay"):
        found.append(f"auth       optional   pam_faildelay.so  delay={asked.delay}")
    return found


def _has(lines: Sequence[str], kind: str, module: str) -> bool:
    return any(_is(line, kind, module) for line in lines)


def _is(line: str, kind: str, module: str) -> bool:
    return bool(re.match(rf"{kind}[ \t].*pam_{module}\.so", line))


def _changed(line: str, asked: Asked) -> str:
    if asked.delay and _is(line, "auth", "faildelay"):
        line = re.sub(r"pam_faildelay\.so.*", f"pam_faildelay.so  delay={asked.delay}", line)
    if asked.shown and _is(line, "session", "lastlog"):
        line = re.sub(r"[ \t]+silent", "", line)
        line += "" if "showfailed" in line else " showfailed"
    return line


def settle_terminals(rows: Sequence[Row], *, dry: bool) -> None:
    """List the terminals at which root may log in: those that are listed, or the usual ones."""
    forbidden = re.compile("|".join(row["terminals"] for row in rows))
    if os.path.exists(_TERMINALS):
        change = partial(without_lines, forbidden=forbidden)
        overrule(_TERMINALS, change, home=os.path.dirname(_TERMINALS), dry=dry)
        return
    text = without_lines(_USUAL_TERMINALS, forbidden)
    if not dry:
        replace(_TERMINALS, text, follow=False)
    tell(_TERMINALS, "", text)


def without_lines(text: str, forbidden: re.Pattern[str]) -> str:
    """A text without the lines that match as a whole."""
    return "\n".join(line for line in text.split("\n") if not forbidden.fullmatch(line))
