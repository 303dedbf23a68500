from __future__ import annotations

import os
import socket
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govctl.errors import UsageError
from scanners.host.model import Output
from scanners.host.reach.address import HostAddress
from scanners.network import MOST, Destination, parse, reach, refuse_strangers, script
from tests.scanners.host.sshd import SSHD, serving

ESTATE = (ip_network("10.25.0.0/16"), ip_network("fd25:25::/48"))
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def to(address: str, port: int = 22) -> Destination:
    return Destination(ip_address(address), port)


@pytest.mark.parametrize(
    "stranger",
    [to("8.8.8.8"), to("10.26.0.1"), to("fd25:26::1"), to("::ffff:10.25.0.1"), to("127.0.0.1"),
     to("10.25.0.1", 0), to("10.25.0.1", 65536), to("10.25.0.1", -1)],
)  # fmt: skip
def test_nothing_outside_the_estate_is_ever_tried(stranger: Destination, tmp_path: Path) -> None:
    nowhere = HostAddress("192.0.2.1", "root", (tmp_path / "no-key",), connect_timeout=0.01)
    with pytest.raises(UsageError):
        reach(nowhere, [to("10.25.0.1"), stranger], ESTATE)


def test_the_number_of_connections_is_bounded() -> None:
    with pytest.raises(UsageError):
        refuse_strangers([to("10.25.0.1")] * (MOST + 1), ESTATE)


def test_answers_are_sorted_by_what_they_mean() -> None:
    said = (
        b"0 0 \n1 124 \n3 1 bash: connect: Connection refused\n"
        b"4 1 bash: connect: No route to host\n5 1 bash: connect: Network is unreachable\n"
        b"4 0 again\n99 0 \n\xff\n"
    )
    every = [to("10.25.0.1", 22 + number) for number in range(6)]
    results = parse(Output("x", said, b"", 0, 1.0), every)
    assert [one.status for one in results] == [
        "open", "blocked", "error", "refused", "blocked", "error",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "output", [None, Output("x", b"", b"", 127, 0), Output("x", b"", b"", 124, 9)]
)
def test_no_answer_is_an_error_and_not_a_blocked_path(output: Output | None) -> None:
    assert [one.status for one in parse(output, [to("10.25.0.1")])] == ["error"]


@given(st.binary(max_size=200))
def test_any_bytes_give_one_result_a_destination(noise: bytes) -> None:
    assert len(parse(Output("x", noise, noise, 0, 0.0), [to("10.25.0.1"), to("fd25:25::1")])) == 2


def test_the_script_on_a_real_shell() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = [to("127.0.0.1", server.getsockname()[1]), to("127.0.0.1", free.getsockname()[1])]
        refuse_strangers(there, LOOPBACK)
        done = subprocess.run(["sh", "-c", script(there)], capture_output=True, check=True)
    results = parse(Output("x", done.stdout, done.stderr, done.returncode, 0.1), there)
    assert [one.status for one in results] == ["open", "refused"]


@pytest.mark.skipif(SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server and root")
def test_over_ssh(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        results = reach(server.address(), [to("127.0.0.1", server.port)], LOOPBACK)
    assert [one.status for one in results] == ["open"]


def test_a_source_that_cannot_be_reached_says_nothing_of_the_paths(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        source = HostAddress("127.0.0.1", "root", (tmp_path / "k",), port, "ssh-ed25519 AAAA")
        assert [one.status for one in reach(source, [to("10.25.0.1")], ESTATE)] == ["error"]
    assert reach(source, [], ESTATE) == ()
