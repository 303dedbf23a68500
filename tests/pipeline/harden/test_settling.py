"""Hosts where a hardening broke off, asked again; what they keep is in tests/live."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from govctl.pipeline.events import Stage, Step
from govctl.pipeline.harden.rollback import Settled, settle
from scanners.host.reach.address import HostAddress
from tests.scanners.host.sshd import SSHD, serving


@pytest.fixture
def restarting(tmp_path: Path) -> Iterator[HostAddress]:
    """A server that refuses connections for two seconds, as one does that reads its settings."""
    with serving(tmp_path / "sshd") as server, socket.socket() as gate:
        gate.bind(("127.0.0.1", 0))
        port = gate.getsockname()[1]
        line = [str(SSHD), "-D", "-f", str(tmp_path / "sshd" / "config"), "-p", str(port)]
        begun: list[subprocess.Popen[bytes]] = []

        def begin() -> None:
            gate.close()
            begun.append(subprocess.Popen(line, stderr=subprocess.DEVNULL))

        timer = threading.Timer(2, begin)
        timer.start()
        try:
            yield server.address(port=port)
        finally:
            timer.join()
            for one in begun:
                one.terminate()
                one.wait(10)


def test_a_server_that_just_restarts_is_asked_again(restarting: HostAddress) -> None:
    told: list[Stage | Step] = []
    assert settle({"web": restarting}, told.append) == {"web": Settled()}
    assert [one for one in told if isinstance(one, Step)] == [Step("web", "done", None)]
