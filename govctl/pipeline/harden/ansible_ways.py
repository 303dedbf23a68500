"""The ways that a scan goes, said to Ansible: settings for OpenSSH, and variables of a host."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanners.host.reach.address import HostAddress, LocalHost, Place

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PYTHON = "/usr/bin/python3"


def alias_of(name: str, number: int) -> str:
    """A name that Ansible takes for nothing but a name: `ssh://[::1]` would be a range to it."""
    return name if _PLAIN.fullmatch(name) else f"host-{number}"


def is_root(place: Place) -> bool:
    """True if what runs there runs as root."""
    user_is_root = place.user == "root" if isinstance(place, HostAddress) else os.geteuid() == 0
    return place.sudo or user_is_root


@dataclass
class AnsibleWays:
    """The settings of all hosts of one run, in its private folder."""

    folder: Path
    _blocks: list[str] = field(default_factory=list)
    _pins: list[str] = field(default_factory=list)

    def variables(self, alias: str, place: Place) -> dict[str, Any]:
        """What the inventory says of a host. Secrets are no part of it."""
        if isinstance(place, LocalHost):
            return {
                "ansible_connection": "local",
                "ansible_python_interpreter": PYTHON,
                "ansible_become": place.sudo and os.geteuid() != 0,
            }
        self._add(alias, place)
        return {
            "ansible_host": alias,
            "ansible_user": place.user,
            "ansible_python_interpreter": PYTHON,
            "ansible_become": place.sudo and place.user != "root",
            "ansible_ssh_common_args": shlex.join(["-F", str(self.config)]),
            "ansible_ssh_timeout": max(1, round(place.connect_timeout)),
        }

    @property
    def config(self) -> Path:
        """The file of ssh_config(5)."""
        return self.folder / "ssh_config"

    def write(self) -> None:
        """Write what the variables refer to."""
        for path, lines in ((self.config, self._blocks), (self._known, self._pins)):
            path.touch(mode=0o600)
            path.write_text("".join(lines), encoding="utf-8")

    @property
    def _known(self) -> Path:
        return self.folder / "known_hosts"

    def _add(self, alias: str, place: HostAddress) -> None:
        lines = [f"Host {alias}", *(f"  {line}" for line in self._said(alias, place))]
        if place.jump is not None:
            through = f"{alias}.jump"
            # ProxyJump would hand the file's name to a shell as it is.
            way = shlex.join(["ssh", "-F", str(self.config)]).replace("%", "%%")
            lines.append(f"  ProxyCommand {way} -W [%h]:%p {through}")
            self._add(through, place.jump)
        self._blocks.append("\n".join(lines) + "\n")

    def _said(self, alias: str, place: HostAddress) -> Iterator[str]:
        yield f"HostName {place.host.replace('%', '%%')}"
        yield f"User {place.user}"
        yield f"Port {place.port}"
        yield from (f"IdentityFile {quoted(path)}" for path in place.keys)
        if place.agent == "no":
            yield "IdentityAgent none"
        if place.agent != "all":
            yield "IdentitiesOnly yes"
        if place.host_key:
            self._pins.append(f"{alias} {place.host_key}\n")
            yield f"HostKeyAlias {alias}"
            yield f"UserKnownHostsFile {quoted(self._known)}"
        else:
            if place.known_as:
                yield f"HostKeyAlias {place.known_as}"
            known = " ".join(map(quoted, place.known_hosts)) or "none"
            yield f"UserKnownHostsFile {known}"
        yield "GlobalKnownHostsFile none"
        yield "StrictHostKeyChecking yes"
        yield "UpdateHostKeys no"
        yield "BatchMode yes"
        yield "LogLevel ERROR"  # a banner would be the last word, and taken for why a task failed
        yield f"ConnectTimeout {max(1, round(place.connect_timeout))}"
        # By this a host knows that a long run is not over; a busy one may be silent for long.
        yield "ServerAliveInterval 20"
        yield "ServerAliveCountMax 45"


def quoted(path: Path) -> str:
    """A path in ssh_config(5): blanks in quotes, and no tokens."""
    return '"' + str(path.absolute()).replace("%", "%%") + '"'
