"""dconf(7): what the system's databases set for users and for the login screen, and lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.facts.software import STATUS
from scanners.host.model import File, Missing, Raw, Source
from scanners.host.reading import file_text, is_part, matching, text_of


@dataclass(frozen=True)
class Profile:
    """What a profile gives its users."""

    found: bool
    """False if there is no such profile: then no system database counts."""
    values: Mapping[str, str]
    """`org/gnome/login-screen/disable-user-list` → the value that the system's databases give."""
    locked: frozenset[str]
    """Keys that a database of the system keeps from being changed."""
    stale: tuple[str, ...] = ()
    """Databases with keyfiles that nobody compiled (`dconf update`): they have no effect."""


@dataclass(frozen=True)
class Dconf:
    """The profiles `user` (everybody) and `gdm` (the login screen)."""

    user: Profile
    gdm: Profile


_NAMES = ("user", "gdm")
_FOLDERS = ("/etc/dconf/profile", "/usr/local/share/dconf/profile", "/usr/share/dconf/profile")
_DATABASES = "/etc/dconf/db"
_GREETER = ("/usr/share/gdm/dconf/*", "/etc/gdm3/greeter.dconf-defaults")
"""Debian compiles these into the file that the profile `gdm` names; by name the last one wins."""


@dataclass(frozen=True)
class _Database:
    values: dict[str, str]
    locks: frozenset[str]
    stale: str | None = None


def parse(raw: Raw) -> Dconf | Missing:
    """Each profile's databases in order: the first with a key counts, but a lock counts more."""
    asked = (*SOURCE.files, *SOURCE.stats)
    if is_part(raw) and not any(matching(raw, glob) for glob in asked):
        return Missing(msg("nothing here tells what dconf sets"))
    profiles = [_profile(raw, name) for name in _NAMES]
    for profile in profiles:
        if isinstance(profile, Missing):
            return profile
    user, gdm = (profile for profile in profiles if isinstance(profile, Profile))
    return Dconf(user, gdm)


def _profile(raw: Raw, name: str) -> Profile | Missing:
    texts = (text_of(raw, f"{folder}/{name}") for folder in _FOLDERS)
    text = next((one for one in texts if one is not None), None)
    if isinstance(text, Missing):
        return text
    if text is None:
        return Profile(False, {}, frozenset())
    databases = []
    for line in text.splitlines():
        kind, _, place = line.partition("#")[0].strip().partition(":")
        if kind in ("system-db", "file-db"):
            database = _database(raw, kind, place)
            if isinstance(database, Missing):
                return database
            databases.append(database)
    stale = tuple(one.stale for one in databases if one.stale)
    locked = frozenset(key for one in databases for key in one.locks)
    keys = {key for one in databases for key in one.values}
    values = {key: _value(key, databases) for key in keys}
    return Profile(True, {key: value for key, value in values.items() if value is not None},
                   locked, stale)  # fmt: skip


def _value(key: str, databases: list[_Database]) -> str | None:
    """Reading starts at the last database that locks the key, else at the first."""
    locking = [place for place, one in enumerate(databases) if _is_locked(key, one.locks)]
    start = locking[-1] if locking else 0
    return next((one.values[key] for one in databases[start:] if key in one.values), None)


def _is_locked(key: str, locks: frozenset[str]) -> bool:
    """A lock may name a key or, with a slash at its end, everything below a path."""
    if key in locks:
        return True
    parts = key.split("/")[:-1]
    return any("/".join(parts[: count + 1]) + "/" in locks for count in range(len(parts)))


def _database(raw: Raw, kind: str, place: str) -> _Database | Missing:
    if kind == "file-db":
        if not place.endswith("/greeter-dconf-defaults"):
            return _Database({}, frozenset())
        greeter = [file for glob in _GREETER for file in matching(raw, glob)]
        values = _keyfiles(greeter)
        return values if isinstance(values, Missing) else _Database(values, frozenset())
    folder = f"{_DATABASES}/{place}.d"
    keyfiles, lockfiles = matching(raw, f"{folder}/*"), matching(raw, f"{folder}/locks/*")
    values = _keyfiles([file for file in keyfiles if file.kind != "directory"])
    if isinstance(values, Missing):
        return values
    locks: set[str] = set()
    for file in lockfiles:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        locks.update(line.strip().lstrip("/") for line in text.splitlines()
                     if line.strip().startswith("/"))  # fmt: skip
    compiled = f"{_DATABASES}/{place}" in raw.files
    if (values or locks) and not compiled and not is_part(raw):
        return _Database({}, frozenset(), place)
    return _Database(values, frozenset(locks))


def _keyfiles(files: Iterable[File]) -> dict[str, str] | Missing:
    """Of keyfiles with one key the last by name counts."""
    values: dict[str, str] = {}
    for file in sorted(files, key=lambda one: one.path.rsplit("/", 1)[-1]):
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        path = ""
        for line in map(str.strip, text.splitlines()):
            if line.startswith("[") and line.endswith("]"):
                path = line[1:-1].strip("/")
            elif path and "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                values[f"{path}/{key.strip()}"] = value.strip()
    return values


SOURCE = Source(
    Dconf,
    parse,
    files=(
        *(f"{folder}/{name}" for folder in _FOLDERS for name in _NAMES),
        f"{_DATABASES}/*.d/*",
        f"{_DATABASES}/*.d/locks/*",
        *_GREETER,
    ),
    stats=(f"{_DATABASES}/*",),
    tree_files=STATUS,
)
