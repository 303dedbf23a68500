"""State kept on a server: what was begun is finished, and nothing in it can be read."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from govctl.doctor import pulumi_command
from govctl.errors import LockedError, ProvisionError
from govctl.pipeline.job import tools
from stacks.engine import Engine, Settings, StackProgram
from stacks.provider import sweep
from stacks.provider.targets.lxd import Lxd
from tests.live.estates import LONGEST, LiveEstate
from tests.live.state import small
from tests.live.state.database import Database
from tests.live.state.swift import Swift

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

Backend = Database | Swift
ROOT = Path(__file__).parents[3]


def test_postgresql_keeps_the_state_of_an_estate_whose_up_was_killed(
    hub: LiveEstate, database: Database
) -> None:
    with command_lines() as seen:
        running = hub.start("up", "--yes", "--no-harden")
        with killed_at_work(running, lambda: locks(database) and hub.marked):
            says_who_holds_it(hub, database, running.pid)
        done = hub.govctl("up", "--yes", "--no-harden")
        plan = hub.govctl("plan")
    assert "nothing to change" in plan.out
    machines = {hub.instance(machine.id) for machine in hub.described.machines}
    assert set(hub.instances()) == machines
    assert locks(database) == []
    shows_no_secret(hub.state, hub.state / "ssh" / "id_ed25519", database, b"lxd:Instance")
    assert any("pulumi" in line for line in seen), "somebody looked"
    assert database.password not in "\n".join((*seen, done.out, done.err, plan.out, plan.err))


def test_s3_keeps_the_state_of_a_stack_whose_making_was_killed(
    storage: Swift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    engine, stacks = small.engine(tmp_path, storage.url), small.stacks(tmp_path)
    with command_lines() as seen:
        running = subprocess.Popen(
            [sys.executable, "-m", "tests.live.state.small", tmp_path, storage.url],
            cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        with killed_at_work(running, lambda: locks(storage)):
            pass
        engine.up(stacks)
    try:
        assert [result.changes for result in engine.preview(stacks)] == [()]
        assert locks(storage) == []
        shows_no_secret(tmp_path, tmp_path / "passphrase", storage, b"lxd:Network")
        assert any("pulumi" in line for line in seen), "somebody looked"
        assert storage.password not in "\n".join(seen)
    finally:
        engine.destroy(stacks)
    assert engine.names() == ()
    assert sweep.marked(Lxd(), small.ESTATE) == ()


@contextmanager
def killed_at_work(
    running: subprocess.Popen[Any], is_at_work: Callable[[], object]
) -> Iterator[None]:
    """Stopped once it is at work, with all its processes, and killed at the end."""
    try:
        deadline = time.monotonic() + LONGEST
        while not is_at_work():
            assert running.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGSTOP)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=60)


def locks(backend: Backend) -> list[str]:
    return [key for key in backend.held() if "/locks/" in key]


def says_who_holds_it(estate: LiveEstate, backend: Backend, group: int) -> None:
    """What somebody with another copy of the estate is told meanwhile."""
    colleague = Settings(
        project=f"govctl-{estate.name}",
        work=estate.folder.parent / "colleague",
        backend=backend.url,
        passphrase_file=estate.state / "passphrase",
        pulumi_root=pulumi_command(),
        tools=tools(),
        patience=0,
    )
    with pytest.raises(LockedError) as locked:
        Engine(colleague).up([StackProgram("core", 0, nothing)])
    assert "govctl unlock" in (locked.value.hint or "")
    message = locked.value.message
    said = re.search(r"^stack core is locked by \S+@(\S+) \(pid (\d+), 20\d\d-", message)
    assert said is not None, message
    assert said[1] == os.uname().nodename
    assert os.getpgid(int(said[2])) == group


def nothing() -> None:
    """A program that would delete everything, were it ever run."""


def shows_no_secret(kept: Path, secret: Path, backend: Backend, kind: bytes) -> None:
    """The state is whole; neither it nor the controller's files tell what they must not."""
    state = b"\n".join(backend.held().values())
    assert kind in state
    seed = (kept / "seed").read_bytes()
    hidden = [seed, seed.hex().encode(), base64.b64encode(seed), *secret.read_bytes().split(b"\n")]
    assert [text for text in hidden if len(text) > 20 and text in state] == []
    assert backend.password.encode() not in state
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert [path for path in files if backend.password.encode() in path.read_bytes()] == []


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """The command line of every process that runs meanwhile, as anybody may read it."""
    found: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    found.add(path.read_text(errors="replace").replace("\0", " "))
                except OSError:
                    continue

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


def test_a_server_that_is_silent_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        engine = small.engine(tmp_path, f"postgres://govctl@{place}/state?sslmode=disable")
        began = time.monotonic()
        with pytest.raises(ProvisionError, match="the state cannot be read"):
            engine.names()
    assert time.monotonic() - began < 60
