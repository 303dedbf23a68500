"""Kernel settings, for the next boot in a drop-in that is read late, and now.

The drop-in keeps what it has; a key that several rows name gets a value that suits them all. What
is read still later, and says otherwise, is taken out of force.

Where the kernel is to load no modules after its start, what is loaded now is listed for
systemd-modules-load, which comes before systemd-sysctl: else what loads its modules later, such as
nftables, would start without them.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache

from playbooks.hosts.others import drop_ins, take_out
from playbooks.hosts.rights import Row, refuse, say
from playbooks.hosts.texts import HEADER, read, replace, tell, with_line

_OURS = "/etc/sysctl.d/zz-govctl.conf"
_HOME, _MAIN = "/etc/sysctl.d", "/etc/sysctl.conf"
_FOLDERS = (_HOME, "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
_APPLIER = "/usr/lib/systemd/systemd-sysctl"
_UFW = ("/etc/default/ufw", "/etc/ufw/ufw.conf")
_UFWS_OWN = "/etc/ufw/sysctl.conf"
_WILD = frozenset("*?[")
_CLOSED, _LOADED = "kernel.modules_disabled", "/etc/modules-load.d/zz-govctl.conf"
_FORBIDDEN = re.compile(
    r"(?m)^[ \t]*(?:blacklist[ \t]+([\w-]+)|install[ \t]+([\w-]+)[ \t]+\S*(?:true|false)\b)"
)
_MODPROBE = ("/etc/modprobe.d/*.conf", "/run/modprobe.d/*.conf", "/usr/local/lib/modprobe.d/*.conf",
             "/usr/lib/modprobe.d/*.conf", "/lib/modprobe.d/*.conf")  # fmt: skip
_MODULES = "/proc/modules"
_SWAP = str.maketrans("./", "/.")
_REDIRECTS = "/proc/sys/net/ipv4/conf/all/accept_redirects"
"""The kernel turns this on where forwarding ends, whatever it was (inet_forward_change, Linux)."""


def main(request: Row) -> None:
    """Write the drop-in, then set what the running kernel has otherwise."""
    allowed = _allowed(request)
    values = {key: words[0] for key, words in allowed.items()}
    if values.get(_CLOSED) == "1" and not request["offline"]:
        _write(_LOADED, _with_modules, request["dry"])
    _write(_OURS, lambda text: _with(text or HEADER, values), request["dry"])
    for path in _later():
        numbers = [number for number, line in enumerate(read(path).split("\n"))
                   if _says_otherwise(line, allowed)]  # fmt: skip
        take_out(path, numbers, home=_HOME, dry=request["dry"])
    if not request["offline"]:
        for key, value in sorted(values.items(), key=lambda one: one[0] == _CLOSED):
            _apply(key.lstrip("-"), value, request["dry"])


def _write(path: str, change: Callable[[str], str], dry: bool) -> None:
    text = read(path)
    after = change(text)
    if after != text:
        if not dry:
            replace(path, after)
        tell(path, text, after)


def _with_modules(text: str) -> str:
    """The list, with every module that is loaded now and may be loaded."""
    paths = [one for folder in _MODPROBE for one in glob.glob(folder)]
    forbidden = {name.replace("-", "_") for path in paths
                 for found in _FORBIDDEN.findall(read(path)) for name in found}  # fmt: skip
    names = [line.split()[0] for line in read(_MODULES).splitlines()]
    for name in sorted(set(names) - forbidden):
        text = with_line(text or HEADER, name)
    return text


def _keys(row: Row) -> list[str]:
    if row["family"] == "sysctl.value":
        return [row["key"]]
    prefix = f"net.{row['protocol']}.conf"
    # A dash: an interface that is gone meanwhile is no error (sysctl.d(5)).
    return [f"{prefix}.all.{row['name']}", f"{prefix}.default.{row['name']}",
            f"-{prefix}.*.{row['name']}", *_of_interfaces(prefix, row["name"])]  # fmt: skip


@lru_cache(maxsize=None)
def _of_interfaces(prefix: str, name: str) -> list[str]:
    """Keys of single interfaces that other files set: a pattern does not reach those (systemd)."""
    key = re.compile(rf"(?m)^[ \t]*-?({re.escape(prefix)}\.[^\s=*]+\.{re.escape(name)})[ \t]*=")
    paths = [_MAIN, *drop_ins(_FOLDERS), *_later()]
    found = dict.fromkeys(one for path in paths for one in key.findall(_dotted(read(path))))
    scopes = (f"{prefix}.all.{name}", f"{prefix}.default.{name}")
    return [f"-{one}" for one in found if one not in scopes]


def _dotted(text: str) -> str:
    """Keys may be written with slashes; then an interface's own dots stay dots (sysctl.d(5))."""
    slashed = re.compile(r"(?m)^[ \t]*(-?)(net/[^\s=]+)")
    return slashed.sub(lambda one: one[1] + one[2].translate(_SWAP), text)


def _later() -> list[str]:
    """Files that are read after ours: the main file by procps alone, where systemd is not, and
    ufw's by ufw as it starts."""
    names = drop_ins(_FOLDERS)
    found = [path for path in names if os.path.basename(path) > os.path.basename(_OURS)]
    if not os.path.exists(_APPLIER):
        found.append(_MAIN)
    said = dict(re.findall(r"(?m)^[ \t]*(\w+)=[\"']?([^\s\"'#]*)", "\n".join(map(read, _UFW))))
    applied = said.get("IPT_SYSCTL", _UFWS_OWN)
    if said.get("ENABLED", "").lower() == "yes" and applied.startswith("/etc/"):
        found.append(applied)
    return found


def _says_otherwise(line: str, allowed: dict[str, list[str]]) -> bool:
    """True if a line gives one of these keys, or of the keys that one of these patterns is about,
    a value that is not allowed."""
    name, equals, value = line.strip().partition("=")
    if not equals or name[:1] in ("#", ";"):
        return False
    own = _parts(name)
    return any(_meet(own, _parts(key)) and " ".join(value.split()) not in words
               for key, words in allowed.items())  # fmt: skip


def _parts(key: str) -> list[str]:
    key = key.strip().lstrip("-")
    slashed = "/" in key and ("." not in key or key.index("/") < key.index("."))
    return (key.translate(_SWAP) if slashed else key).split(".")


def _meet(one: list[str], other: list[str]) -> bool:
    """True if two keys are the same, or are patterns that some key may be met by; a key that is
    named in full is beyond any pattern (sysctl.d(5))."""
    if any(_WILD & set("".join(key)) for key in (one, other)) and not all(
        _WILD & set("".join(key)) for key in (one, other)
    ):
        return False
    if len(one) != len(other):
        return False
    return all(map(_alike, one, other))


def _alike(one: str, other: str) -> bool:
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _allowed(request: Row) -> dict[str, list[str]]:
    """Key → the values that every row on it allows, the first of which is set, for the rows that
    are open."""
    allowed: dict[str, list[str]] = {}
    for row in request["all"]:
        for key in _keys(row):
            asked = [str(value) for value in (*row["values"], *row.get("stricter", ()))]
            known = allowed.get(key, asked)
            both = [value for value in known if value in asked]
            if not both:
                sys.stderr.write(f"{key}: the rows ask for values that exclude each other\n")
            allowed[key] = both or known
    wanted = dict.fromkeys(key for row in request["rows"] for key in _keys(row))
    return {key: allowed[key] for key in wanted}


def _with(text: str, values: dict[str, str]) -> str:
    lines, left = [], dict(values)
    for line in text.splitlines():
        key = line.partition("=")[0].strip()
        if key not in values:
            lines.append(line)
        elif key in left:
            lines.append(f"{key} = {left.pop(key)}")
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in left.items())]) + "\n"


def _apply(key: str, value: str, dry: bool) -> None:
    for path in sorted(glob.glob(f"/proc/sys/{_path(key)}")):
        if re.sub(r"\s+", " ", read(path)).strip() == value:
            continue
        try:
            if not dry:
                redirects = read(_REDIRECTS)
                _set(path, value)
                if path != _REDIRECTS and read(_REDIRECTS) != redirects:
                    _set(_REDIRECTS, redirects.strip())
        except OSError as error:
            refuse(path, error)
        else:
            say(path, value)


def _set(path: str, value: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{value}\n")


def _path(key: str) -> str:
    """sysctl.d(5): dots part a key, and an interface's own dot stands as a slash."""
    return key.translate(_SWAP)
