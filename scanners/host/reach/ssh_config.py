"""Addresses of targets, as ssh_config(5) and the command line say.

Read are HostName, User, Port, IdentityFile, IdentitiesOnly, ProxyJump, UserKnownHostsFile,
GlobalKnownHostsFile, HostKeyAlias and ConnectTimeout. A StrictHostKeyChecking that accepts unknown
keys is not followed.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from govctl.errors import UsageError
from govctl.texts import _
from scanners.host.reach.address import (
    AUTH_SECONDS,
    COMMAND_SECONDS,
    CONNECT_SECONDS,
    HostAddress,
    LocalHost,
    Place,
)
from scanners.host.reach.ssh_library import enable_exec, load
from scanners.host.reach.targets import Target, parts_of

USER_CONFIG = Path("~/.ssh/config")
SYSTEM_CONFIG = Path("/etc/ssh/ssh_config")
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_USER_KNOWN = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_KNOWN = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
_HOPS = 8
_EXEC = re.compile(r"^\s*match\b.*\bexec\b", re.IGNORECASE | re.MULTILINE)
_DEPTH = 16


@dataclass(frozen=True)
class Ways:
    """How hosts are reached in one run: what the command line says of all of them."""

    config: tuple[Path, ...] = (USER_CONFIG, SYSTEM_CONFIG)
    """Files of ssh_config(5), the first word counts; those that are not there are left out."""
    known_hosts: tuple[Path, ...] = ()
    """Instead of those that the configuration names."""
    keys: tuple[Path, ...] = ()
    """Private keys to try before all others."""
    sudo: bool = False
    sudo_password: str | None = field(default=None, repr=False)
    connect_timeout: float | None = None
    command_timeout: float = COMMAND_SECONDS

    def place(self, target: Target) -> Place:
        """Where a target is. Raises UsageError if the configuration cannot be followed."""
        if target.host is None:
            return LocalHost(self.sudo, self.sudo_password, AUTH_SECONDS, self.command_timeout)
        address = self._address(target.host, target.user, target.port, _HOPS)
        return replace(
            address,
            sudo=self.sudo,
            sudo_password=self.sudo_password,
            command_timeout=self.command_timeout,
        )

    def _address(
        self, name: str, user: str | None, port: int | None, hops: int, *, direct: bool = False
    ) -> HostAddress:
        """A host, through the hosts in between unless it is to be reached directly."""
        said = self._said(name)
        only = said.get("identitiesonly", "no").lower() == "yes"
        jump = None if direct else self._jump(name, said, hops)
        seconds = self.connect_timeout or _number(name, said, "connecttimeout") or CONNECT_SECONDS
        return HostAddress(
            host=said["hostname"],
            user=user or said.get("user") or getpass.getuser(),
            keys=(*self.keys, *_identities(said)),
            port=port or int(_number(name, said, "port") or 22),
            known_hosts=self.known_hosts or _known_hosts(said),
            known_as=said.get("hostkeyalias"),
            agent="named" if only else "all",
            jump=jump,
            sudo=False,
            connect_timeout=seconds,
        )

    def _jump(self, name: str, said: Mapping[str, Any], hops: int) -> HostAddress | None:
        way = said.get("proxyjump") or ""
        if way.lower() in ("", "none"):
            if said.get("proxycommand"):
                raise UsageError(
                    _("{host} has a ProxyCommand, which is not run", host=name),
                    hint=_("give it a ProxyJump in the SSH configuration"),
                )
            return None
        jump: HostAddress | None = None
        for word in way.split(","):
            if hops <= 0:
                raise UsageError(_("the way to {host} leads through too many hosts", host=name))
            host, user, port = parts_of(word.strip().removeprefix("ssh://"), word)
            # The first has its own way; of the others the list says it.
            hop = self._address(host, user, port, hops - 1, direct=jump is not None)
            jump = replace(hop, jump=jump) if jump is not None else hop
            hops -= 1
        return jump

    def _said(self, name: str) -> dict[str, Any]:
        """What the configuration says of a host, by lower-case keyword."""
        load()
        import paramiko  # noqa: PLC0415

        try:
            return dict(self._parsed.lookup(name))
        except (paramiko.SSHException, ImportError, KeyError, ValueError, OSError) as error:
            raise _wrong(str(error)) from error

    @cached_property
    def _parsed(self) -> Any:
        load()
        import paramiko  # noqa: PLC0415

        try:
            text = "\nHost *\n".join(
                "\n".join(_lines(path.expanduser(), "Host *", 0)) for path in self.config
            )
            if _EXEC.search(text):
                enable_exec()
            return paramiko.SSHConfig.from_text(text)
        except (paramiko.SSHException, ImportError, ValueError, OSError) as error:
            raise _wrong(str(error)) from error


def _lines(path: Path, block: str, depth: int) -> Iterator[str]:
    """A file's lines with those that it includes; `block` is the Host or Match they stand in."""
    if depth > _DEPTH:
        raise ValueError(_("{path} includes itself", path=path))
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        word, _blank, rest = line.strip().replace("=", " ", 1).partition(" ")
        if word.lower() in ("host", "match"):
            block = line
        if word.lower() != "include":
            yield line
            continue
        for pattern in rest.split():
            for included in _included(pattern.strip('"'), path):
                yield from _lines(included, block, depth + 1)
                yield block


def _included(pattern: str, path: Path) -> list[Path]:
    """Files of an Include: relative ones lie beside the user's or the system's configuration."""
    whole = Path(pattern).expanduser()
    whole = whole if whole.is_absolute() else path.parent / whole
    return sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))


def _identities(said: Mapping[str, Any]) -> tuple[Path, ...]:
    named = said.get("identityfile")
    if named:
        return tuple(Path(name).expanduser() for name in named if name.lower() != "none")
    every = (Path("~/.ssh").expanduser() / name for name in _KEYS)
    return tuple(path for path in every if path.is_file())


def _known_hosts(said: Mapping[str, Any]) -> tuple[Path, ...]:
    names = [
        *said.get("userknownhostsfile", _USER_KNOWN).split(),
        *said.get("globalknownhostsfile", _SYSTEM_KNOWN).split(),
    ]
    home = str(Path.home())
    return tuple(
        Path(name.strip('"').replace("%d", home)).expanduser()
        for name in names
        if name.lower() != "none"
    )


def _number(name: str, said: Mapping[str, Any], keyword: str) -> float | None:
    text = said.get(keyword)
    if text is None or text.lower() == "none":
        return None
    if not text.isdecimal():
        raise _wrong(f"{name}: {keyword} {text}")
    return float(text)


def _wrong(reason: str) -> UsageError:
    return UsageError(_("the SSH configuration cannot be followed: {reason}", reason=reason))
