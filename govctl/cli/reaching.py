"""Options about reaching hosts, and what they come to."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli.bundles import Bundle
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from scanners.host.reach.address import Place
    from scanners.host.reach.ssh_config import Ways

_SECRET_LIMIT = 4096
TIMEOUT = 420
"""Seconds for one host, unless --timeout says otherwise."""

TargetsOption = Annotated[
    Path | None,
    typer.Option(
        "--targets", metavar=_("FILE"), help=_("Hosts from a file, one ssh://… a line; # comments.")
    ),
]
SudoOption = Annotated[bool, typer.Option("--sudo", help=_("Become root on the host with sudo."))]
AskOption = Annotated[
    bool,
    typer.Option(
        "--ask-sudo-password", help=_("Ask here, once, for what sudo asks there; means --sudo.")
    ),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--sudo-password-file",
        metavar=_("FILE"),
        help=_("The first line of this file instead; /dev/fd/3 for a pipe; means --sudo."),
    ),
]
IdentityOption = Annotated[
    list[Path] | None,
    typer.Option("--identity", "-i", metavar=_("FILE"), help=_("A private key; repeatable.")),
]
KnownHostsOption = Annotated[
    Path | None,
    typer.Option(
        "--known-hosts",
        metavar=_("FILE"),
        help=_("Only host keys of this file; else those of the SSH configuration."),
    ),
]
SshConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--ssh-config", metavar=_("FILE"), help=_("Instead of ~/.ssh/config and the system's.")
    ),
]
ConnectTimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--connect-timeout",
        metavar=_("SECONDS"),
        min=0.1,
        help=_("For a host to answer; 10 unless the SSH configuration says otherwise."),
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout", metavar=_("SECONDS"), min=1, help=_("For everything that runs on one host.")
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar=_("N"),
        min=1,
        max=1024,
        help=_("At once: hosts (32), or trees and files (one a processor)."),
    ),
]


@dataclass(frozen=True)
class Reaching(Bundle):
    """What the command line says about reaching hosts."""

    sudo: SudoOption = False
    ask: AskOption = False
    password_file: PasswordFileOption = None
    identity: IdentityOption = None
    known_hosts: KnownHostsOption = None
    ssh_config: SshConfigOption = None
    connect_timeout: ConnectTimeoutOption = None

    def refuse(self, timeout: float = TIMEOUT) -> None:
        """Raise UsageError if anything is said although no host is to be reached by it."""
        said = {
            "--sudo": self.sudo,
            "--ask-sudo-password": self.ask,
            "--sudo-password-file": self.password_file,
            "--identity": self.identity,
            "--known-hosts": self.known_hosts,
            "--ssh-config": self.ssh_config,
            "--connect-timeout": self.connect_timeout,
            "--timeout": timeout != TIMEOUT,
        }
        names = [name for name, value in said.items() if value]
        if names:
            raise UsageError(
                _("{options}: only for hosts (ssh://…, localhost)", options=", ".join(names))
            )

    def ways(self, timeout: float = TIMEOUT) -> Ways:
        """How hosts are reached, with `timeout` seconds for all that runs on one. Asks for the
        password if it shall be asked for.
        """
        from scanners.host.reach.ssh_config import (  # noqa: PLC0415
            SYSTEM_CONFIG,
            USER_CONFIG,
            Ways,
        )

        keys = tuple(self.identity or ())
        for path in (*keys, self.known_hosts, self.ssh_config):
            if path is not None and not path.expanduser().is_file():
                raise UsageError(_("there is no file {path}", path=path))
        if self.ask and self.password_file:
            raise UsageError(_("say one of --ask-sudo-password and --sudo-password-file"))
        password = _asked() if self.ask else None
        if self.password_file:
            password = _first_line(self.password_file)
        return Ways(
            config=(self.ssh_config,) if self.ssh_config else (USER_CONFIG, SYSTEM_CONFIG),
            known_hosts=(self.known_hosts.expanduser(),) if self.known_hosts else (),
            keys=tuple(path.expanduser() for path in keys),
            sudo=self.sudo or password is not None,
            sudo_password=password,
            connect_timeout=self.connect_timeout,
            command_timeout=timeout,
        )


def places_of(words: Sequence[str], file: Path | None, ways: Ways) -> Mapping[str, Place]:
    """Hosts by the names that results bear, each once. UsageError or InputError if one is wrong."""
    from scanners.host.reach.targets import read_targets, target_of, unique  # noqa: PLC0415

    listed = read_targets(file) if file else ()
    return {
        target.name: ways.place(target)
        for target in unique([*(target_of(word) for word in words), *listed])
    }


def _asked() -> str:
    import getpass  # noqa: PLC0415

    try:
        with Path("/dev/tty").open("rb"):
            pass
    except OSError as error:
        raise UsageError(
            _("there is no terminal to ask at"),
            hint=_("--sudo-password-file /dev/fd/3 reads it from a pipe"),
        ) from error
    return _fit(getpass.getpass(_("password for sudo: ")))


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                raise UsageError(_("others can read {path}", path=path), hint=f"chmod 600 {path}")
            line = file.readline(_SECRET_LIMIT)
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}", path=path, reason=error.strerror)
        ) from error
    try:
        return _fit(line.decode("utf-8").rstrip("\r\n"))
    except UnicodeDecodeError as error:
        raise UsageError(_("{path} holds no text in UTF-8", path=path)) from error


def _fit(password: str) -> str:
    if not password or "\n" in password or "\0" in password:
        raise UsageError(_("that is no password: it is empty, or more than one line"))
    return password
