"""GRUB: /etc/default/grub as a shell reads it, and the menu that grub-mkconfig(8) wrote."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import basename

_UNSET = re.compile(r"unset[ \t]+(?:-v[ \t]+)?([\w \t]+)", re.ASCII)
_ASSIGNMENT = re.compile(r"(export[ \t]+)?([A-Za-z_]\w*)(\+?)=(.*)", re.ASCII | re.DOTALL)
_OPENING = re.compile(r"(if|case|for|while|until)\b")
_CLOSING = re.compile(r"(?:^|;)[ \t]*(?:fi|esac|done)\b")
_EXPANSION = re.compile(r"\$(?:(\w+)|\{(\w+)\})", re.ASCII)
_UNDECIDABLE = re.compile(r"[`]|\$\(|\$\{[^}]*[^\w}]")
_TITLE = re.compile(r"""(?:menuentry|submenu)[ \t]+(?:'([^']*)'|"([^"]*)"|(\S+))""")
_LOADERS = frozenset({"linux", "linux16", "linuxefi", "linux_efi"})
_MODULES = frozenset({"module", "module2"})
_FOREIGN = ("30_os-prober",)
"""Sections of the menu that start other systems."""


@dataclass(frozen=True)
class Entry:
    """A menu entry that starts a Linux kernel of this system."""

    title: str
    kernel: str
    """The path of the image, as the loader sees it."""
    arguments: tuple[str, ...]
    generated: bool = True
    """True if the loader's generator wrote it from its defaults, False for a hand-made one."""

    @property
    def is_recovery(self) -> bool:
        """True for the entry that grub-mkconfig(8) adds for repairs."""
        return "recovery" in self.title.lower() or bool(
            {"single", "recovery"} & set(self.arguments)
        )


@dataclass(frozen=True)
class Menu:
    """What grub.cfg says."""

    entries: tuple[Entry, ...]
    superusers: frozenset[str] | None
    """Names of `superusers`; None if it is not set, empty if nobody may."""
    exported: bool
    """`export superusers`: without it submenus ask nobody (GRUB manual, Authentication)."""
    hashed: frozenset[str]
    """Users with a `password_pbkdf2`."""
    plain: frozenset[str]
    """Users with a `password` in plain text."""
    has_submenu: bool


def assignments(text: str, before: Mapping[str, str | None]) -> dict[str, str | None]:
    """Variables after a file of assignments was sourced; None for what only a shell could tell."""
    values: dict[str, str | None] = dict(before)
    depth = 0
    for line in _logical(text):
        depth += bool(_OPENING.match(line)) - len(_CLOSING.findall(line))
        for name in _unset(line):
            values[name] = None if depth > 0 else ""
        rest, given = line, dict[str, str | None]()
        while match := _ASSIGNMENT.match(rest):
            exported, name, added, rest = match.groups()
            known = {**values, **given}
            value, rest = _value(rest, known)
            if added:
                held = known.get(name, "")
                value = None if value is None or held is None else held + value
            given[name] = None if depth > 0 else value
            if exported or rest[:1] in ("", *";&|#"):
                values |= given
                given = {}
            rest = rest.lstrip(" \t;")
        # What is left in `given` stands before a command, and is that command's alone.
    return values


def _unset(line: str) -> list[str]:
    match = _UNSET.match(line)
    return match[1].split() if match else []


def _logical(text: str) -> Iterable[str]:
    """Lines with backslash continuations and quotes that span lines joined."""
    held = ""
    for line in text.split("\n"):
        held += line.strip() if not held else line
        if held.endswith("\\") and not held.startswith("#"):
            held = held[:-1]
            continue
        if not held.startswith("#") and _is_open(held) and len(held) < 8192:
            held += "\n"
            continue
        yield held
        held = ""
    if held:
        yield held


def _is_open(line: str) -> bool:
    quote = ""
    skip = False
    for char in line:
        if skip:
            skip = False
        elif char == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#":
            return False
    return bool(quote)


def _value(rest: str, values: Mapping[str, str | None]) -> tuple[str | None, str]:
    """The first word of an assignment's right side, and what follows it and its blanks."""
    found, quote, index, escaped = "", "", 0, False
    while index < len(rest):
        char = rest[index]
        if escaped:
            found += char if not quote or char in '"\\$`' else f"\\{char}"
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif not quote and char in " \t;&|\n":
            break
        elif char in "$`" and quote != "'":
            if _UNDECIDABLE.match(rest, index):
                return None, ""
            match = _EXPANSION.match(rest, index)
            value = values.get(match[1] or match[2], "") if match else char
            if value is None:
                return None, ""
            found += value
            index = match.end() - 1 if match else index
        else:
            found += char
        index += 1
    return found, rest[index:].lstrip(" \t\n")


def menu(text: str) -> Menu:
    """Entries and access rules of grub.cfg; conditions around them are not looked at."""
    entries: list[Entry] = []
    superusers: frozenset[str] | None = None
    exported = has_submenu = False
    passwords: dict[str, set[str]] = {"password": set(), "password_pbkdf2": set()}
    title = section = ""
    for line in _commands(text):
        if line.startswith("### BEGIN "):
            section = basename(line.split()[2]) if len(line.split()) > 2 else ""
            continue
        words = _words(line)
        if not words:
            continue
        if words[0] in ("menuentry", "submenu"):
            has_submenu = has_submenu or words[0] == "submenu"
            match = _TITLE.match(line)
            title = next((part for part in match.groups() if part), "") if match else ""
        elif words[0] in _LOADERS | _MODULES:
            entry = _entry(words, title, section)
            entries += [entry] if entry else []
        elif words[0] in passwords and len(words) > 1:
            passwords[words[0]].add(words[1])
        elif words[0] == "export":
            exported = exported or "superusers" in words[1:]
        else:
            names = next((w for w in words[:2] if w.startswith("superusers=")), None)
            if names is not None:
                superusers = frozenset(re.split(r"[ ,;|&]+", names.partition("=")[2])) - {""}
    return Menu(tuple(entries), superusers, exported, frozenset(passwords["password_pbkdf2"]),
                frozenset(passwords["password"]), has_submenu)  # fmt: skip


def _commands(text: str) -> Iterable[str]:
    """Lines; those that rule access split at the semicolons between their commands."""
    for line in map(str.strip, text.splitlines()):
        if ";" in line and len(line) < 2000 and line.startswith(("set", "export", "superusers")):
            yield from (
                part.strip() for part in re.findall(r"""(?:[^;"']|"[^"]*"|'[^']*')+""", line)
            )
        else:
            yield line


def _entry(words: list[str], title: str, section: str) -> Entry | None:
    """None for another system's entry, and for what is no Linux: memtest86+, iPXE, an initrd."""
    if len(words) < 2 or section in _FOREIGN:
        return None
    name = basename(words[1]).lower()
    is_kernel = name.startswith(("vmlinu", "kernel", "linux", "image", "bzimage"))
    if not is_kernel or name.endswith(".lkrn"):
        return None
    return Entry(title, words[1], tuple(words[2:]), section in ("10_linux", "20_linux_xen"))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=False)
    except ValueError:
        return line.split()
