"""Where a scan goes, and with what right: a host over SSH, or this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

CONNECT_SECONDS = 10.0
AUTH_SECONDS = 15.0
COMMAND_SECONDS = 420.0


@dataclass(frozen=True)
class HostAddress:
    """How to reach a host, and how long to wait for it (seconds)."""

    host: str
    user: str
    keys: tuple[Path, ...] = ()
    """Private keys without a passphrase, tried in this order."""
    port: int = 22
    host_key: str | None = None
    """The pinned public key, `ssh-ed25519 AAAA…`; None to look into `known_hosts`."""
    known_hosts: tuple[Path, ...] = ()
    known_as: str | None = None
    """The name in `known_hosts`, if it is another than the host's (HostKeyAlias)."""
    agent: Literal["no", "named", "all"] = "no"
    """Whether the SSH agent is asked: never, for keys that are among `keys`, or for all it has."""
    jump: HostAddress | None = None
    """The host through which this one is reached."""
    sudo: bool = True
    """True if `sudo` makes another user than root one; False to read what the user may."""
    sudo_password: str | None = field(default=None, repr=False)
    """What to answer if sudo asks; it goes over standard input and nowhere else."""
    connect_timeout: float = CONNECT_SECONDS
    """For the connection and the key exchange, each."""
    auth_timeout: float = AUTH_SECONDS
    """For the login, and for sudo, each."""
    command_timeout: float = COMMAND_SECONDS
    """For everything that runs in one visit."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


@dataclass(frozen=True)
class LocalHost:
    """This machine: the same script through `sh`, no SSH."""

    sudo: bool = False
    sudo_password: str | None = field(default=None, repr=False)
    auth_timeout: float = AUTH_SECONDS
    command_timeout: float = COMMAND_SECONDS

    def __str__(self) -> str:
        return "localhost"


Place = HostAddress | LocalHost
