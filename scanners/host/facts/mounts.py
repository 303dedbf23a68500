"""Mount points: those that are there, and those that the next boot makes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from posixpath import basename, dirname

from govctl.texts import msg
from scanners.host.formats import ini
from scanners.host.model import Command, File, Missing, Raw, Source
from scanners.host.reading import file_text, is_null, output_of, text_of


@dataclass(frozen=True)
class Mount:
    """A mount point."""

    target: str
    source: str
    type: str
    options: frozenset[str]
    """As they take effect: `user` brings nodev, nosuid and noexec, a later `exec` takes noexec
    back."""
    device: str = ""
    """`major:minor`; empty for what is not mounted yet."""


@dataclass(frozen=True)
class Mounts:
    """Mounts of the mount namespace that was looked at."""

    live: tuple[Mount, ...] | None
    """Of a place mounted over only the last; None for a tree of files."""
    stored: tuple[Mount, ...]
    """What the next boot mounts: fstab(5), and mount units (systemd.mount(5)) in its place."""


_ADMIN = ("/etc/systemd/system", "/run/systemd/system")
_VENDOR = ("/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
           "/run/systemd/generator.late")  # fmt: skip
_UNITS = (*_ADMIN, *_VENDOR)
_GENERATED = "/run/systemd/generator"
_WHOLE = ("/etc/os-release", "/usr/lib/os-release", "/var/lib/dpkg/status")
"""A tree with none of these and no fstab is a part of a system: the rest may well mount things."""
_FLAGS = {"dev": "nodev", "suid": "nosuid", "exec": "noexec", "auto": "noauto"}
_IMPLIED = {
    "user": ("nodev", "nosuid", "noexec"), "users": ("nodev", "nosuid", "noexec"),
    "owner": ("nodev", "nosuid"), "group": ("nodev", "nosuid"),
}  # fmt: skip


def parse(raw: Raw) -> Mounts | Missing:
    """proc(5)'s mountinfo, fstab(5) and the mount units that are started at boot."""
    text = text_of(raw, "/etc/fstab")
    if isinstance(text, Missing):
        return text
    live = None
    if raw.live:
        said = output_of(raw, "mounts")
        if isinstance(said, Missing):
            return said
        mounts = {mount.target: mount for mount in map(_mounted, said.splitlines()) if mount}
        if "/" not in mounts:
            return Missing(msg("{command} says nothing that can be read", command="mountinfo"))
        live = tuple(mounts.values())
    lines = (line.split() for line in (text or "").splitlines())
    rows = [row for row in lines if len(row) >= 3 and not row[0].startswith("#")]
    units = _units(raw)
    if isinstance(units, Missing):
        return units
    made, started, options = units
    if not raw.live and text is None and not made and not any(map(raw.files.get, _WHOLE)):
        return Missing(msg("there is no {path}", path="/etc/fstab"))
    fstab = tuple(
        replace(one, options=options.get(unit_name(one.target), one.options))
        for one in map(_fstab_line, rows)
    )
    return Mounts(live, _next_boot(fstab, made, started))


def effective(words: list[str]) -> frozenset[str]:
    """Mount options in their order, the later ones over the earlier (mount(8))."""
    found: dict[str, None] = {}
    for word in words:
        found[word] = None
        found |= dict.fromkeys(_IMPLIED.get(word, ()))
        if word in _FLAGS:
            found.pop(_FLAGS[word], None)
    return frozenset(found)


def _mounted(line: str) -> Mount | None:
    words = line.split()
    if "-" not in words[6:]:
        return None
    dash = words.index("-", 6)
    if len(words) < dash + 4:
        return None
    options = frozenset([*words[5].split(","), *words[dash + 3].split(",")])
    return Mount(_unescaped(words[4]), _unescaped(words[dash + 2]), words[dash + 1], options,
                 words[2])  # fmt: skip


def _fstab_line(row: list[str]) -> Mount:
    options = row[3] if len(row) > 3 else "defaults"
    target = _unescaped(row[1])
    return Mount(target.rstrip("/") or "/" if target.startswith("/") else target,
                 _unescaped(row[0]), row[2], effective(options.split(",")))  # fmt: skip


def _unescaped(text: str) -> str:
    """Blanks stand as octal escapes in both files."""
    return re.sub(r"\\(0[0-7]{2}|1[0-7]{2})", lambda match: chr(int(match[1], 8)), text)


_Units = dict[str, tuple[str, Mount | None]]
"""Unit → the directory it counts from, and its mount; None if it is masked."""


def _units(raw: Raw) -> tuple[_Units, frozenset[str], dict[str, frozenset[str]]] | Missing:
    """The units, what boot starts of them, and the options that drop-ins give (also fstab's)."""
    chosen: dict[str, File] = {}
    extra: dict[str, list[File]] = {}
    started: set[str] = set()
    for path, file in sorted(item for item in raw.files.items() if ".mount" in item[0]):
        parent, name = dirname(path), basename(path)
        if parent in _UNITS and name.endswith(".mount") and not _is_fstabs(file):
            held = chosen.get(name)
            if held is None or _UNITS.index(parent) < _UNITS.index(dirname(held.path)):
                chosen[name] = file
        elif parent.endswith((".wants", ".requires")) and name.endswith(".mount"):
            started.add(name)
        elif parent.endswith(".mount.d") and dirname(parent) in _UNITS:
            extra.setdefault(basename(parent).removesuffix(".d"), []).append(file)
    units: _Units = {}
    for name, file in chosen.items():
        mount = _unit(file, extra.get(name, []))
        if isinstance(mount, Missing):
            return mount
        units[name] = (dirname(file.path), mount)
    options: dict[str, frozenset[str]] = {}
    for name, files in extra.items():
        found = _settings(files)
        if isinstance(found, Missing):
            return found
        if "options" in found:
            options[name] = _options(found)
    return units, frozenset(started), options


def _is_fstabs(file: File) -> bool:
    """True for what systemd made of a line of fstab: it outlives the line until the next boot."""
    text = file_text(file) if file.path.startswith(_GENERATED) else None
    return isinstance(text, str) and "SourcePath=/etc/fstab" in text.splitlines()


def _unit(file: File, extra: list[File]) -> Mount | Missing | None:
    if is_null(file) or (file.kind == "file" and file.size == 0):
        return None
    found = _settings([file, *sorted(extra, key=lambda one: basename(one.path))])
    if isinstance(found, Missing):
        return found
    return Mount(found.get("where", ""), found.get("what", ""), found.get("type", ""),
                 _options(found))  # fmt: skip


def _settings(files: list[File]) -> dict[str, str] | Missing:
    texts = []
    for file in files:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        texts.append(text)
    return ini.of_systemd(texts, "Mount")


def _options(found: dict[str, str]) -> frozenset[str]:
    return effective([word for word in found.get("options", "").split(",") if word])


def _next_boot(
    fstab: tuple[Mount, ...],
    units: _Units,
    started: frozenset[str],
) -> tuple[Mount, ...]:
    """A unit of the administrator stands for fstab's line, and that for a vendor's unit."""
    listed = {mount.target for mount in fstab}
    masked = {unit_name(target): target for target in listed}
    replaced = set()
    found = []
    for name, (directory, mount) in units.items():
        if directory in _ADMIN:
            target = mount.target if mount else masked.get(name)
            replaced.add(target)
            if mount and (name in started or target in listed):
                found.append(mount)
        elif mount and mount.target not in listed and name in started:
            found.append(mount)
    return (*(mount for mount in fstab if mount.target not in replaced), *found)


def unit_name(path: str) -> str:
    """systemd-escape --path --suffix=mount, for paths of plain letters, digits, dashes and dots."""
    parts = [part for part in path.split("/") if part]
    escaped = (part.replace("\\", "\\x5c").replace("-", "\\x2d") for part in parts)
    return ("-".join(escaped) or "-") + ".mount"


SOURCE = Source(
    Mounts,
    parse,
    files=(
        "/etc/fstab",
        *(f"{directory}/*.mount" for directory in _UNITS),
        *(f"{directory}/*.mount.d/*.conf" for directory in (*_ADMIN, _VENDOR[2])),
    ),
    stats=tuple(
        f"{directory}/*.{kind}/*.mount" for directory in _UNITS for kind in ("wants", "requires")
    ),
    commands=(Command("mounts", "cat /proc/self/mountinfo", timeout=10),),
)
