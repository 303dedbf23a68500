"""sudoers, with its includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import basename

from govctl.texts import msg
from scanners.host.following import include_directories, includes
from scanners.host.formats import sudoers
from scanners.host.formats.sudo_lists import Item
from scanners.host.model import File, Missing, Raw, Source
from scanners.host.reading import is_part, matching, text_of


@dataclass(frozen=True)
class SudoRule:
    """A user specification."""

    who: str
    users: tuple[str, ...]
    """`who` without aliases; `!` before those who are left out."""
    grants: tuple[Item, ...]
    """The commands one by one without aliases, each with the runas and tags that hold for it."""
    tags: frozenset[str]
    commands: str
    file: str
    line: int
    hosts: str = "ALL"
    runas: str = ""
    """What stands in parentheses; empty for root."""


@dataclass(frozen=True)
class Sudo:
    """What sudo would read."""

    installed: bool
    defaults: Mapping[str, str]
    """Option → last value; flags `"1"`, negated flags `"0"`."""
    rules: tuple[SudoRule, ...]
    scoped_defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`user:bob`, `host:…`, `runas:…`, `command:…` → the same for these alone."""


_SUDOERS = "/etc/sudoers"


def parse(raw: Raw) -> Sudo | Missing:
    """sudoers as sudo reads it; a file that cannot be read makes the whole Missing."""
    if "/usr/bin/sudo" not in raw.files and not _is_part(raw):
        return Sudo(False, {}, ())
    if _SUDOERS not in raw.files:
        return Missing(msg("there is no {path}", path=_SUDOERS))
    reading = sudoers.read(_SUDOERS, lambda path, directory: _files(raw, path, directory))
    if reading.unread:
        return Missing(msg("{path} could not be read", path=reading.unread[0]))
    rules = tuple(
        SudoRule(
            one.who, one.users, one.grants, one.tags, one.commands, one.file, one.line, one.hosts,
            one.runas,
        )
        for one in reading.rules
    )  # fmt: skip
    return Sudo(True, reading.defaults, rules, reading.scoped)


def _is_part(raw: Raw) -> bool:
    """A tree without its list of packages, of which sudoers may be all that was kept."""
    return is_part(raw) and _SUDOERS in raw.files


def _files(raw: Raw, path: str, directory: bool) -> list[tuple[str, str | None]]:
    """In a directory sudo skips names with a dot and those that end in `~`.

    An included file that others than root may change is not read; sudoers itself must not be so.
    """
    found = matching(raw, f"{path.rstrip('/')}/*") if directory else matching(raw, path)
    taken: list[tuple[str, str | None]] = []
    for file in found:
        name = basename(file.path)
        if file.kind == "directory" or (directory and ("." in name or name.endswith("~"))):
            continue
        if not _is_safe(file):
            if file.path == _SUDOERS:
                taken.append((file.path, None))
            continue
        text = text_of(raw, file.path)
        taken.append((file.path, text if isinstance(text, str) else None))
    return taken


def _is_safe(file: File) -> bool:
    """As sudo_secure_file() asks; of a link, what it leads to would count."""
    writable = file.mode & 0o002 or (file.mode & 0o020 and file.gid != 0)
    return file.kind == "link" or (file.uid == 0 and not writable)


_KNOWN = (_SUDOERS, "/etc/sudoers.d/*")
SOURCE = Source(
    Sudo,
    parse,
    files=_KNOWN,
    stats=("/usr/bin/sudo",),
    follows=(
        includes(_KNOWN, ("@include", "#include"), "/etc"),
        include_directories(_KNOWN, ("@includedir", "#includedir"), "/etc"),
    ),
)
