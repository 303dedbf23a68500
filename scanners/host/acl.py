"""POSIX access lists (acl(5)): what they give to whom beyond the mode."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

UNKNOWN = ("?",)
"""There is a list, and nobody could read it."""
_MARKED = re.compile(rb"[-a-zA-Z]{10}\+ +[0-9]+ +[0-9]+ +[0-9]+ .*?@ (/.*)")
_KEPT = re.compile(rb"acl ((?:[0-9a-f]{2})+|-) ((?:[0-9a-f]{2})+)")
_ENTRY = re.compile(r"(user|group|mask|other):([0-9]{0,10}):([r-][w-][x-])(?:[ \t].*)?", re.ASCII)
_TAGS = {0x01: "user", 0x02: "user", 0x04: "group", 0x08: "group", 0x10: "mask", 0x20: "other"}
"""linux/posix_acl.h."""
_NAMED = frozenset({0x02, 0x08})
_VERSION = 2


def listed(output: bytes) -> dict[str, tuple[str, ...]]:
    """Path → entries, from `getfacl -snp`; or from lines of `ls -ldn` that carry its `+` mark, and
    from lines `acl ATTRIBUTE PATH` after them, both in hex, that say what the mark stands for."""
    found: dict[str, tuple[str, ...]] = {}
    for line in output.split(b"\n"):
        marked, kept = _MARKED.fullmatch(line), _KEPT.fullmatch(line)
        if marked:
            found[marked[1].decode("utf-8", "surrogateescape")] = UNKNOWN
        if kept:
            attribute = b"" if kept[1] == b"-" else bytes.fromhex(kept[1].decode())
            path = bytes.fromhex(kept[2].decode()).decode("utf-8", "surrogateescape")
            found[path] = stored(attribute)
    for block in output.split(b"\n\n"):
        lines = block.decode("utf-8", "surrogateescape").split("\n")
        if lines[0].startswith("# file: /"):
            entries = [match for line in lines[1:] if (match := _ENTRY.fullmatch(line))]
            found[_name(lines[0][8:])] = _beyond((one[1], one[2], one[3]) for one in entries)
    return found


def stored(attribute: bytes) -> tuple[str, ...]:
    """Entries of the attribute `system.posix_acl_access`; empty without one."""
    if not attribute:
        return ()
    if len(attribute) % 8 != 4 or attribute[:4] != struct.pack("<I", _VERSION):
        return UNKNOWN
    entries = []
    for tag, bits, number in struct.iter_unpack("<HHI", attribute[4:]):
        if tag not in _TAGS or bits > 7:
            return UNKNOWN
        entries.append((_TAGS[tag], str(number) if tag in _NAMED else "", _letters(bits)))
    return _beyond(entries)


def bits_of(entry: str) -> int:
    """0 to 7: what an entry such as `user:1000:r--` gives."""
    letters = entry.rsplit(":", 1)[-1]
    return sum(bit for bit, letter in zip((4, 2, 1), letters, strict=False) if letter != "-")


def _beyond(entries: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Named users and groups: their rights do not stand in the mode."""
    every = list(entries)
    if len(every) <= 3:
        return () if every else UNKNOWN
    mask = next((bits_of(f":{letters}") for kind, _, letters in every if kind == "mask"), 7)
    return tuple(
        f"{kind}:{name}:{_letters(bits_of(f':{letters}') & mask)}"
        for kind, name, letters in every
        if name
    )


def _letters(bits: int) -> str:
    return "".join(letter if bits & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x")))


def _name(text: str) -> str:
    r"""A name as getfacl writes it: `\012` for a newline."""
    plain = text.encode("utf-8", "surrogateescape")
    whole = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8) & 255]), plain)
    return whole.decode("utf-8", "surrogateescape")
