"""The same script on this machine: a child process, its streams, its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.reach.address import LocalHost
from scanners.host.reach.shell import Execution, Script, converse, login

_CHUNK = 1 << 17
_SEND_SECONDS = 15.0


def run_here(
    place: LocalHost, script: Script, limit: int, is_cut: Callable[[], bool] = lambda: False
) -> Execution:
    """Run a shell script on this machine, with sudo if asked. Raises TargetError."""
    shell = login(place, is_root=os.geteuid() == 0)
    try:
        child = Child(shell.line)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetError(_("{address}: {reason}", address=place, reason=reason)) from error
    try:
        return converse(child, place, shell, script, limit, is_cut)
    finally:
        child.close()


class Child:
    """A shell in a session of its own: no terminal, and its whole family ends with it."""

    def __init__(self, line: str) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            ["sh", "-c", f"exec {line}"],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
            cwd="/",
        )
        streams = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, *rest = (stream.fileno() for stream in streams if stream)
        self._open = dict(zip(rest, (0, 1), strict=True))
        os.set_blocking(self._stdin, False)

    def send(self, data: bytes) -> None:
        """Write, waiting a while for somebody who reads; nothing happens if nobody does."""
        deadline = time.monotonic() + _SEND_SECONDS
        rest = memoryview(data)
        with suppress(BrokenPipeError):
            while rest and (left := deadline - time.monotonic()) > 0:
                if _ready([self._stdin], select.POLLOUT, left):
                    rest = rest[os.write(self._stdin, rest[:4096]) :]

    def end(self) -> None:
        """Close its standard input."""
        if self._process.stdin and not self._process.stdin.closed:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def receive(self, seconds: float) -> tuple[bytes, bytes] | None:
        """What came on standard output and error; None at their end."""
        if not self._open:
            return None
        came = [b"", b""]
        for handle in _ready(self._open, select.POLLIN, seconds):
            data = os.read(handle, _CHUNK)
            if not data:
                del self._open[handle]
                continue
            came[self._open[handle]] = data
        return came[0], came[1]

    def status(self, seconds: float) -> int:
        """The exit status; -1 if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return -1

    def close(self) -> None:
        """End everything that is left of it."""
        self.end()
        for number in (signal.SIGTERM, signal.SIGKILL):
            # What sudo started is root's and ends when its streams do.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            if self.status(1.0) != -1:
                break
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()


def _ready(handles: Iterable[int], event: int, seconds: float) -> list[int]:
    """Those of the handles that can be used now, waiting so long for the first of them."""
    poll = select.poll()  # select(2) knows no handle above 1023, and each host holds one
    for handle in handles:
        poll.register(handle, event)
    return [handle for handle, _events in poll.poll(seconds * 1000)]
