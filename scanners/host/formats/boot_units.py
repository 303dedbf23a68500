"""Which units the next boot starts: those that default.target pulls in, by links and by directives.

systemd.unit(5): a link in `UNIT.wants/` or `UNIT.requires/` is a dependency of that unit, by the
name of the link alone; a link to /dev/null, or an empty file, hides one of lower priority. Another
name in the unit directories (`Alias=`) starts nothing until somebody pulls that name in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from posixpath import basename, dirname
from typing import Literal

from scanners.host.model import File, Raw
from scanners.host.reading import is_null

Boot = Literal["started", "triggered", "never"]
"""`triggered`: a socket, timer or path of its name is started, and starts it when it is due."""

ADMIN = "/etc/systemd/system"
VENDOR = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_GENERATED = "/run/systemd/generator"
_DIRECTORIES = (f"{_GENERATED}.early", ADMIN, _GENERATED, *VENDOR, f"{_GENERATED}.late")
"""By falling priority; what lies in /run/systemd/system is gone with the next boot."""
LINKS = tuple(f"{folder}/*.{kind}/*" for folder in _DIRECTORIES for kind in ("wants", "requires"))
DROP_INS = tuple(f"{folder}/*.d/*.conf" for folder in (ADMIN, *VENDOR))
DEFAULTS = tuple(f"{folder}/default.target" for folder in (ADMIN, *VENDOR))

_CHAIN: Mapping[str, tuple[str, ...]] = {
    "graphical.target": ("multi-user.target", "display-manager.service"),
    "multi-user.target": ("basic.target",),
    "basic.target": (
        "sysinit.target", "sockets.target", "timers.target", "paths.target", "slices.target",
    ),
    "sysinit.target": ("local-fs.target", "swap.target"),
    "rescue.target": ("sysinit.target",),
    "runlevel2.target": ("multi-user.target",),
    "runlevel3.target": ("multi-user.target",),
    "runlevel4.target": ("multi-user.target",),
    "runlevel5.target": ("graphical.target",),
}  # fmt: skip
"""bootup(7): what the targets of systemd themselves require."""
_OTHER_TIMES = re.compile(
    r"(?:rescue|emergency|shutdown|halt|poweroff|reboot|kexec|sleep|suspend|hibernate"
    r"|hybrid-sleep|suspend-then-hibernate|system-update|final|initrd[a-z-]*)\.target"
)
"""Targets of other times than a usual boot (systemd.special(7))."""
_PULLS = frozenset({"wants", "requires", "bindsto", "upholds"})
_TRIGGER = re.compile(r"(.+)\.(?:socket|timer|path)")


def boots(
    raw: Raw, units: Mapping[str, File], aliases: Mapping[str, str], *, whole: bool
) -> dict[str, Boot]:
    """Unit → what the next boot does with it. Of a unit that is not here nothing is known.

    `units` are unit files by name, `aliases` other name → name; `whole` says that the texts of all
    unit files are there, so that what nothing pulls in is not started.
    """
    edges = _edges(raw, units)
    root = _default(raw)
    if not whole and not _OTHER_TIMES.fullmatch(root):
        edges.setdefault(root, {"multi-user.target"})
    off = {name for name, file in units.items() if is_off(file)}
    started = _closure(root, edges, aliases, off)
    found: dict[str, Boot] = dict.fromkeys(started, "started")
    for name in started:
        match = _TRIGGER.fullmatch(name)
        if match and f"{match[1]}.service" not in off:
            found.setdefault(f"{match[1]}.service", "triggered")
    idle = {*off, *(units if whole else ())}
    idle |= _pulled(edges, aliases, usual=False) - _pulled(edges, aliases, usual=True)
    return {**dict.fromkeys(idle, "never"), **found}


def _pulled(edges: Mapping[str, set[str]], aliases: Mapping[str, str], *, usual: bool) -> set[str]:
    """What some unit pulls in: one of a usual boot, or one of other times."""
    return {aliases.get(name, name) for parent, inside in edges.items()
            if (_OTHER_TIMES.fullmatch(parent) is None) is usual for name in inside}  # fmt: skip


def knows_links(raw: Raw) -> bool:
    """True if the vendor's links were looked at: every systemd comes with some."""
    return any(dirname(folder) in VENDOR and folder.endswith(".wants") for folder in raw.folders)


def is_off(file: File) -> bool:
    """True for a mask: a link to /dev/null or an empty file."""
    return is_null(file) or (file.kind == "file" and file.size == 0)


def _default(raw: Raw) -> str:
    for path in DEFAULTS:
        if path in raw.files:
            return basename(raw.files[path].target or path)
    return "graphical.target"


def _edges(raw: Raw, units: Mapping[str, File]) -> dict[str, set[str]]:
    """Unit → names that it pulls in."""
    edges = {name: set(names) for name, names in _CHAIN.items()}
    chosen: dict[tuple[str, str], File] = {}
    folders: dict[str, list[str]] = {}
    for folder in raw.folders:
        if folder.endswith((".wants", ".requires")):
            folders.setdefault(dirname(folder), []).append(folder)
    for directory in _DIRECTORIES:
        for folder in folders.get(directory, ()):
            for name in raw.folders[folder]:
                chosen.setdefault((basename(folder), name), raw.files[f"{folder}/{name}"])
    for (folder, name), file in chosen.items():
        if not is_off(file):
            edges.setdefault(folder.rpartition(".")[0], set()).add(name)
    for name, file in units.items():
        if file.content and file.kind == "file":
            edges.setdefault(name, set()).update(_directives(file.content))
    for folder, names in raw.folders.items():
        if folder.endswith(".d") and dirname(folder) in _DIRECTORIES:
            texts = (raw.files[f"{folder}/{name}"].content for name in names)
            for text in filter(None, texts):
                edges.setdefault(basename(folder)[:-2], set()).update(_directives(text))
    return edges


def _directives(content: bytes) -> Iterable[str]:
    inside = False
    for line in map(str.strip, content.decode("utf-8", "replace").splitlines()):
        if line.startswith("["):
            inside = line == "[Unit]"
        elif inside and line[:1] not in "#;":
            key, _equals, value = line.partition("=")
            if key.strip().lower() in _PULLS:
                yield from value.split()


def _closure(
    root: str, edges: Mapping[str, set[str]], aliases: Mapping[str, str], off: set[str]
) -> set[str]:
    found: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        name = aliases.get(name, name)
        if name in found or name in off:
            continue
        found.add(name)
        waiting += edges.get(name, ())
    return found
