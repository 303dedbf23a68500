"""The state that `systemctl is-enabled` gives a unit, worked out from a tree of files."""

from __future__ import annotations

import re
from posixpath import basename, dirname

from scanners.host.model import File, Raw
from scanners.host.reading import is_null

ADMIN = "/etc/systemd/system"
VENDOR = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
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
    """Unit → masked, enabled, alias, indirect, disabled or static; presets are not applied."""
    units: dict[str, File] = {}
    for directory in DIRECTORIES:
        for name in filter(_UNIT.fullmatch, raw.folders.get(directory, ())):
            units.setdefault(name, raw.files[f"{directory}/{name}"])
    wanted = _wanted(raw)
    aliases = _aliases(units)
    found = {name: _state(name, file, wanted, aliases) for name, file in units.items()}
    if not has_vendor(raw):
        # A backup of /etc: the units that its links start are elsewhere.
        found = {**dict.fromkeys(filter(_UNIT.fullmatch, wanted), "enabled"), **found}
    return {**_generated(raw), **found}


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
            found.update(names)
            targets = (raw.files[f"{folder}/{name}"].target for name in names)
            found.update(basename(target) for target in targets if target)
    return found


def _aliases(units: dict[str, File]) -> set[str]:
    """Units that a link of the administrator gives another name, which is how Alias= enables."""
    links = (file for file in units.values() if dirname(file.path) == ADMIN)
    return {
        basename(file.target)
        for file in links
        if file.target and not is_null(file) and basename(file.target) != basename(file.path)
    }


def _state(name: str, file: File, wanted: set[str], aliases: set[str]) -> str:
    if is_null(file) or (file.kind == "file" and file.size == 0):
        return "masked"
    if file.kind == "link" and basename(file.target or name) != name:
        return "alias"
    if name in wanted or name in aliases:
        return "enabled"
    install = _install(file.content or b"")
    if {"wantedby", "requiredby", "alias"} & install:
        return "disabled"
    return "indirect" if "also" in install else "static"


def _install(content: bytes) -> set[str]:
    """The keys of the section [Install], in lower case."""
    keys, inside = set(), False
    for line in map(str.strip, content.decode("utf-8", "replace").splitlines()):
        if line.startswith("["):
            inside = line == "[Install]"
        elif inside and line[:1] not in "#;" and "=" in line:
            keys.add(line.partition("=")[0].strip().lower())
    return keys
