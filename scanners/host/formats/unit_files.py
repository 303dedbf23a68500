"""The state that `systemctl is-enabled` gives a unit, worked out from a tree of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import basename, dirname

from scanners.host.formats.boot_units import ADMIN, VENDOR, Boot, boots, is_off, knows_links
from scanners.host.model import File, Raw
from scanners.host.reading import is_null

DIRECTORIES = (ADMIN, *VENDOR)
SUFFIXES = [
    "service",
    "socket",
    "target",
    "timer",
    "path",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
]
SCRIPTS = ("/etc/init.d/*", "/etc/rc[2-5].d/S*")
"""What systemd-sysv-generator(8) looks at."""
_START = re.compile(r"/etc/rc[2-5]\.d/S[0-9]{2}(.+)")
_UNIT = re.compile(rf"[\w:.\\@-]+\.({'|'.join(SUFFIXES)})", re.ASCII)


def states(raw: Raw) -> dict[str, str]:
    """Unit → masked, enabled, alias, linked, indirect, disabled or static; no preset is applied."""
    units = _files(raw)
    wanted = _wanted(raw)
    aliases = frozenset(_aliases(units).values())
    found = {name: _state(name, file, wanted, aliases) for name, file in units.items()}
    if not has_vendor(raw):
        # A backup of /etc: the units that its links start are elsewhere.
        found = {**dict.fromkeys(filter(_UNIT.fullmatch, wanted), "enabled"), **found}
    return {**_generated(raw), **found}


def at_boot(raw: Raw, states: Mapping[str, str]) -> dict[str, Boot]:
    """Unit → what the next boot does with it, as far as links (and in a tree, texts) say.

    Of a running host the texts are not known: a unit without a link that systemctl calls enabled
    has just another name (`Alias=`), and one that it calls static may be pulled in by any text.
    """
    units = _files(raw)
    whole = not raw.live and has_vendor(raw)
    found = boots(raw, units, _aliases(units), whole=whole)
    if raw.live and not knows_links(raw):
        return {}
    for name, state in states.items():
        if state == "masked":
            found[name] = "never"
        elif state == "generated" and not raw.live:
            found[name] = "started"
        elif raw.live and state not in ("static", "transient"):
            found.setdefault(name, "never")
    return found


def _files(raw: Raw) -> dict[str, File]:
    """Unit files by name; that of the first directory counts."""
    units: dict[str, File] = {}
    for directory in DIRECTORIES:
        for name in filter(_UNIT.fullmatch, raw.folders.get(directory, ())):
            units.setdefault(name, raw.files[f"{directory}/{name}"])
    return units


def has_vendor(raw: Raw) -> bool:
    """True if the units of packages are there, not only the administrator's."""
    return any(dirname(path) in VENDOR for path in raw.files)


def _generated(raw: Raw) -> dict[str, str]:
    """Services of init scripts, which a generator makes where no unit has their name."""
    scripts = {basename(path) for path in raw.files if dirname(path) == "/etc/init.d"}
    started = {match[1] for match in map(_START.fullmatch, raw.files) if match}
    return {
        f"{name}.service": "generated" if name in started else "disabled"
        for name in scripts | started
        if _UNIT.fullmatch(f"{name}.service")
    }


def _wanted(raw: Raw) -> set[str]:
    """Names that a .wants or .requires directory of the administrator links to."""
    found: set[str] = set()
    for folder, names in raw.folders.items():
        if dirname(folder) == ADMIN and folder.endswith((".wants", ".requires")):
            files = [raw.files[f"{folder}/{name}"] for name in names]
            linked = [file for file in files if not is_off(file)]
            found.update(basename(file.path) for file in linked)
            found.update(basename(file.target) for file in linked if file.target)
    return found


def _aliases(units: Mapping[str, File]) -> dict[str, str]:
    """Other name → name: links from one unit's name to another's, which is what Alias= makes."""
    return {
        name: basename(file.target)
        for name, file in units.items()
        if file.target and not is_null(file) and basename(file.target) != name
    }


def _state(name: str, file: File, wanted: set[str], aliases: frozenset[str]) -> str:
    if is_off(file):
        return "masked"
    if file.kind == "link" and basename(file.target or name) != name:
        return "alias"
    if name in wanted or name in aliases:
        return "enabled"
    if file.kind == "link" and dirname(file.path) == ADMIN and _is_outside(file):
        return "linked"
    install = _install(file.content or b"")
    if {"wantedby", "requiredby", "alias"} & install:
        return "disabled"
    return "indirect" if "also" in install else "static"


def _is_outside(file: File) -> bool:
    folder = dirname(file.target or "")
    return folder.startswith("/") and folder not in (*DIRECTORIES, "/lib/systemd/system")


def _install(content: bytes) -> set[str]:
    """The keys of the section [Install], in lower case."""
    keys, inside = set(), False
    for line in map(str.strip, content.decode("utf-8", "replace").splitlines()):
        if line.startswith("["):
            inside = line == "[Install]"
        elif inside and line[:1] not in "#;" and "=" in line:
            keys.add(line.partition("=")[0].strip().lower())
    return keys
