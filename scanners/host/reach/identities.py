"""Keys that a login may try: files, and those that the SSH agent holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.texts import _
from scanners.host.reach.address import HostAddress

if TYPE_CHECKING:
    import paramiko

_TRIES = 6
"""Keys for one login: sshd counts each against MaxAuthTries, six by default."""


@contextmanager
def candidates(address: HostAddress) -> Iterator[tuple[list[paramiko.PKey], list[str]]]:
    """Keys in the order in which they are tried, and why the others cannot be.

    A file whose key the agent holds is asked of the agent, so that its passphrase is not needed.
    """
    import paramiko  # noqa: PLC0415

    agent = paramiko.Agent() if address.agent != "no" else None
    try:
        held = {key.asbytes(): key for key in agent.get_keys()} if agent else {}
        keys: dict[bytes, paramiko.PKey] = {}
        unusable: list[str] = []
        for path in address.keys:
            public = _public(path)
            if public in held:
                keys[public] = held[public]
                continue
            try:
                key = _key(path)
            except _Unusable as error:
                unusable.append(_("{path}: {reason}", path=path, reason=error))
            else:
                keys.setdefault(key.asbytes(), key)
        if address.agent == "all":
            keys |= {blob: key for blob, key in held.items() if blob not in keys}
        every = list(keys.values())
        yield every[:_TRIES], unusable
    finally:
        if agent:
            agent.close()


class _Unusable(Exception):
    """Why a key file is of no use."""


def _key(path: Path) -> paramiko.PKey:
    import paramiko  # noqa: PLC0415
    from paramiko.pkey import UnknownKeyType  # noqa: PLC0415

    try:
        return paramiko.PKey.from_path(path)
    except (paramiko.PasswordRequiredException, TypeError):  # the latter is cryptography's
        raise _Unusable(_("it has a passphrase: ssh-add it to an agent")) from None
    except OSError as error:
        raise _Unusable(error.strerror or str(error)) from error
    except (ValueError, paramiko.SSHException, UnknownKeyType):
        raise _Unusable(_("it is no private key without a passphrase")) from None


def _public(path: Path) -> bytes:
    """The public half beside a private key; empty if there is none."""
    import base64  # noqa: PLC0415

    try:
        words = path.with_name(path.name + ".pub").read_text(encoding="utf-8").split()
        return base64.b64decode(words[1], validate=True)
    except (OSError, ValueError, IndexError):
        return b""
