"""Options of mount points, now and at the next boot.

An entry of fstab(5) is changed in its place; a mount unit gets a drop-in; what systemd mounts by
itself gets a line. Options are only added, and the opposite of one is taken away.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from playbooks.hosts.others import take_out
from playbooks.hosts.rights import Row, refuse, say
from playbooks.hosts.texts import HEADER, read, replace, settle_text, tell, with_key

_FSTAB = "/etc/fstab"
_BY_SYSTEMD = {"/dev/shm": ("nosuid", "nodev")}  # noqa: S108 - a key
_OPPOSITE = {"nodev": "dev", "nosuid": "suid", "noexec": "exec"}
_UNITS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
          "/usr/lib/systemd/system")  # fmt: skip
_LOCAL = ("/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=")


def main(request: Row) -> None:
    """Each mount point once, with what all its rows ask."""
    wanted: dict[str, list[str]] = {}
    for row in request["rows"]:
        paths = [row["path"]] if row["family"] == "mounts.options" else _partitions()
        for path in paths:
            options = wanted.setdefault(path, [])
            options += [one for one in row["options"] if one not in options]
    for path, options in wanted.items():
        _store(path, options, request["dry"])
        if not request["offline"]:
            _remount(path, options, request["dry"])


def _lines() -> list[str]:
    return read(_FSTAB).splitlines()


def _fields(line: str) -> list[str]:
    words = line.split()
    return [] if len(words) < 3 or words[0].startswith("#") else words


def _unescaped(text: str) -> str:
    return re.sub(r"\\(0[0-7]{2}|1[0-7]{2})", lambda match: chr(int(match[1], 8)), text)


def _target(words: list[str]) -> str:
    return _unescaped(words[1]).rstrip("/") or "/"


def _partitions() -> list[str]:
    """Mount points of partitions, mounted or in fstab, but the root's."""
    found = [(_target(words), words[0], words[2]) for words in map(_fields, _lines()) if words]
    if os.path.exists("/proc/self/mountinfo"):
        found += _mounted()
    return list(dict.fromkeys(
        path for path, source, kind in found
        if source.startswith(_LOCAL) and path.startswith("/") and path != "/"
        and kind not in ("swap", "devtmpfs")))  # fmt: skip


def _mounted() -> list[tuple[str, str, str]]:
    found = []
    for line in read("/proc/self/mountinfo").splitlines():
        words = line.split()
        dash = words.index("-", 6)
        found.append((_unescaped(words[4]), words[dash + 2], words[dash + 1]))
    return found


def _store(path: str, options: list[str], dry: bool) -> None:
    """For the next boot."""
    lines = _lines()
    places = [number for number, line in enumerate(lines)
              if _fields(line) and _target(_fields(line)) == path]  # fmt: skip
    for number in places:
        lines[number] = _with_options(lines[number], options)
    if not places and path in _BY_SYSTEMD:
        every = [*_BY_SYSTEMD[path], *(one for one in options if one not in _BY_SYSTEMD[path])]
        lines.append(f"tmpfs {path} tmpfs defaults,{','.join(every)} 0 0 # govctl")
        places = [len(lines) - 1]
    if places and lines != _lines():
        after = "\n".join(lines) + "\n"
        before = read(_FSTAB)
        if not dry:
            replace(_FSTAB, after)
        tell(_FSTAB, before, after)
    unit = _escaped(path)
    if not places or any(os.path.exists(f"{one}/{unit}.d") for one in _UNITS):
        _store_unit(path, unit, options, dry)


def _with_options(line: str, options: list[str]) -> str:
    """The line with these options in its fourth field; everything else as it is."""
    parts = re.split(r"(\s+)", line.strip())
    words = parts[6].split(",") if len(parts) > 6 else ["defaults"]
    text = ",".join(_joined(words, options))
    if len(parts) > 6:
        parts[6] = text
        return "".join(parts)
    return f"{line.rstrip()} {text}"


def _joined(words: list[str], options: list[str]) -> list[str]:
    against = {_OPPOSITE.get(one, "") for one in options}
    kept = [one for one in words if one and one not in against]
    # `user` brings these three itself, and what stands after it counts.
    return kept + [one for one in options if one not in kept]


def _escaped(path: str) -> str:
    """`/var/tmp` → `var-tmp.mount` (systemd-escape --path)."""
    name = "".join(char if char.isalnum() or char in ":_." else "-" if char == "/"
                   else f"\\x{ord(char):02x}" for char in path.strip("/"))  # fmt: skip
    return f"{name or '-'}.mount"


def _store_unit(path: str, unit: str, options: list[str], dry: bool) -> None:
    units = [f"{one}/{unit}" for one in _UNITS if os.path.exists(f"{one}/{unit}")]
    if not units:
        if path not in _BY_SYSTEMD and not _is_fstabs(path):
            sys.stderr.write(f"{path}: neither fstab nor a unit mounts it at the next boot\n")
        return
    place = f"/etc/systemd/system/{unit}.d/zz-govctl.conf"
    now = _unit_options([units[0], *_drop_ins(unit)])
    text = read(place) or HEADER
    after = with_key(text, "Mount", "Options", ",".join(_joined(now, options)))
    if set(options) <= set(now):
        return
    settle_text(place, lambda _text: after, dry=dry)
    for other in _drop_ins(unit):
        if os.path.basename(other) > os.path.basename(place):  # ours has its other options too
            numbers = [number for number, line in enumerate(read(other).split("\n"))
                       if line.startswith("Options=")]  # fmt: skip
            take_out(other, numbers, home=os.path.dirname(place), dry=dry)


def _is_fstabs(path: str) -> bool:
    return any(_target(words) == path for words in map(_fields, _lines()) if words)


def _drop_ins(unit: str) -> list[str]:
    found: dict[str, str] = {}
    for folder in reversed(_UNITS):
        if os.path.isdir(f"{folder}/{unit}.d"):
            names = (one for one in os.listdir(f"{folder}/{unit}.d") if one.endswith(".conf"))
            found.update({name: f"{folder}/{unit}.d/{name}" for name in names})
    return [found[name] for name in sorted(found)]


def _unit_options(paths: list[str]) -> list[str]:
    values = re.findall(r"(?m)^Options=(.*)$", "\n".join(map(read, paths)))
    return [one.strip() for one in values[-1].split(",")] if values else []


def _remount(path: str, options: list[str], dry: bool) -> None:
    """On the running system, where the mount lacks one of them."""
    now = ""
    for line in read("/proc/self/mountinfo").splitlines():
        words = line.split()
        if _unescaped(words[4]) == path:
            now = words[5]
    if not now or set(options) <= set(now.split(",")):
        return
    if dry:
        say(path, f"remounted {','.join(options)}")
        return
    command = ["mount", "-o", f"remount,{','.join([*now.split(','), *options])}", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        refuse(path, f"not remounted: {done.stderr.strip()}")
    else:
        say(path, f"remounted {','.join(options)}")
