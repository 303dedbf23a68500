"""Hosts over SSH: one connection, one channel, the script over standard input.

Host keys are pinned or come from known_hosts files; an unknown one is never accepted.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.reach.address import HostAddress
from scanners.host.reach.host_keys import Trusted, trusted
from scanners.host.reach.identities import candidates
from scanners.host.reach.shell import (
    Execution,
    Script,
    SudoRefused,
    converse,
    login,
    wants_terminal,
)
from scanners.host.reach.ssh_library import load

if TYPE_CHECKING:
    import paramiko

_CHUNK = 1 << 17
_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 6}
"""Seconds of silence before the host's kernel is asked, between two questions, and their number."""
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


class Lines:
    """What visits share: one connection to each jump host, and the word to hang up."""

    def __init__(self) -> None:
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._jumps: dict[HostAddress, Future[paramiko.Transport]] = {}

    def is_cut(self) -> bool:
        """True once nobody waits for answers any more."""
        return self._cut.is_set()

    def cut(self) -> None:
        """Let visits that still run end soon."""
        self._cut.set()

    def through(self, jump: HostAddress) -> paramiko.Transport:
        """The connection to a jump host; a dead one is waited for once. Raises TargetError."""
        mine: Future[paramiko.Transport] = Future()
        with self._lock:
            known = self._jumps.get(jump)
            if known is None or _is_lost(known):
                self._jumps[jump] = known = mine
        if known is mine:
            try:
                mine.set_result(_opened(jump, self))
            except BaseException as error:
                mine.set_exception(error)
        return known.result()

    def close(self) -> None:
        """Close the connections to jump hosts."""
        self._cut.set()
        for future in self._jumps.values():
            if future.done() and future.exception() is None:
                future.result().close()


def _is_lost(known: Future[paramiko.Transport]) -> bool:
    return known.done() and known.exception() is None and not known.result().is_active()


def run_over_ssh(address: HostAddress, script: Script, limit: int, lines: Lines) -> Execution:
    """Run a shell script on a host, as root unless the address says otherwise.

    Raises TargetError if the host cannot be reached, HostKeyUnknown or HostKeyChanged if it does
    not show the right key, SudoRefused if it gives no shell.
    """
    with _errors(address):
        transport = _opened(address, lines)
        try:
            return _execute(transport, address, script, limit, lines.is_cut)
        finally:
            transport.close()


def _opened(address: HostAddress, lines: Lines) -> paramiko.Transport:
    """A connection that has logged in."""
    load()
    import paramiko  # noqa: PLC0415 - a tenth of a second that only visits pay

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    with _errors(address):
        jump = address.jump
        sock = _through(lines.through(jump), jump, address) if jump else _connected(address)
        try:
            transport = paramiko.Transport(sock)
            try:
                _meet(transport, address)
                _log_in(transport, address)
            except BaseException:
                transport.close()
                raise
        except BaseException:
            sock.close()
            raise
        return transport


@contextmanager
def _errors(address: HostAddress) -> Iterator[None]:
    """What SSH and the system say of an address, as TargetError."""
    load()
    import paramiko  # noqa: PLC0415

    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise _refused(address, said or type(error).__name__) from error


def _through(
    connection: paramiko.Transport, jump: HostAddress, address: HostAddress
) -> paramiko.Channel:
    import paramiko  # noqa: PLC0415

    try:
        return connection.open_channel(
            "direct-tcpip",
            (address.host, address.port),
            ("127.0.0.1", 0),
            timeout=address.connect_timeout,
        )
    except paramiko.ChannelException as error:
        reason = _("{jump} does not reach it: {reason}", jump=jump, reason=error.text)
        raise _refused(address, reason) from error


def _connected(address: HostAddress) -> socket.socket:
    """A connection to the first of its addresses that answers, all within one time-out."""
    deadline = time.monotonic() + address.connect_timeout
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    seconds = f"{address.connect_timeout:.0f}"
    last: OSError | None = None
    for family, kind, protocol, _name, place in found:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(left)
        try:
            sock.connect(place)
        except OSError as error:
            sock.close()
            last = error
        else:
            _notice_its_death(sock)
            return sock
    if last is None or isinstance(last, TimeoutError):
        raise _refused(address, _("no answer within {seconds} s", seconds=seconds))
    raise last


def _notice_its_death(sock: socket.socket) -> None:
    """A host that loses its power says nothing: who only listens would wait for the whole visit."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _meet(transport: paramiko.Transport, address: HostAddress) -> None:
    """The key exchange: nothing goes on unless the host shows a known key."""
    import paramiko  # noqa: PLC0415

    known = trusted(address)
    if known.keys:
        _ask_for(transport, address, known)
    transport.banner_timeout = transport.auth_timeout = address.auth_timeout
    transport.handshake_timeout = address.connect_timeout
    try:
        transport.start_client(timeout=address.connect_timeout)
    except paramiko.SSHException as error:
        if known.keys and "host key" in str(error):
            raise known.changed(address, _("of another type")) from error
        raise
    shown = transport.get_remote_server_key()
    known.require(address, (shown.get_name(), shown.asbytes()))


def _ask_for(transport: paramiko.Transport, address: HostAddress, known: Trusted) -> None:
    """Ask the host for a key of a type that is known, as OpenSSH does."""
    security = transport.get_security_options()
    names = [name for kind in known.kinds for name in (_RSA if kind == "ssh-rsa" else (kind,))]
    usable = [name for name in names if name in security.key_types]
    if not usable:
        kinds = ", ".join(known.kinds)
        raise _refused(address, _("no host key of the type {kinds} can be used", kinds=kinds))
    security.key_types = usable


def _log_in(transport: paramiko.Transport, address: HostAddress) -> None:
    """Try the keys one after another, all within one time-out."""
    import paramiko  # noqa: PLC0415

    deadline = time.monotonic() + address.auth_timeout
    with candidates(address) as (keys, unusable):
        for key in keys:
            if time.monotonic() > deadline or not transport.is_active():
                break
            with suppress(paramiko.AuthenticationException):
                transport.auth_publickey(address.user, key)
                if transport.is_authenticated():
                    return
        first = _("no key of {user} is accepted", user=address.user)
        if not keys:
            first = _("there is no key to log in with")
        reasons = [first, *unusable]
    raise _refused(address, "; ".join(reasons))


def _execute(
    transport: paramiko.Transport,
    address: HostAddress,
    script: Script,
    limit: int,
    is_cut: Callable[[], bool],
) -> Execution:
    is_root = address.user == "root"
    for terminal in (False, True):
        shell = login(address, is_root=is_root, terminal=terminal)
        channel = transport.open_session(timeout=address.auth_timeout)
        try:
            if terminal:
                channel.get_pty()
            channel.settimeout(address.auth_timeout)
            channel.exec_command(shell.line)
            done = converse(_Channel(channel, address), address, shell, script, limit, is_cut)
            said = done.stderr if not done.stdout else b""
        except SudoRefused as refused:
            if terminal or not wants_terminal(refused.said):
                raise
            continue
        finally:
            channel.close()
        if terminal or is_root or not wants_terminal(said):
            return done
    raise AssertionError("the second attempt returns or raises")


class _Channel:
    """A channel as a pipe."""

    def __init__(self, channel: paramiko.Channel, address: HostAddress) -> None:
        self._channel = channel
        self._patience = address.auth_timeout

    def send(self, data: bytes) -> None:
        self._channel.settimeout(self._patience)
        try:
            self._channel.sendall(data)
        except TimeoutError:
            raise
        except OSError:  # it has ended; what it said tells why
            return

    def end(self) -> None:
        with suppress(OSError, EOFError):
            self._channel.shutdown_write()

    def receive(self, seconds: float) -> tuple[bytes, bytes] | None:
        self._channel.settimeout(seconds)
        try:
            stdout = self._channel.recv(_CHUNK)
        except TimeoutError:
            return b"", self._stderr()
        stderr = self._stderr()
        return (stdout, stderr) if stdout or stderr else None

    def _stderr(self) -> bytes:
        ready = self._channel.recv_stderr_ready()
        return self._channel.recv_stderr(_CHUNK) if ready else b""

    def status(self, seconds: float) -> int:
        self._channel.status_event.wait(seconds)
        ready = self._channel.exit_status_ready()
        return self._channel.recv_exit_status() if ready else -1


def _refused(address: HostAddress, reason: str) -> TargetError:
    return TargetError(_("{address}: {reason}", address=address, reason=reason))
