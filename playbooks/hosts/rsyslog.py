"""rsyslog: log files that are closed to others, and no messages from other machines."""

from __future__ import annotations

import glob
import os
import re
from functools import partial
from typing import Iterator, List

from playbooks.hosts.others import hidden, overrule
from playbooks.hosts.rights import Row
from playbooks.hosts.texts import read, settle_text

_MAIN, _DROPPED = "/etc/rsyslog.conf", "/etc/rsyslog.d"
_OURS = f"{_DROPPED}/00-govctl.conf"
_DIRECTIVE = re.compile(r"[ \t]*\$FileCreateMode[ \t]+([0-7]{3,5})[ \t]*(?:#.*)?$", re.I)
_PARAMETER = re.compile(r'(?i)(\bfilecreatemode[ \t]*=[ \t]*")([0-7]{3,5})(?=")')
_TAKEN = "(?:udp|tcp|ptcp|relp|rfc3195)"
_OBJECT = re.compile(
    rf'[ \t]*(?:module|input)[ \t]*\(.*\b(?:load|type)[ \t]*=[ \t]*"im{_TAKEN}"', re.I
)
_LEGACY = re.compile(
    r"[ \t]*\$(?:modload[ \t]+im(?:udp|tcp|ptcp|relp)|udpserverrun|input(?:p?tc|rel)pserverrun)",
    re.I,
)
_INCLUDE = re.compile(
    r"^(?![ \t]*#).*?(?:\$IncludeConfig[ \t]+[\"']?|\binclude[ \t]*\([^)]*?\bfile[ \t]*=[ \t]*\")"
    r"(/[^\"'\s]+)",
    re.I | re.M,
)
_MOST = 500  # files; what includes itself would have no end
_READS = re.compile(rf"(?m)^(?![ \t]*#).*{re.escape(_DROPPED)}/|^[ \t]*\$FileCreateMode\b", re.I)


def settle(rows: list[Row], dry: bool) -> bool:
    """Each row in the files that there are; True if one of them changes."""
    changed = [_close(row, dry) for row in rows if row["family"] == "logging.file-mode"]
    if any(row["family"] == "logging.no-inputs" for row in rows):
        changed += [overrule(path, deafened, dry=dry) for path in _others()]
    return any(changed)


def _close(row: Row, dry: bool) -> bool:
    """A file of ours that is read early, and no wider mode anywhere."""
    directive = f"$FileCreateMode {row['mode']}\n"
    text = f"# Written by govctl ({row['id']}); changes here are lost.\n{directive}"
    change = partial(narrowed, widest=int(row["mode"], 8))
    changed = [settle_text(_OURS, lambda _text: text, dry=dry)]
    changed += [overrule(path, change, dry=dry) for path in _others()]
    if not _READS.search(read(_MAIN)):  # neither our file nor any mode
        changed.append(overrule(_MAIN, directive.__add__, dry=dry))
    return any(changed)


def _others() -> list[str]:
    """Every file that rsyslog reads, but ours."""
    waiting = [_MAIN, *sorted(glob.glob(f"{_DROPPED}/*.conf"))]
    found: dict[str, None] = {}
    while waiting and len(found) < _MOST:
        path = waiting.pop(0)
        if path not in found and os.path.isfile(path):
            found[path] = None
            waiting += [one for name in included(read(path)) for one in sorted(glob.glob(name))]
    return [path for path in found if path != _OURS]


def included(text: str) -> List[str]:
    """The patterns of the files that a text includes; a folder stands for all its files."""
    return [f"{name}*" if name.endswith("/") else name for name in _INCLUDE.findall(text)]


def narrowed(text: str, widest: int) -> str:
    """Modes of new files that give more than this, without what is too much."""
    return "\n".join(one for line in text.split("\n") for one in _narrowed(line, widest))


def _narrowed(line: str, widest: int) -> Iterator[str]:
    directive = _DIRECTIVE.match(line)
    if directive and int(directive[1], 8) & ~widest:
        yield hidden(line)
        yield f"$FileCreateMode {int(directive[1], 8) & widest:04o}"
    elif line.lstrip().startswith("#"):
        yield line
    else:
        yield _PARAMETER.sub(lambda one: f"{one[1]}{int(one[2], 8) & widest:04o}", line)


def deafened(text: str) -> str:
    """A text in which what takes messages from other machines is a comment."""
    lines, inside = [], 0
    for line in text.split("\n"):
        starts = bool(_OBJECT.match(line))
        if inside or starts or _LEGACY.match(line):
            if inside or starts:
                inside = max(inside + line.count("(") - line.count(")"), 0)
            line = hidden(line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)
