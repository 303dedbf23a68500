"""Many hosts at once, each of them a real OpenSSH server."""

from __future__ import annotations

import dataclasses
import gc
import os
import socket
import sys
import threading
import time
import weakref

import pytest

from govctl.errors import TargetError
from scanners.host.collect import scan_hosts
from scanners.host.collecting import Wanted
from scanners.host.facts.system import SOURCE as SYSTEM
from scanners.host.facts.system import System
from scanners.host.model import Command, HostFacts, Missing, Raw
from scanners.host.reach.address import HostAddress
from scanners.host.reach.host_keys import (
    Trusted,
    trusted,
)
from scanners.host.reach.ssh import Lines
from scanners.host.visit import fetch_many, visit_many
from tests.scanners.host.sshd import ECHO, SSHD, Server

pytestmark = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0, reason="needs the OpenSSH server, and root as its user"
)


def test_a_dead_host_delays_no_other(server: Server) -> None:
    finished: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and never says a word
        patient = server.address(connect_timeout=120, auth_timeout=120)
        dead = dataclasses.replace(patient, port=silent.getsockname()[1])
        addresses = {"dead": dead, **{f"h{number}": server.address() for number in range(5)}}

        def done(name: str, _raw: object) -> None:
            finished.append(name)
            if len(finished) == len(addresses) - 1:
                silent.close()

        results = fetch_many(addresses, ECHO, workers=3, on_done=done)
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


def test_a_dead_jump_host_is_waited_for_once(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = server.address(connect_timeout=2)
        dead = dataclasses.replace(dead, port=silent.getsockname()[1])
        behind = {f"h{n}": server.address(jump=dead) for n in range(6)}
        results = fetch_many(behind, ECHO, workers=2)
        assert all(isinstance(result, TargetError) for result in results.values())
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


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
    assert time.monotonic() - started < 40


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
