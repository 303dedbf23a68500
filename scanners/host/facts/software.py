"""Packages, units, sockets: what is installed and what runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from govctl.texts import msg
from scanners.host.asked import Asked
from scanners.host.formats import apt_conf, boot_units, unit_files, unit_lists
from scanners.host.formats.boot_units import Boot
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import file_text, matching, output_of
from scanners.host.reductions import CREDENTIALS_SED, settings_file


@dataclass(frozen=True)
class Packages:
    """dpkg's packages that are there and work."""

    versions: Mapping[str, str]
    apt: Mapping[str, tuple[str, ...]]
    """`apt-config dump`: key → values in order."""


@dataclass(frozen=True)
class Apt:
    """apt's settings alone, for which no database of packages is needed."""

    settings: Mapping[str, tuple[str, ...]]
    """As `Packages.apt`."""


@dataclass(frozen=True)
class Unit:
    """A systemd unit; the running half is None for a tree of files."""

    name: str
    enabled: str
    """`systemctl is-enabled`: enabled, disabled, masked, static, alias, generated …"""
    active: str | None = None
    sub: str | None = None
    boot: Boot | None = None
    """What the next boot does with it; None if that is not known."""

    @property
    def is_active(self) -> bool:
        """True if it runs now."""
        return self.active in ("active", "activating", "reloading")

    @property
    def starts_at_boot(self) -> bool:
        """True if the next boot starts it, or if its state alone is known and says so."""
        if self.enabled in ("masked", "masked-runtime") or self.boot is not None:
            return self.boot == "started" and not self.enabled.startswith("masked")
        return self.enabled in ("enabled", "static", "generated")


@dataclass(frozen=True)
class Units:
    """The unit files of the host."""

    units: Mapping[str, Unit]
    """By full name, `ssh.service`; `Asked` if the host was asked for some only."""
    whole: bool = True
    """False if the vendor's units are not there: an unknown name says nothing then."""


@dataclass(frozen=True)
class Listener:
    """A listening socket."""

    protocol: str
    """tcp or udp."""
    address: str
    port: int
    process: str | None


@dataclass(frozen=True)
class Listeners:
    """What answers on the network (`ss -Hlntup`)."""

    sockets: tuple[Listener, ...]


STATUS = ("/var/lib/dpkg/status", "/var/lib/dpkg/status.d/*")
"""dpkg's database; images without dpkg have a file for each package."""
_APT_FILES = ("/etc/apt/apt.conf.d/*", "/etc/apt/apt.conf")
_FIELDS = ("Package: ", "Status: ", "Version: ")
_HELD = re.compile(r"[a-z]+ (ok|reinstreq) (installed|triggers-awaited|triggers-pending)")
"""What is wanted (`deinstall`, `purge`) is not yet done: the package is there and works."""


def parse_packages(raw: Raw) -> Packages | Missing:
    """dpkg's database by its own tool, or its status file where there is only a tree."""
    versions = _dpkg_query(raw) if raw.live else _dpkg_status(raw)
    if isinstance(versions, Missing):
        return versions
    if not versions:
        return Missing(msg("dpkg knows no installed package"))
    apt = _apt_config(raw)
    return apt if isinstance(apt, Missing) else Packages(versions, apt)


@lru_cache(maxsize=64)
def _is_held(status: str) -> bool:
    """True for a package that is there; a host has hundreds, in very few states."""
    return _HELD.fullmatch(status) is not None


def _dpkg_query(raw: Raw) -> dict[str, str] | Missing:
    said = output_of(raw, "dpkg")
    if isinstance(said, Missing):
        return said
    rows = (line.split("\t") for line in said.splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and _is_held(row[0])}


def _dpkg_status(raw: Raw) -> dict[str, str] | Missing:
    versions: dict[str, str] = {}
    files = [file for path in STATUS for file in matching(raw, path)]
    for file in files:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        for paragraph in re.split(r"\n(?:[ \t]*\n)+", text):
            lines = (line for line in paragraph.splitlines() if line.startswith(_FIELDS))
            pairs = (line.partition(": ") for line in lines)
            fields = {name: value.strip() for name, _colon, value in pairs}
            if "Package" in fields and _is_held(fields.get("Status", "install ok installed")):
                versions[fields["Package"]] = fields.get("Version", "")
    return versions


def tree_has(raw: Raw, name: str) -> bool | None:
    """Whether dpkg's database in a tree has a package; None if there is no database."""
    texts = [file.content or b"" for path in STATUS for file in matching(raw, path)]
    if not any(texts):
        return None
    wanted = re.compile(rb"^Package: " + re.escape(name.encode()) + rb"$", re.MULTILINE)
    for text in texts:
        for match in wanted.finditer(text):
            start = text.rfind(b"\n\n", 0, match.start()) + 1
            paragraph = text[start:].partition(b"\n\n")[0] if start else text.partition(b"\n\n")[0]
            state = re.search(rb"^Status: *(.*)$", paragraph, re.MULTILINE)
            if state is None or _HELD.fullmatch(state[1].decode("utf-8", "replace").strip()):
                return True
    return False


def _apt_config(raw: Raw) -> dict[str, tuple[str, ...]] | Missing:
    if raw.live:
        said = output_of(raw, "apt")
        return said if isinstance(said, Missing) else apt_conf.parse_dump(said)
    files = [file for path in _APT_FILES for file in matching(raw, path)]
    texts = []
    for file in files:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        if re.fullmatch(r"[\w-]+|[\w.-]+\.conf", file.path.rsplit("/", 1)[-1], re.ASCII):
            texts.append(text)
    return apt_conf.merge(texts)


def parse_apt(raw: Raw) -> Apt | Missing:
    """As above; a part of a machine without any file of apt says nothing."""
    settings = _apt_config(raw)
    if isinstance(settings, Missing):
        return settings
    if not raw.live and not any(matching(raw, path) for path in (*STATUS, *_APT_FILES)):
        return Missing(msg("there is no {path}", path="/etc/apt"))
    return Apt(settings)


def parse_units(raw: Raw) -> Units | Missing:
    """Unit files and running units joined by name; a unit without a file is `transient`."""
    if not raw.live:
        states = unit_files.states(raw)
        if not states:
            return Missing(msg("there is no unit of systemd"))
        boot = unit_files.at_boot(raw, states)
        units = {name: Unit(name, state, boot=boot.get(name)) for name, state in states.items()}
        return Units(units, unit_files.has_vendor(raw))
    listed, running = output_of(raw, "unit-files"), output_of(raw, "units")
    if isinstance(listed, Missing):
        return listed
    if isinstance(running, Missing):
        return running
    enabled, active = unit_lists.enabled(listed), unit_lists.active(running)
    if not any(state in unit_lists.STATES for state in enabled.values()) or not active:
        return Missing(msg("systemctl printed no unit"))
    names = enabled.keys() | active.keys()
    states = {name: enabled.get(name, unit_lists.unlisted(name, enabled)) for name in names}
    boot = unit_files.at_boot(raw, states)
    units = {name: Unit(name, state, *active.get(name, ("inactive", "dead")), boot.get(name))
             for name, state in states.items()}  # fmt: skip
    globs = unit_lists.globs_of(raw.outputs["unit-files"].line)
    return Units(Asked(units, globs) if globs else units)


def parse_listeners(raw: Raw) -> Listeners | Missing:
    """`ss -Hlntup`; an interface after `%` is dropped from the address."""
    said = output_of(raw, "sockets")
    if isinstance(said, Missing):
        return said
    sockets = []
    for line in said.splitlines():
        match = _SOCKET.match(line)
        if match:
            process = re.search(r'users:\(\("([^"]*)"', line)
            address = match[2].partition("%")[0].strip("[]")
            sockets.append(Listener(match[1], address, int(match[3]), process and process[1]))
        elif line.strip():
            return Missing(msg("{command} says nothing that can be read", command="ss"))
    return Listeners(tuple(sockets))


_SOCKET = re.compile(r"(tcp|udp) +\w+ +[0-9]+ +[0-9]+ +(\S+):([0-9]{1,5}) ", re.ASCII)


PACKAGES = Source(
    Packages,
    parse_packages,
    commands=(
        Command("dpkg", "dpkg-query -W -f='${Status}\\t${Package}\\t${Version}\\n'"),
        Command("apt", f"apt-config dump | sed -E '{CREDENTIALS_SED}'"),
    ),
    tree_files=STATUS,
    reduced=tuple(settings_file(path, live=False) for path in _APT_FILES),
)
APT = Source(Apt, parse_apt, tree_files=STATUS, reduced=PACKAGES.reduced)
"""Of a running host it reads what apt answered for `Packages`, which are always asked for."""
UNITS = Source(
    Units,
    parse_units,
    commands=(
        Command("unit-files", unit_lists.UNIT_FILES),
        Command("units", unit_lists.RUNNING),
    ),
    tree_files=(
        *(
            f"{directory}/*.{suffix}"
            for directory in unit_files.DIRECTORIES
            for suffix in unit_files.SUFFIXES
        ),
        *boot_units.DROP_INS,
        *unit_files.SCRIPTS,
    ),
    stats=(*boot_units.LINKS, *boot_units.DEFAULTS, f"{boot_units.ADMIN}/*"),
)


def units_named(globs: Iterable[str]) -> Source[Units]:
    """The source of these units only: to tell the states of all takes systemd half a second."""
    named = tuple(globs)
    commands = (replace(one, line=unit_lists.of_some(one.line, named)) for one in UNITS.commands)
    return replace(UNITS, commands=tuple(commands))


LISTENERS = Source(Listeners, parse_listeners, commands=(Command("sockets", "ss -Hlntup"),))
