"""The transport against a real OpenSSH server."""

from __future__ import annotations

import base64
import dataclasses
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from govctl.errors import TargetError
from scanners.host.collect import scan_host, scan_hosts
from scanners.host.collecting import Wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.system import SOURCE as SYSTEM
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.model import Command, HostFacts, Missing, Raw
from scanners.host.reach import ssh
from scanners.host.reach.address import HostAddress
from scanners.host.reach.host_keys import (
    HostKeyChanged,
    HostKeyUnknown,
    Trusted,
    fingerprint,
    trusted,
)
from scanners.host.reach.ssh import Lines
from scanners.host.visit import fetch, fetch_many, run_script, visit_many
from tests.scanners.host.sshd import SSHD, Server, new_key, serving

pytestmark = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server, and root as its user"
)
ECHO = Wanted((), (), (Command("c", "echo hi"),), (), ())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sshd")
    (folder / "banner").write_text("Authorised users only \x1b[31m\n")
    with serving(folder, f"Banner {folder}/banner", "MaxStartups 100") as running:
        yield running


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


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        listener.settimeout(0.1)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    held.append(listener.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()
        for connection in held:
            connection.close()


def test_a_dead_host_delays_no_other(server: Server, silent: int) -> None:
    quick = {"connect_timeout": 6, "auth_timeout": 6}
    dead = dataclasses.replace(server.address(**quick), port=silent)
    addresses = {"dead": dead, **{f"h{number}": server.address() for number in range(5)}}
    finished: list[str] = []
    results = fetch_many(
        addresses, ECHO, workers=3, on_done=lambda name, _raw: finished.append(name)
    )
    assert list(results) == list(addresses)
    assert isinstance(results["dead"], TargetError)
    assert finished[-1] == "dead"
    assert all(not isinstance(raw, TargetError) for name, raw in results.items() if name != "dead")


def test_many_hosts_give_facts_or_their_error(server: Server, silent: int) -> None:
    dead = HostAddress(
        "127.0.0.1", "root", (server.key,), silent, server.host_key, connect_timeout=1
    )
    done: list[str] = []
    results = scan_hosts(
        {"a": server.address(), "b": dead},
        sources=[SYSTEM],
        on_done=lambda target, _result: done.append(target),
    )
    assert isinstance(results["a"], HostFacts)
    assert not isinstance(results["a"].get(System), Missing)
    assert isinstance(results["b"], TargetError)
    assert sorted(done) == ["a", "b"]
    assert fetch_many({}, ECHO) == {}


def test_a_host_behind_two_others(server: Server) -> None:
    first = server.address()
    second = server.address(jump=first)
    raw = fetch(server.address(jump=second), ECHO)
    assert raw.outputs["c"].stdout == b"hi\n"


def test_many_hosts_share_one_connection_to_their_jump_host(server: Server) -> None:
    jump = server.address()
    lines = Lines()
    try:
        assert lines.through(jump) is lines.through(server.address())
        lines.through(jump).close()
        assert lines.through(jump).is_active(), "a lost connection is made anew"
        behind = {f"h{number}": server.address(jump=jump) for number in range(4)}
        results = fetch_many(behind, ECHO)
        assert all(not isinstance(raw, TargetError) for raw in results.values())
    finally:
        lines.close()


def test_what_a_jump_host_does_not_reach(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        behind = server.address(jump=server.address(), port=free.getsockname()[1])
        with pytest.raises(TargetError, match="does not reach it"):
            fetch(behind, ECHO)


def test_a_dead_jump_host_is_waited_for_once(server: Server, silent: int) -> None:
    dead = dataclasses.replace(server.address(connect_timeout=2), port=silent)
    started = time.monotonic()
    results = fetch_many({f"h{n}": server.address(jump=dead) for n in range(6)}, ECHO, workers=2)
    assert all(isinstance(result, TargetError) for result in results.values())
    assert time.monotonic() - started < 10


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
            fetch(dying.address(command_timeout=20), ECHO)
        assert time.monotonic() - started < 15


def test_an_answer_that_is_cut_off_is_no_answer_about_files(tmp_path: Path) -> None:
    with serving(tmp_path, "ForceCommand sh | head -c 150") as cut:
        raw = fetch(cut.address(), ECHO)
    assert raw.gap is not None
    assert raw.outputs == {}


def test_a_library_that_fails_over_one_host_leaves_the_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = server.address(known_as="broken", host_key=None)

    def failing(address: HostAddress) -> Trusted:
        if address == broken:
            raise RuntimeError("a fault of the library")
        return trusted(address)

    monkeypatch.setattr("scanners.host.reach.ssh.trusted", failing)
    results = fetch_many({"bad": broken, "good": server.address()}, ECHO)
    assert isinstance(results["bad"], TargetError)
    assert "a fault of the library" in results["bad"].message
    assert not isinstance(results["good"], TargetError)


def test_an_interrupted_scan_does_not_wait_for_the_slowest(server: Server) -> None:
    slow = Wanted((), (), (Command("c", "sleep 60", 60),), (), ())

    def interrupt(name: str, _raw: object) -> None:
        raise KeyboardInterrupt(name)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch_many(
            {"slow": server.address(), "quick": server.address()},
            {"slow": slow, "quick": ECHO},
            on_done=interrupt,
        )
    assert time.monotonic() - started < 15


def test_what_is_wanted_may_be_said_while_connections_are_made(server: Server) -> None:
    main = threading.get_ident()
    asked_in: list[int] = []

    def wanted() -> Wanted:
        asked_in.append(threading.get_ident())
        return ECHO

    found = fetch_many({"a": server.address(), "b": server.address()}, wanted)
    assert asked_in == [main], "once, and in the caller's thread"
    for raw in found.values():
        assert isinstance(raw, Raw) and raw.outputs["c"].stdout == b"hi\n"


def test_visits_end_where_nobody_can_say_what_is_wanted(server: Server) -> None:
    def wanted() -> Wanted:
        raise LookupError("no such check")

    with pytest.raises(LookupError):
        fetch_many({"a": server.address()}, wanted)


def test_what_a_host_gave_is_let_go_once_it_was_taken(server: Server) -> None:
    given: list[weakref.ref[object]] = []
    kept: list[int] = []

    def taken(_name: str, raw: Raw | TargetError) -> None:
        gc.collect()
        kept.append(sum(one() is not None for one in given))
        given.append(weakref.ref(raw))

    visit_many({name: server.address() for name in "abc"}, ECHO, taken, workers=1)
    assert len(kept) == 3 and kept[0] == 0
    assert max(kept) <= 1, "at most the one before"


def test_no_more_answers_wait_than_twice_the_visits_at_once(server: Server) -> None:
    begun: list[str] = []
    ahead: list[int] = []

    class Wishes(dict[str, Wanted]):
        def __getitem__(self, name: str) -> Wanted:
            begun.append(name)
            return ECHO

    names = "abcdefg"
    visit_many(
        {name: server.address() for name in names},
        Wishes(),
        lambda _name, _raw: ahead.append(len(begun) - len(ahead)),
        workers=1,
    )
    assert begun == list(names)
    assert len(ahead) == len(names) and max(ahead) == 2


def test_what_needs_no_answer_is_done_while_hosts_are_at_work(server: Server) -> None:
    order: list[str] = []
    usual = sys.getswitchinterval()

    def wishes() -> Wanted:
        order.append("wishes")
        return ECHO

    def meanwhile() -> None:
        order.append("meanwhile")
        assert sys.getswitchinterval() < usual

    def arrived(name: str, raw: Raw | TargetError) -> None:
        assert isinstance(raw, Raw)
        order.append(name)

    visit_many({"here": server.address()}, wishes, arrived, meanwhile=meanwhile)
    assert order == ["wishes", "meanwhile", "here"]
    assert sys.getswitchinterval() == usual


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
