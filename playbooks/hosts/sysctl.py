"""Kernel settings, for the next boot in the drop-in that is read last, and now.

The drop-in keeps what it has; a key that several rows name gets a value that suits them all.

Where the kernel is to load no modules after its start, what is loaded now is listed for
systemd-modules-load, which comes before systemd-sysctl: else what loads its modules later, such as
nftables, would start without them.
"""

from __future__ import annotations

import glob
import re
import sys
from collections.abc import Callable
from functools import lru_cache

from playbooks.hosts.rights import Row, refuse, say
from playbooks.hosts.texts import HEADER, read, replace, tell, with_line

_OURS = "/etc/sysctl.d/zz-govctl.conf"
_FOLDERS = ("/etc/sysctl.d/*.conf", "/run/sysctl.d/*.conf", "/usr/local/lib/sysctl.d/*.conf",
            "/usr/lib/sysctl.d/*.conf")  # fmt: skip
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
    values = _values(request)
    if values.get(_CLOSED) == "1" and not request["offline"]:
        _write(_LOADED, _with_modules, request["dry"])
    _write(_OURS, lambda text: _with(text or HEADER, values), request["dry"])
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
    paths = ["/etc/sysctl.conf", *(one for folder in _FOLDERS for one in glob.glob(folder))]
    found = dict.fromkeys(one for path in paths for one in key.findall(_dotted(read(path))))
    scopes = (f"{prefix}.all.{name}", f"{prefix}.default.{name}")
    return [f"-{one}" for one in found if one not in scopes]


def _dotted(text: str) -> str:
    """Keys may be written with slashes; then an interface's own dots stay dots (sysctl.d(5))."""
    slashed = re.compile(r"(?m)^[ \t]*(-?)(net/[^\s=]+)")
    return slashed.sub(lambda one: one[1] + one[2].translate(_SWAP), text)


def _values(request: Row) -> dict[str, str]:
    """Key → value for the rows that are open; of the values that a row allows the first that every
    row on the same key allows."""
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
    return {key: allowed[key][0] for key in wanted}


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
