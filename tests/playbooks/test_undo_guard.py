"""A host restores itself without a new login, and waits for what is at work."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from playbooks.hosts import visit as visits
from playbooks.undo import commands, guard, machine
from playbooks.undo.record import Record, finish
from playbooks.undo.restore import restore
from tests.playbooks.support import kept, said, state


@pytest.fixture
def no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of a host without systemd, whatever this one has."""
    monkeypatch.setattr(machine, "has_systemd", lambda: False)
    for name in ("UNIT", "WANTS"):
        monkeypatch.setattr(guard, name, tmp_path / name)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_without_a_new_login_the_host_restores_itself(
    tree: Path, base: Path, no_systemd: None
) -> None:
    before = state(tree)
    record = kept(base, tree)
    guard.arm(base, record, 600)
    (tree / "shadow").chmod(0o600)
    finish(record)
    guard.arm(base, record, 1)
    until(lambda: guard.armed(base) is None)
    assert state(tree) == before
    assert record.about["timed"]
    refused = said(base, "confirm", "r1")
    assert (refused.returncode, refused.stderr) == (1, "rolled back: no new login came in time\n")


def test_every_run_that_waits_is_restored(tree: Path, base: Path, no_systemd: None) -> None:
    before = state(tree)
    for number in (1, 2):
        record = kept(base, tree, f"r{number}")
        (tree / "issue").write_text(f"{number}")
        finish(record)
        guard.arm(base, record, 600 if number == 1 else 0)
    until(lambda: guard.armed(base) is None)
    assert state(tree) == before


def test_a_new_login_keeps_what_was_changed(tree: Path, base: Path, no_systemd: None) -> None:
    record = kept(base, tree)
    guard.arm(base, record, 600)
    (tree / "shadow").chmod(0o600)
    finish(record)
    assert said(base, "confirm", "r1").returncode == 0
    until(lambda: not guard._is_watched(base))
    assert (tree / "shadow").stat().st_mode & 0o777 == 0o600
    assert restore(base, record)["state"] == "restored"  # a person still can


def test_after_a_start_a_controller_has_time_to_come_back(
    tree: Path, base: Path, no_systemd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_watch", lambda program, base: None)
    monkeypatch.setattr(guard, "BOOT_SECONDS", 0)
    record = kept(base, tree)
    guard.arm(base, record, 600)
    (tree / "shadow").chmod(0o600)
    (base / "armed").write_text(json.dumps({**(guard.armed(base) or {}), "boot": 1}))
    guard.wait(base)
    assert (tree / "shadow").stat().st_mode & 0o777 == 0o640


def test_each_start_of_a_machine_is_another_although_its_first_process_begins_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    this = guard._boot()
    assert guard._boot() == this
    (tmp_path / "boot_id").write_text("56d6ab38-3f1e-4d9e-9d0d-7a5a8a3f7c11\n")
    monkeypatch.setattr(guard, "_BOOT_ID", tmp_path / "boot_id")
    assert guard._boot() != this


def test_a_run_whose_login_is_still_there_is_at_work(tree: Path, base: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        found = guard._stat(other.pid)
        assert found is not None
        record = kept(base, tree)
        record.note(session=[other.pid, found[2]])
        assert guard.at_work(record)
        other.kill()
        other.wait()
    assert not guard.at_work(record)


def test_nobody_begins_between_a_run_and_the_login_that_proves_it(
    tree: Path, base: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's login would be older than what the second one changes."""
    monkeypatch.setattr(commands, "PATIENCE", 0)
    record = kept(base, tree)
    finish(record)
    (base / "armed").write_text(json.dumps({"runs": ["r1"]}))
    begins = ["--base", str(base), "begin", "r2"]
    with subprocess.Popen(["sleep", "60"]) as other:
        found = guard._stat(other.pid)
        assert found is not None
        record.note(session=[other.pid, found[2]])
        assert guard.unproven(base) == ["r1"] and not guard.at_work(record)
        assert commands.main(begins) == 1
        assert "another hardening is at work on this host: r1" in capsys.readouterr().err
        assert not Record(base, "r2").exists
        guard.disarm(base)
        assert guard.unproven(base) == []
        guard._note(base, {"runs": ["r1"]})
        other.kill()
        other.wait()
    assert guard.unproven(base) == []


def test_what_a_visit_changes_is_noted_when_it_has_ended(
    tree: Path, base: Path, no_systemd: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Its controller may be gone: whoever comes next would note a part, and nobody the rest."""
    record = kept(base, tree)
    monkeypatch.setattr(visits, "_BASE", str(base))
    monkeypatch.setattr(commands, "VISIT", 0)
    words = ["--base", str(base)]
    with visits._at_work("r1"):
        assert guard.at_work(record)
        assert commands.main([*words, "finish", "r1"]) == commands.main([*words, "confirm", "r1"])
        assert "still at work" in capsys.readouterr().err
        assert commands.main([*words, "list"]) == 0
        assert json.loads(capsys.readouterr().out)["busy"] == ["r1"]
        (tree / "shadow").chmod(0o600)
    assert not guard.at_work(record)
    assert commands.main([*words, "finish", "r1"]) == 0
    assert [one.path for one in record.changed().files] == [str(tree / "shadow")]


def test_a_long_run_is_not_undone_while_its_controller_is_heard(
    tree: Path, base: Path, no_systemd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_watch", lambda program, base: None)
    monkeypatch.setattr(guard, "AGAIN_SECONDS", 0)
    modes = []
    really_sleep = time.sleep
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as session:
        counts = Path(f"/proc/{session.pid}/io")

        def hear(seconds: float) -> None:
            if seconds != 1:  # not the guard, but a program of the restoration that is waited for
                really_sleep(seconds)
                return
            modes.append((tree / "shadow").stat().st_mode & 0o777)
            if len(modes) <= 3 and session.stdin is not None:
                before = counts.read_text()
                session.stdin.write(b"alive\n")
                session.stdin.flush()
                while counts.read_text() == before:
                    threading.Event().wait(0.01)

        found = guard._stat(session.pid)
        assert found is not None
        record = kept(base, tree)
        record.note(session=[session.pid, found[2]])
        (tree / "shadow").chmod(0o600)
        guard.arm(base, record, 0)
        monkeypatch.setattr(time, "sleep", hear)
        guard.wait(base)
    assert modes == [0o600] * 4 + [0o640]
    assert record.about["timed"]
