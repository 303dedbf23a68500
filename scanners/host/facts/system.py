"""Which machine this is, and who owns its kernel."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import matching, output_of, printable, text_of


@dataclass(frozen=True)
class System:
    """Identity of a host."""

    distribution: str
    """os-release ID, e.g. `debian`."""
    version: str
    """os-release VERSION_ID, e.g. `12`."""
    hostname: str
    machine_id: str | None
    kernel: str | None
    """`uname -r`; None for a tree of files."""
    virtualisation: str | None
    """systemd-detect-virt: `lxc`, `kvm`, `none` …; of a tree only what its marks tell."""
    host_keys: tuple[str, ...] = ()
    """Public SSH host keys, `type base64`."""
    name: str = ""
    """os-release PRETTY_NAME, e.g. `Debian GNU/Linux 12 (bookworm)`."""
    clock: int | None = None
    """Seconds since 1970 by the host's own clock during the visit; None for a tree of files."""
    own_kernels: tuple[str, ...] = ()
    """Releases of the kernels that a tree of files boots itself; empty on a running host."""

    @property
    def proof(self) -> str:
        """Where `virtualisation` was read."""
        if self.kernel is not None:
            return "systemd-detect-virt"
        return next((path for path, name in _MARKS.items() if name == self.virtualisation), "")

    @property
    def is_container(self) -> bool:
        """True if another machine owns this one's kernel."""
        return self.virtualisation in {
            "lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman", "rkt", "wsl", "openvz",
            "proot", "pouch", "container-other",
        }  # fmt: skip


_KERNELS = "/boot/vmlinu?-*"
_MARKS = {"/.dockerenv": "docker", "/run/.containerenv": "podman"}
# PID 1's environment may hold secrets: only the one variable that names the container leaves.
_IDENTITY = """\
echo "kernel=$(uname -r)"; echo "hostname=$(uname -n)"; echo "clock=$(date +%s)"
if command -v systemd-detect-virt >/dev/null; then virt=$(systemd-detect-virt)
else virt=$(tr '\\0' '\\n' </proc/1/environ | sed -n 's/^container=//p'); fi
echo "virtualisation=$virt"
"""


def parse(raw: Raw) -> System | Missing:
    """os-release(5), hostname(5), machine-id(5), and on a running host what the kernel says."""
    release = _os_release(raw)
    if isinstance(release, Missing):
        return release
    live: dict[str, str] = {}
    if raw.live:
        said = output_of(raw, "system")
        if isinstance(said, Missing):
            return said
        live = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    clock = live.get("clock", "")
    return System(
        distribution=release.get("ID", "linux"),
        version=release.get("VERSION_ID", ""),
        hostname=live.get("hostname") or _first_word(raw, "/etc/hostname") or "",
        machine_id=_first_word(raw, "/etc/machine-id"),
        kernel=live.get("kernel") or None,
        virtualisation=(live.get("virtualisation") or None) if raw.live else _mark(raw),
        host_keys=_host_keys(raw),
        name=release.get("PRETTY_NAME", ""),
        clock=int(clock) if clock.isascii() and clock.isdigit() and len(clock) < 15 else None,
        own_kernels=() if raw.live else _kernels(raw),
    )


_NAMING = frozenset({"ID", "NAME", "PRETTY_NAME", "VERSION_ID"})
"""os-release(5): keys without one of which a file says nothing."""


def _os_release(raw: Raw) -> dict[str, str] | Missing:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        if text is not None:
            values = _assignments(text)
            if values.keys() & _NAMING:
                return values
            return Missing(msg("{path} says nothing that can be read", path=path))
    return Missing(msg("there is no {path}", path="/etc/os-release"))


def _assignments(text: str) -> dict[str, str]:
    values = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if not equals or not key.isidentifier():
            continue
        try:
            words = shlex.split(value)
        except ValueError:
            continue
        values[key] = words[0] if words else ""
    return values


def _first_word(raw: Raw, path: str) -> str | None:
    text = text_of(raw, path)
    words = text.split() if isinstance(text, str) else []
    return words[0] if words else None


def _kernels(raw: Raw) -> tuple[str, ...]:
    files = (file for file in matching(raw, _KERNELS) if file.kind == "file")
    return tuple(printable(file.path.partition("-")[2]) for file in files)


def _mark(raw: Raw) -> str | None:
    return next((name for path, name in _MARKS.items() if path in raw.files), None)


def _host_keys(raw: Raw) -> tuple[str, ...]:
    keys = []
    for file in matching(raw, "/etc/ssh/ssh_host_*_key.pub"):
        words = (file.content or b"").decode("utf-8", "replace").split()
        if len(words) >= 2 and words[0].isprintable() and words[1].isascii():
            keys.append(f"{words[0]} {words[1]}")
    return tuple(keys)


SOURCE = Source(
    System,
    parse,
    files=(
        "/etc/os-release",
        "/usr/lib/os-release",
        "/etc/hostname",
        "/etc/machine-id",
        "/etc/ssh/ssh_host_*_key.pub",
    ),
    stats=(_KERNELS, *_MARKS),
    commands=(Command("system", _IDENTITY, timeout=10, limit=4096),),
)
