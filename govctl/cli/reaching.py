"""Options about reaching hosts, and what they come to."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from scanners.host.reach.address import Place
    from scanners.host.reach.ssh_config import Ways

_SECRET_LIMIT = 4096

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


def ways_of(
    *,
    sudo: bool,
    ask: bool,
    password_file: Path | None,
    identities: Sequence[Path] | None,
    known_hosts: Path | None,
    ssh_config: Path | None,
    connect_timeout: float | None,
    timeout: float,
) -> Ways:
    """How hosts are reached. Asks for the password if it shall be asked for."""
    from scanners.host.reach.ssh_config import SYSTEM_CONFIG, USER_CONFIG, Ways  # noqa: PLC0415

    for path in (*(identities or ()), known_hosts, ssh_config):
        if path is not None and not path.expanduser().is_file():
            raise UsageError(_("there is no file {path}", path=path))
    if ask and password_file:
        raise UsageError(_("say one of --ask-sudo-password and --sudo-password-file"))
    password = _asked() if ask else None
    if password_file:
        password = _first_line(password_file)
    return Ways(
        config=(ssh_config,) if ssh_config else (USER_CONFIG, SYSTEM_CONFIG),
        known_hosts=(known_hosts,) if known_hosts else (),
        keys=tuple(identities or ()),
        sudo=sudo or password is not None,
        sudo_password=password,
        connect_timeout=connect_timeout,
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
