"""How a scan reaches a host, written for OpenSSH's client (ssh_config(5))."""

from __future__ import annotations

from pathlib import Path

from scanners.host.reach.address import HostAddress

TARGET = "target"
"""What the host is called in the file."""


def write_config(place: HostAddress, folder: Path) -> Path:
    """A configuration with the same host keys, keys and jumps; strict, and it never asks."""
    blocks = [_block(place, TARGET, folder)]
    jump, name = place.jump, TARGET
    while jump is not None:
        blocks[-1].append(f"ProxyJump {name}-jump")
        name += "-jump"
        blocks.append(_block(jump, name, folder))
        jump = jump.jump
    path = folder / "ssh_config"
    path.write_text("\n".join(line for block in blocks for line in block) + "\n", encoding="utf-8")
    return path


def _block(place: HostAddress, name: str, folder: Path) -> list[str]:
    known = place.known_hosts
    if place.host_key is not None:
        pinned = folder / f"{name}.known_hosts"
        pinned.write_text(f"{name} {place.host_key}\n", encoding="utf-8")
        known, alias = (pinned,), name
    else:
        alias = place.known_as or _as_known(place)
    lines = [
        f"Host {name}",
        f"HostName {place.host}",
        f"Port {place.port}",
        f"User {place.user}",
        f"HostKeyAlias {alias}",
        f"UserKnownHostsFile {' '.join(map(_quoted, known)) or '/dev/null'}",
        "GlobalKnownHostsFile /dev/null",
        "StrictHostKeyChecking yes",
        "BatchMode yes",
        "ForwardAgent no",
        f"ConnectTimeout {round(place.connect_timeout)}",
        "ControlMaster auto",
        f"ControlPath {_quoted(folder / '%C')}",
        "ControlPersist 60",
        "ServerAliveInterval 20",
        "ServerAliveCountMax 45",
    ]
    if place.agent != "all":
        lines.append("IdentitiesOnly yes")
    if place.agent == "no":
        lines.append("IdentityAgent none")
    return [*lines, *(f"IdentityFile {_quoted(key)}" for key in place.keys)]


def _as_known(place: HostAddress) -> str:
    return place.host if place.port == 22 else f"[{place.host}]:{place.port}"


def _quoted(path: Path) -> str:
    text = str(path) if path.name == "%C" else str(path).replace("%", "%%")
    return f'"{text}"'
