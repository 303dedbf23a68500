"""The transport against a real OpenSSH server."""

from __future__ import annotations

import base64
import dataclasses
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from govctl.errors import TargetError
from scanners.host.collect import scan_host
from scanners.host.facts import SOURCES
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.reach import ssh
from scanners.host.reach.address import HostAddress
from scanners.host.reach.host_keys import (
    HostKeyChanged,
    HostKeyUnknown,
    fingerprint,
)
from scanners.host.visit import fetch, run_script
from tests.scanners.host.sshd import ECHO, SSHD, Server, new_key, serving

pytestmark = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server, and root as its user"
)


def test_a_pinned_host_gives_its_facts(server: Server) -> None:
    sources = [source for source in SOURCES if source.fact is not Walk]
    facts = scan_host(server.address(), "here", sources=sources)
    system = facts.get(System)
    assert isinstance(system, System)
    assert system.hostname == socket.gethostname()
    assert facts.target == "here"
    assert facts.raw.gap is None
    unread = [name for name, one in facts.raw.outputs.items() if one.status == -1]
    assert unread == []
    assert len(facts.values) == len(sources) + 1  # and the time


def test_another_key_than_the_pinned_one_is_refused(server: Server, tmp_path: Path) -> None:
    other = new_key(tmp_path / "other")
    with pytest.raises(HostKeyChanged) as refused:
        fetch(server.address(host_key=other), ECHO)
    assert refused.value.expected != refused.value.found
    assert refused.value.expected.startswith("SHA256:")
    assert refused.value.found in refused.value.message
    assert isinstance(refused.value, TargetError)


def test_a_key_of_another_type_than_the_pinned_one_is_refused(
    server: Server, tmp_path: Path
) -> None:
    with pytest.raises(HostKeyChanged):
        fetch(server.address(host_key=new_key(tmp_path / "other", "ecdsa")), ECHO)


def test_known_hosts_decides_where_nothing_is_pinned(server: Server, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with pytest.raises(HostKeyUnknown) as unknown:
        fetch(server.address(host_key=None, known_hosts=(known,)), ECHO)
    assert unknown.value.found == fingerprint(base64.b64decode(server.host_key.split()[1]))
    known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    raw = fetch(server.address(host_key=None, known_hosts=(known,)), ECHO)
    assert raw.outputs["c"].stdout == b"hi\n"


def test_a_dead_port_is_unreachable(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = dataclasses.replace(server.address(), port=free.getsockname()[1])
        with pytest.raises(TargetError, match="refused"):
            fetch(dead, ECHO)


def test_a_key_that_is_not_accepted(server: Server, tmp_path: Path) -> None:
    new_key(tmp_path / "stranger")
    with pytest.raises(TargetError, match="no key of root is accepted"):
        fetch(dataclasses.replace(server.address(), keys=(tmp_path / "stranger",)), ECHO)


@pytest.mark.parametrize("content", [None, "garbage"])
def test_a_key_file_that_cannot_be_used(
    server: Server, tmp_path: Path, content: str | None
) -> None:
    if content:
        (tmp_path / "k").write_text(content)
    with pytest.raises(TargetError):
        fetch(dataclasses.replace(server.address(), keys=(tmp_path / "k",)), ECHO)


def test_a_pin_that_is_no_key(server: Server) -> None:
    for pin in ("rubbish", "ssh-ed25519 ***", "ssh-ed25519"):
        with pytest.raises(TargetError):
            fetch(server.address(host_key=pin), ECHO)


def test_a_visit_that_hangs_ends_at_its_time_out(server: Server) -> None:
    started = time.monotonic()
    done = run_script(server.address(command_timeout=1.5), b"echo begun; exec sleep 60\n", 1000)
    assert (done.stdout, done.complete) == (b"begun\n", False)
    assert time.monotonic() - started < 30


def test_endless_output_ends_at_the_limit(server: Server) -> None:
    done = run_script(server.address(), b"yes & yes >&2\n", 1 << 20)
    assert not done.complete
    assert len(done.stdout) < (1 << 20) + (1 << 18)
    assert len(done.stderr) <= 1 << 16


def test_a_shell_that_says_no_is_named_with_its_words(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "ForceCommand echo sudo: a password is required >&2; exit 1") as refusing,
        pytest.raises(TargetError, match="a password is required"),
    ):
        fetch(refusing.address(), ECHO)


def test_a_shell_that_greets_is_no_obstacle(tmp_path: Path) -> None:
    with serving(tmp_path, "ForceCommand echo Welcome; exec sh") as greeting:
        assert fetch(greeting.address(), ECHO).outputs["c"].stdout == b"hi\n"


def test_a_host_behind_two_others(server: Server) -> None:
    first = server.address()
    second = server.address(jump=first)
    raw = fetch(server.address(jump=second), ECHO)
    assert raw.outputs["c"].stdout == b"hi\n"


def test_what_a_jump_host_does_not_reach(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        behind = server.address(jump=server.address(), port=free.getsockname()[1])
        with pytest.raises(TargetError, match="does not reach it"):
            fetch(behind, ECHO)


def test_the_key_of_a_jump_host_is_required_too(server: Server, tmp_path: Path) -> None:
    jump = server.address(host_key=new_key(tmp_path / "other"))
    with pytest.raises(HostKeyChanged):
        fetch(server.address(jump=jump), ECHO)


def test_a_key_that_only_the_agent_holds(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_ = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket_], stdout=subprocess.DEVNULL)
    try:
        while not socket_.exists():
            time.sleep(0.05)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket_))
        subprocess.run(["ssh-add", "-q", server.key], check=True)
        assert fetch(server.address(keys=(), agent="all"), ECHO).outputs["c"].stdout == b"hi\n"
        # the public half alone says which of the agent's keys is meant
        (tmp_path / "mine.pub").write_text(server.key.with_suffix(".pub").read_text())
        named = server.address(keys=(tmp_path / "mine",), agent="named")
        assert fetch(named, ECHO).outputs["c"].stdout == b"hi\n"
        for agent_use in ("named", "no"):
            with pytest.raises(TargetError, match="no key to log in with"):
                fetch(server.address(keys=(), agent=agent_use), ECHO)
    finally:
        agent.terminate()
        agent.wait()


def test_a_key_with_a_passphrase_is_named(server: Server, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "secret", "-f", locked], check=True)
    with pytest.raises(TargetError, match="ssh-add"):
        fetch(server.address(keys=(locked,)), ECHO)
    assert fetch(server.address(keys=(locked, server.key)), ECHO).outputs["c"].status == 0


def test_a_host_that_dies_half_way_is_one_error(tmp_path: Path) -> None:
    with serving(tmp_path, "ForceCommand kill -9 $PPID") as dying:
        started = time.monotonic()
        with pytest.raises(TargetError):
            fetch(dying.address(command_timeout=60), ECHO)
        assert time.monotonic() - started < 40


def test_an_answer_that_is_cut_off_is_no_answer_about_files(tmp_path: Path) -> None:
    with serving(tmp_path, "ForceCommand sh | head -c 150") as cut:
        raw = fetch(cut.address(), ECHO)
    assert raw.gap is not None
    assert raw.outputs == {}


def test_a_host_that_falls_silent_is_asked_whether_it_lives() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = HostAddress("127.0.0.1", "nobody", port=server.getsockname()[1])
        with ssh._connected(address) as line:
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            seconds = [
                line.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ]
    assert seconds[0] + seconds[1] * seconds[2] <= 120
