"""What still runs from files that are gone, and which kernel runs.

A program that was replaced goes on from its old file until it is started again: proc(5) shows such
mappings as `(deleted)`. Whose process it is, its control group says. What an interpreter read
(a Python service's own modules) is not mapped, and is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from govctl.texts import Message, msg
from scanners.host.facts.system import System
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.patching.updates import answer_of
from scanners.host.reading import output_of, printable

Way = Literal["restart", "reload", "reexec", "leave"]
"""How a unit gets its new files: by a restart; sshd by a reload, which starts it anew and keeps
open sessions; systemd itself by daemon-reexec; `leave`: by a person, or by the next boot."""

SERVICE = re.compile(r"[A-Za-z0-9:_.\\@-]+\.service", re.ASCII)
"""systemd.unit(5): what may stand in a name."""
# A restart of these takes sessions, consoles, the bus or other machines down with it.
_LEFT = re.compile(
    r"(dbus(-broker)?|systemd-logind|user@\d+|(serial-|console-)?getty@?.*|container-getty@.*|"
    r"NetworkManager|wpa_supplicant.*|ifup@.*|gdm3?|lightdm|sddm|xdm|display-manager|"
    r"docker|containerd|podman|lxd|lxc.*|incus|libvirtd|virtqemud|emergency|rescue)\.service",
    re.ASCII,
)
_SSHD = ("ssh.service", "sshd.service")
# Files that are gone without having been replaced: caches, shared memory, a compiler's output.
_NO_PROGRAM = re.compile(r"/(memfd:|SYSV|(dev|tmp|run|proc|var/tmp|var/cache)/)")


@dataclass(frozen=True)
class Outdated:
    """A unit with processes that run from files that are gone."""

    unit: str
    """`ssh.service`; the path of its control group where that is no unit of this system."""
    programs: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def way(self) -> Way:
        """What has to be done to it."""
        if self.unit == "init.scope":
            return "reexec"
        if self.unit in _SSHD:
            return "reload"
        is_service = SERVICE.fullmatch(self.unit) and not _LEFT.fullmatch(self.unit)
        return "restart" if is_service else "leave"


@dataclass(frozen=True)
class Running:
    """Every such unit, by name."""

    outdated: tuple[Outdated, ...]


@dataclass(frozen=True)
class Kernel:
    """The kernel that runs, and the newest that is installed."""

    running: str
    """`uname -r`."""
    build: str
    """`uname -v` and, on Ubuntu, /proc/version_signature: they name the package's version."""
    newest: str | None
    """The newest release under /boot; None if there is none."""
    package: str | None
    """The installed version of the running release's package."""
    asking: tuple[str, ...]
    """/run/reboot-required.pkgs: packages that ask for a reboot."""


_FLAVOUR = re.compile(r"-[a-z][a-z0-9-]*$", re.ASCII)
_REBUILT = re.compile(r"\+b[0-9]+$", re.ASCII)
"""A package that was only built again (deb-version(7)); the kernel does not name it."""

_MAPS = r"""[ "$(id -u)" = 0 ] || exit 77
found=$(grep -Es '^[0-9a-f]+-[0-9a-f]+ ..x. [0-9a-f]+ [0-9a-f:]+ [0-9]+ +/.* \(deleted\)$' \
  /proc/[0-9]*/maps | sed -E 's|^/proc/([0-9]+)/maps:[^/]*(/.*) \(deleted\)$|map \1 \2|' | sort -u)
[ -n "$found" ] || exit 0
printf '%s\n' "$found"
for pid in $(printf '%s\n' "$found" | cut -d ' ' -f 2 | sort -u); do
  printf 'group %s %s\n' "$pid" "$(sed -n 's/^0:://p; s/^[0-9]*:name=systemd://p' \
    "/proc/$pid/cgroup" 2>/dev/null | tail -n 1)"
  printf 'name %s %s\n' "$pid" "$(head -n 1 "/proc/$pid/comm" 2>/dev/null)"
done"""
_KERNEL = r"""echo "running=$(uname -r)"
echo "build=$(uname -v) $(cat /proc/version_signature 2>/dev/null)"
ls /boot 2>/dev/null | sed -n 's/^vmlinu[xz]-/kernel=/p' | sort -V
echo "package=$(dpkg-query -W -f='${Version}' "linux-image-$(uname -r)" 2>/dev/null)"
[ ! -e /run/reboot-required ] || echo "asking=$(sort -u /run/reboot-required.pkgs 2>/dev/null |
  tr '\n' ' ') "
exit 0"""


def parse(raw: Raw) -> Running | Missing:
    """Processes by their control group; one that ended in the meantime is no matter."""
    said = answer_of(raw, "maps", "/proc/*/maps")
    if isinstance(said, Missing):
        return said
    files: dict[str, set[str]] = {}
    groups: dict[str, str] = {}
    names: dict[str, str] = {}
    for line in said.splitlines():
        kind, _blank, rest = line.partition(" ")
        pid, _blank, text = rest.partition(" ")
        if kind == "map" and not _NO_PROGRAM.match(text):
            files.setdefault(pid, set()).add(printable(text))
        elif kind == "group":
            groups[pid] = printable(text)
        elif kind == "name":
            names[pid] = printable(text)
    return Running(_by_unit(files, groups, names))


def _by_unit(
    files: Mapping[str, set[str]], groups: Mapping[str, str], names: Mapping[str, str]
) -> tuple[Outdated, ...]:
    units: dict[str, tuple[set[str], set[str]]] = {}
    for pid, paths in files.items():
        if groups.get(pid) or names.get(pid):
            programs, every = units.setdefault(unit_of(groups.get(pid, "")), (set(), set()))
            programs.add(names.get(pid, "?"))
            every.update(paths)
    return tuple(
        Outdated(unit, tuple(sorted(programs)), tuple(sorted(every)))
        for unit, (programs, every) in sorted(units.items())
    )


def unit_of(group: str) -> str:
    """The unit of this system that a control group belongs to; else its path, or `?`.

    What lies under another machine's group (`/lxc.payload.web/system.slice/ssh.service`) is that
    machine's.
    """
    for name in group.split("/"):
        if name.endswith((".service", ".scope")):
            return name
        if name and not name.endswith(".slice"):
            break
    return group or "?"


def parse_kernel(raw: Raw) -> Kernel | Missing:
    """One value a line."""
    said = output_of(raw, "kernels")
    if isinstance(said, Missing):
        return said
    pairs = [line.split("=", 1) for line in said.splitlines() if "=" in line]
    values = {name: text for name, text in pairs if name != "kernel"}
    kernels = [printable(text) for name, text in pairs if name == "kernel"]
    if not values.get("running"):
        return Missing(msg("{command} says nothing that can be read", command="uname"))
    asking = printable(values["asking"]).split() or ["?"] if "asking" in values else []
    return Kernel(
        running=printable(values["running"]),
        build=printable(values.get("build", "")),
        newest=_newest(kernels, values["running"]),
        package=printable(values.get("package", "")) or None,
        asking=tuple(asking),
    )


def _newest(kernels: Sequence[str], running: str) -> str | None:
    """The last of its flavour (`amd64`, `rt-amd64`): which of two flavours boots nobody can say."""
    alike = [one for one in kernels if _flavour(one) == _flavour(running)]
    return (alike or [*kernels])[-1] if kernels else None


def _flavour(release: str) -> str:
    found = _FLAVOUR.search(release)
    return found[0] if found else ""


def reboot_due(kernel: Kernel, system: System) -> Message | Missing | None:
    """Why the machine has to be started again; None if nothing asks for it."""
    if kernel.asking:
        return msg("asked for by {packages}", packages=", ".join(kernel.asking))
    if system.is_container:
        return None
    if kernel.newest is None:
        return Missing(msg("no kernel of its own lies in {path}", path="/boot"))
    if kernel.newest != kernel.running:
        return msg("kernel {running} runs, {newest} is installed",
                   running=kernel.running, newest=kernel.newest)  # fmt: skip
    built = re.search(r"\bDebian (\S+)", kernel.build)
    if built and kernel.package and built[1] != _REBUILT.sub("", kernel.package):
        return msg("kernel {running} runs, {newest} is installed",
                   running=built[1], newest=kernel.package)  # fmt: skip
    return None


RUNNING = Source(Running, parse, commands=(Command("maps", _MAPS, timeout=60),))
KERNEL = Source(Kernel, parse_kernel, commands=(Command("kernels", _KERNEL, limit=1 << 16),))
