"""Which machine this is, and who owns its kernel."""

from __future__ import annotations

from dataclasses import dataclass


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
    """systemd-detect-virt: `lxc`, `kvm`, `none` …; None where it could not be told (a tree)."""
    host_keys: tuple[str, ...] = ()
    """Public SSH host keys, `type base64`."""

    @property
    def is_container(self) -> bool:
        """True if another machine owns this one's kernel."""
        return self.virtualisation in {
            "lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman", "rkt", "wsl", "openvz",
            "container-other",
        }
