"""Reaching hosts over SSH: one connection, one channel, the script over standard input.

Host keys are pinned or come from a known_hosts file; an unknown one is never accepted.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host import probe, stream
from scanners.host.collecting import Wanted
from scanners.host.model import Raw
from scanners.host.reading import first_line

if TYPE_CHECKING:
    import paramiko

_STDERR_LIMIT = 1 << 16
_CHUNK = 1 << 17
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


@dataclass(frozen=True)
class HostAddress:
    """How to reach a host, and how long to wait for it (seconds)."""

    host: str
    user: str
    key: Path
    """The private key, without a passphrase."""
    port: int = 22
    host_key: str | None = None
    """The pinned public key, `ssh-ed25519 AAAA…`; None to look into `known_hosts`."""
    known_hosts: Path | None = None
    connect_timeout: float = 10
    """For the connection and the key exchange, each."""
    auth_timeout: float = 15
    command_timeout: float = 420
    """For everything that runs in one visit."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


class HostKeyChanged(TargetError):
    """The host shows another key than the pinned one: another machine, or one in between."""

    def __init__(self, address: HostAddress, expected: str, found: str) -> None:
        super().__init__(
            _(
                "{address} shows the host key {found}, and {expected} is pinned",
                address=address,
                found=found,
                expected=expected,
            ),
            hint=_("find out why before pinning the new key: somebody may stand in between"),
        )
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Execution:
    """What a script gave over SSH."""

    stdout: bytes
    stderr: bytes
    status: int
    """-1 if the host never said."""
    complete: bool
    """False if the time or the limit ended it."""


def fetch(address: HostAddress, wanted: Wanted) -> Raw:
    """One visit: everything wanted. Raises TargetError if the host did not answer rightly."""
    token = secrets.token_hex(16)
    script = probe.script(wanted, token).encode()
    done = run_script(address, script, stream.STREAM_LIMIT)
    raw = stream.parse(done.stdout, wanted, token)
    if raw is None:
        # The last line is the one that ended it: sudo may warn of other things before.
        said = b"\n".join(reversed((done.stderr or done.stdout).splitlines()))
        reason = first_line(said) or f"status {done.status}"
        if not done.complete:
            reason = _("no answer within {seconds} s", seconds=f"{address.command_timeout:.0f}")
        raise TargetError(_("{address}: {reason}", address=address, reason=reason))
    return raw


def fetch_many(
    addresses: Mapping[str, HostAddress],
    wanted: Wanted | Mapping[str, Wanted],
    workers: int = 32,
    on_done: Callable[[str, Raw | TargetError], None] | None = None,
) -> dict[str, Raw | TargetError]:
    """Visit many hosts side by side; a dead one costs its own time-out and nobody else's.

    What is wanted may differ by host, by the same names. `on_done` is called in the caller's
    thread, in the order in which hosts finish.
    """
    results: dict[str, Raw | TargetError] = {}
    if not addresses:
        return results
    with ThreadPoolExecutor(min(workers, len(addresses)), thread_name_prefix="scan") as pool:
        waiting = {
            pool.submit(_attempt, one, wanted if isinstance(wanted, Wanted) else wanted[name]): name
            for name, one in addresses.items()
        }
        for future in as_completed(waiting):
            name = waiting[future]
            results[name] = future.result()
            if on_done:
                on_done(name, results[name])
    return {name: results[name] for name in addresses}


def _attempt(address: HostAddress, wanted: Wanted) -> Raw | TargetError:
    try:
        return fetch(address, wanted)
    except TargetError as error:
        return error


def run_script(address: HostAddress, script: bytes, limit: int) -> Execution:
    """Run a shell script as root on a host, the script over standard input.

    Raises TargetError if the host cannot be reached, HostKeyChanged if it is not the pinned one.
    """
    import paramiko  # noqa: PLC0415 - a third of a second that only visits pay

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    try:
        with _connected(address) as sock:
            transport = paramiko.Transport(sock)
            try:
                _authenticate(transport, address)
                return _execute(transport, address, script, limit)
            finally:
                transport.close()
    except paramiko.AuthenticationException as error:
        raise _refused(
            address, _("the key of {user} is not accepted", user=address.user)
        ) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise _refused(address, str(error) or type(error).__name__) from error


def _connected(address: HostAddress) -> socket.socket:
    try:
        return socket.create_connection((address.host, address.port), address.connect_timeout)
    except TimeoutError as error:
        seconds = f"{address.connect_timeout:.0f}"
        raise _refused(address, _("no answer within {seconds} s", seconds=seconds)) from error


def _authenticate(transport: paramiko.Transport, address: HostAddress) -> None:
    import paramiko  # noqa: PLC0415

    pinned = _pinned(address)
    kinds = tuple(dict.fromkeys(kind for kind, _key in pinned))
    security = transport.get_security_options()
    security.key_types = [
        name for kind in kinds for name in (_RSA if kind == "ssh-rsa" else (kind,))
    ]
    transport.banner_timeout = transport.auth_timeout = address.auth_timeout
    transport.handshake_timeout = address.connect_timeout
    try:
        transport.start_client(timeout=address.connect_timeout)
    except paramiko.SSHException as error:
        if "host key" in str(error):
            expected = ", ".join(fingerprint(key) for _kind, key in pinned)
            raise HostKeyChanged(address, expected, _("of another type")) from error
        raise
    shown = transport.get_remote_server_key()
    if shown.asbytes() not in {key for _kind, key in pinned}:
        expected = ", ".join(fingerprint(key) for _kind, key in pinned)
        raise HostKeyChanged(address, expected, fingerprint(shown.asbytes()))
    transport.auth_publickey(address.user, _key(address))


def _key(address: HostAddress) -> paramiko.PKey:
    import paramiko  # noqa: PLC0415
    from paramiko.pkey import UnknownKeyType  # noqa: PLC0415

    try:
        return paramiko.PKey.from_path(address.key)
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, TypeError, paramiko.SSHException, UnknownKeyType):
        reason = _("it is no private key without a passphrase")
    raise _refused(address, _("{path}: {reason}", path=address.key, reason=reason))


def _pinned(address: HostAddress) -> list[tuple[str, bytes]]:
    """Type and blob of each key that the host may show."""
    import paramiko  # noqa: PLC0415

    if address.host_key:
        words = address.host_key.split()
        try:
            return [(words[0], base64.b64decode(words[1], validate=True))]
        except (IndexError, ValueError) as error:
            raise _refused(address, _("the pinned host key is no public key")) from error
    name = address.host if address.port == 22 else f"[{address.host}]:{address.port}"
    known = paramiko.HostKeys()
    if address.known_hosts and address.known_hosts.exists():
        known.load(str(address.known_hosts))
    found = known.lookup(name)
    if not found:
        raise _refused(address, _("its host key is not known; pin it first"))
    return [(key.get_name(), key.asbytes()) for key in found.values()]


def fingerprint(key: bytes) -> str:
    """`SHA256:…`, as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _execute(
    transport: paramiko.Transport, address: HostAddress, script: bytes, limit: int
) -> Execution:
    deadline = time.monotonic() + address.command_timeout
    channel = transport.open_session(timeout=address.auth_timeout)
    channel.settimeout(address.auth_timeout)
    channel.exec_command("sh" if address.user == "root" else "sudo -n sh")
    channel.sendall(script)
    channel.shutdown_write()
    stdout, stderr, complete = _read(channel, deadline, limit)
    status = channel.recv_exit_status() if complete and channel.exit_status_ready() else -1
    return Execution(stdout, stderr, status, complete)


def _read(channel: paramiko.Channel, deadline: float, limit: int) -> tuple[bytes, bytes, bool]:
    """Both streams until the end, the deadline or the limit, whichever is first."""
    stdout, stderr = bytearray(), bytearray()
    channel.settimeout(0.2)
    while time.monotonic() < deadline and len(stdout) <= limit:
        while channel.recv_stderr_ready():
            chunk = channel.recv_stderr(_CHUNK)
            stderr += chunk[: _STDERR_LIMIT - len(stderr)]
        try:
            data = channel.recv(_CHUNK)
        except TimeoutError:
            continue
        if not data:
            stderr += channel.recv_stderr(_CHUNK) if channel.recv_stderr_ready() else b""
            channel.status_event.wait(max(0.0, min(2.0, deadline - time.monotonic())))
            return bytes(stdout), bytes(stderr), True
        stdout += data
    return bytes(stdout), bytes(stderr), False


def _refused(address: HostAddress, reason: str) -> TargetError:
    return TargetError(_("{address}: {reason}", address=address, reason=reason))
