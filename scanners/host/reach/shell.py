"""A script to a shell over standard input, and what it gives; sudo is answered if it asks.

Nothing of the script and no password stands on a command line. The password is sent when sudo's own
prompt appears, which bears a random token, and once: a wrong one costs the account one attempt, and
where sudo does not ask it never leaves this process.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.reach.address import Place
from scanners.host.reading import first_line

STDERR_LIMIT = 1 << 16
_WAIT = 0.2
Script = bytes | Callable[[], bytes]
"""A script, or what makes it once a shell waits for it."""
_NO_TERMINAL = b"you must have a tty"


class Pipe(Protocol):
    """A running command: its three streams."""

    def send(self, data: bytes) -> None:
        """Write to its standard input; nothing happens if nobody reads any more."""

    def end(self) -> None:
        """Close its standard input."""

    def receive(self, seconds: float) -> tuple[bytes, bytes] | None:
        """What came on standard output and error, waiting so long at most; None at their end."""

    def status(self, seconds: float) -> int:
        """The exit status, waiting so long at most; -1 if it is not known."""


@dataclass(frozen=True)
class Execution:
    """What a script gave."""

    stdout: bytes
    stderr: bytes
    status: int
    """-1 if the host never said."""
    complete: bool
    """False if the time or the limit ended it."""


@dataclass(frozen=True)
class Login:
    """The command that gives a shell, and how to talk to it until it does."""

    line: str
    """For any login shell: words, and single quotes around what sh, fish and csh take alike."""
    token: str = ""
    """Random; what the shell says when it is there. Empty if it says nothing."""
    password: str | None = field(default=None, repr=False)

    @property
    def prompt(self) -> bytes:
        """How sudo asks."""
        return f"{self.token}-ask".encode()

    @property
    def ready(self) -> bytes:
        """How the shell answers."""
        return f"{self.token}-ready".encode()


def login(place: Place, *, is_root: bool, terminal: bool = False) -> Login:
    """How a shell is got at a place, with a terminal if its sudo wants one."""
    if is_root or not place.sudo:
        return Login("sh")
    if place.sudo_password is None and not terminal:
        return Login("sudo -n sh")
    token = secrets.token_hex(8)
    # -k: an attempt of another session must not decide whether this one is asked.
    asking = f"sudo -k -S -p {token}-ask"
    sudo = "sudo -n" if place.sudo_password is None else asking
    if not terminal:
        line = f"{sudo} sh -c 'echo {token}-ready; exec sh'"
    else:
        # Raw inside too: sudo may put the shell at a terminal of its own (use_pty). And with its
        # output and errors elsewhere the shell does not take itself for an interactive one.
        inside = f"stty raw -echo; echo {token}-ready; sh 2>/dev/null | cat"
        line = f"stty raw -echo; {sudo} sh -c '{inside}'"
    return Login(line, token, place.sudo_password)


def wants_terminal(said: bytes) -> bool:
    """True if sudo refused for want of a terminal (`Defaults requiretty`)."""
    return _NO_TERMINAL in said


class SudoRefused(TargetError):
    """sudo did not give a shell."""

    def __init__(self, message: str, said: bytes) -> None:
        super().__init__(message)
        self.said = said


def converse(
    pipe: Pipe,
    place: Place,
    shell: Login,
    script: Script,
    limit: int,
    is_cut: Callable[[], bool] = lambda: False,
) -> Execution:
    """Get the shell, give it the script, and read until the end, the time-out or the limit.

    Raises SudoRefused if sudo says no, or asks what nobody answers.
    """
    deadline = time.monotonic() + place.command_timeout
    heard = _Heard(limit)
    if shell.token:
        _become(pipe, place, shell, heard, is_cut)
    pipe.send(script if isinstance(script, bytes) else script())
    pipe.end()
    while not is_cut() and time.monotonic() < deadline and len(heard.stdout) <= limit:
        if not heard.take(pipe):
            status = pipe.status(max(0.0, min(2.0, deadline - time.monotonic())))
            return Execution(bytes(heard.stdout), bytes(heard.stderr), status, True)
    return Execution(bytes(heard.stdout), bytes(heard.stderr), -1, False)


class _Heard:
    """Both streams so far."""

    def __init__(self, limit: int) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self._limit = limit

    def take(self, pipe: Pipe) -> bool:
        """Hear what comes next; False at the end."""
        came = pipe.receive(_WAIT)
        if came is None:
            return False
        self.stdout += came[0]
        self.stderr += came[1][: STDERR_LIMIT - len(self.stderr)]
        return True

    @property
    def too_much(self) -> bool:
        return len(self.stdout) > self._limit or len(self.stderr) >= STDERR_LIMIT


def _become(
    pipe: Pipe, place: Place, shell: Login, heard: _Heard, is_cut: Callable[[], bool]
) -> None:
    """Answer sudo until the shell is there."""
    deadline = time.monotonic() + place.auth_timeout
    answered = False
    while shell.ready not in heard.stdout:
        if is_cut() or heard.too_much or time.monotonic() > deadline:
            seconds = f"{place.auth_timeout:.0f}"
            raise _refused(place, shell, heard, _("no shell within {seconds} s", seconds=seconds))
        if not heard.take(pipe):
            raise _refused(place, shell, heard, _("sudo gave no shell"))
        asked = heard.stdout.count(shell.prompt) + heard.stderr.count(shell.prompt)
        if asked > 1:
            pipe.end()
            raise _refused(place, shell, heard, _("sudo does not accept the password"))
        if asked and not answered and shell.password is not None:
            pipe.send(shell.password.encode() + b"\n")
            answered = True


def _refused(place: Place, shell: Login, heard: _Heard, reason: str) -> SudoRefused:
    said = bytes(heard.stderr + b"\n" + heard.stdout).replace(shell.prompt, b"")
    last = first_line(b"\n".join(reversed(said.splitlines())))
    text = _("{reason} ({line})", reason=reason, line=last) if last else reason
    return SudoRefused(_("{address}: {reason}", address=place, reason=text), said)
