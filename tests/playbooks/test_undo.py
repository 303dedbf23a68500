"""What a host keeps before it is hardened comes back whole, and nothing else is touched."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import playbooks
from playbooks.hosts import visit as visits
from playbooks.undo import commands, guard, machine
from playbooks.undo import restore as undone
from playbooks.undo.entry import LARGEST, Entry, look, put_back
from playbooks.undo.places import _DOTFILE, FILES, TREES, Places, owned, places_for, whole
from playbooks.undo.record import KEPT, Change, Record, begin, finish, prune, runs, turned
from playbooks.undo.restore import restore

PROGRAM = Path(playbooks.__file__).parent / "undo"
ROLES = PROGRAM.parent / "roles"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small /etc."""
    tree = tmp_path / "etc"
    (tree / "ssh" / "sshd_config.d").mkdir(parents=True)
    (tree / "ssh" / "sshd_config").write_text("PermitRootLogin yes\n")
    (tree / "shadow").write_text("root:*:1::::::\n")
    (tree / "shadow").chmod(0o640)
    (tree / "localtime").symlink_to("/usr/share/zoneinfo/UTC")
    (tree / "cron.deny").touch()
    (tree / "issue").write_bytes(b"\xff\xfe not text")
    (tree / "name \udcff").write_text("a name that is no text")
    return tree


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "kept"
    base.mkdir()
    return base


def kept(base: Path, tree: Path, run: str = "r1") -> Record:
    return begin(base, run, ["sshd"], Places((str(tree),), (), homes=False), PROGRAM)


def state(tree: Path) -> dict[str, object]:
    places = Places((str(tree),), (), homes=False)
    return {path: look(path, content=True) for path in whole(places)}


def _dir_with_file(tree: Path) -> None:
    (tree / "security" / "deep").mkdir(parents=True)
    (tree / "security" / "deep" / "limits.conf").write_text("*")


def _file_for_link(tree: Path) -> None:
    (tree / "localtime").unlink()
    (tree / "localtime").write_text("not a link")


def _another_target(tree: Path) -> None:
    (tree / "localtime").unlink()
    (tree / "localtime").symlink_to("x")


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda tree: (tree / "ssh" / "sshd_config").write_text("PermitRootLogin no\n"),
    "the same length": lambda tree: (tree / "ssh" / "sshd_config").write_text(
        "PermitRootLogin YES\n"
    ),
    "mode": lambda tree: (tree / "shadow").chmod(0o600),
    "a folder's mode": lambda tree: (tree / "ssh").chmod(0o700),
    "a file that is gone": lambda tree: (tree / "cron.deny").unlink(),
    "a folder that is gone": lambda tree: shutil.rmtree(tree / "ssh"),
    "a new file": lambda tree: (tree / "ssh" / "sshd_config.d" / "00.conf").write_text("x"),
    "a new folder": _dir_with_file,
    "another target": _another_target,
    "a file for a link": _file_for_link,
    "bytes": lambda tree: (tree / "issue").write_bytes(b"\x00\xfd"),
    "a name that is no text": lambda tree: (tree / "name \udcff").unlink(),
    "an attribute": lambda tree: os.setxattr(tree / "issue", "user.note", b"x"),
}


@pytest.mark.parametrize("ended", [True, False], ids=["noted", "killed before it was noted"])
@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changed_is_put_back(what: str, ended: bool, tree: Path, base: Path) -> None:
    before = state(tree)
    record = kept(base, tree)
    CHANGES[what](tree)
    assert state(tree) != before
    if ended:
        finish(record)
    result = restore(base, record)
    assert (result["state"], result["problems"]) == ("restored", [])
    assert result["done"]
    assert state(tree) == before
    assert not list(tree.rglob(".govctl-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_come_back_and_with_them_setuid_bits(tree: Path, base: Path) -> None:
    (tree / "issue").chmod(0o4755)
    before = state(tree)
    record = kept(base, tree)
    os.chown(tree / "issue", 65534, 65534)
    restore(base, record)
    assert state(tree) == before


def test_of_files_elsewhere_owner_and_mode_are_kept_and_not_content(
    tmp_path: Path, base: Path
) -> None:
    log = tmp_path / "auth.log"
    log.write_text("one")
    log.chmod(0o644)
    places = Places((), (), (str(tmp_path / "*.log"),), homes=False)
    record = begin(base, "r1", [], places, PROGRAM)
    log.chmod(0o600)
    with log.open("a") as file:
        file.write(" two")
    assert restore(base, record)["done"] == [str(log)]
    assert (log.read_text(), log.stat().st_mode & 0o777) == ("one two", 0o644)


def test_only_what_changed_is_kept_after_a_run(tree: Path, base: Path) -> None:
    (tree / "secret").write_text("of no interest")
    record = kept(base, tree)
    (tree / "shadow").chmod(0o600)
    (tree / "cron.deny").unlink()
    changed = finish(record)
    assert [Path(change.path).name for change in changed.files] == ["cron.deny", "shadow"]
    held = b"".join(path.read_bytes() for path in record.folder.iterdir() if path.is_file())
    assert b"of no interest" not in held


def test_what_is_kept_is_readable_by_root_alone(tree: Path, base: Path) -> None:
    record = kept(base, tree)
    assert record.folder.stat().st_mode & 0o777 == 0o700
    finish(record)
    files = [path for path in record.folder.iterdir() if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_a_second_restore_does_nothing(tree: Path, base: Path) -> None:
    record = kept(base, tree)
    (tree / "shadow").chmod(0o600)
    restore(base, record)
    (tree / "shadow").chmod(0o600)  # somebody hardens again
    assert restore(base, record)["state"] == "already"
    assert (tree / "shadow").stat().st_mode & 0o777 == 0o600


def test_what_others_changed_since_is_named_and_nothing_is_done(tree: Path, base: Path) -> None:
    record = kept(base, tree)
    (tree / "shadow").chmod(0o600)
    (tree / "cron.deny").unlink()
    finish(record)
    (tree / "shadow").write_text("root:$y$new:2::::::\n")
    result = restore(base, record)
    assert (result["state"], result["conflicts"]) == ("refused", [str(tree / "shadow")])
    assert not (tree / "cron.deny").exists()
    result = restore(base, record, force=True)
    assert result["state"] == "restored"
    assert (tree / "shadow").read_text() == "root:*:1::::::\n"


def test_a_later_run_that_changed_the_same_is_named(tree: Path, base: Path) -> None:
    first = kept(base, tree, "r1")
    (tree / "issue").write_text("one")
    finish(first)
    second = kept(base, tree, "r2")
    (tree / "issue").write_text("two")
    finish(second)
    assert restore(base, first)["conflicts"] == [f"{tree}/issue (r2)"]
    assert restore(base, second)["state"] == restore(base, first)["state"] == "restored"
    assert (tree / "issue").read_bytes() == b"\xff\xfe not text"


def test_a_dry_run_says_what_and_changes_nothing(tree: Path, base: Path) -> None:
    record = kept(base, tree)
    (tree / "cron.deny").unlink()
    finish(record)
    result = restore(base, record, check=True)
    assert (result["state"], result["done"]) == ("would", [f"{tree}/cron.deny"])
    assert not (tree / "cron.deny").exists()


def test_a_file_too_large_to_keep_is_named_and_the_rest_is_restored(tree: Path, base: Path) -> None:
    (tree / "large").write_bytes(bytes(LARGEST + 1))
    record = kept(base, tree)
    (tree / "large").write_bytes(b"")
    (tree / "cron.deny").unlink()
    finish(record)
    result = restore(base, record)
    assert result["state"] == "partly"
    assert str(tree / "large") in result["problems"][0]
    assert (tree / "cron.deny").exists()


def test_ten_runs_are_kept_and_nothing_of_one_that_was_never_whole(tree: Path, base: Path) -> None:
    (base / ".r00.new").mkdir()
    for number in range(13):
        finish(kept(base, tree, f"r{number:02}"))
    prune(base, ["r01"])
    assert [one.run for one in runs(base)] == ["r01", *(f"r{n:02}" for n in range(13 - KEPT, 13))]
    assert not (base / ".r00.new").exists()


@pytest.fixture
def immutable(tree: Path) -> Iterator[Path]:
    file = tree / "ssh" / "sshd_config"
    if subprocess.run(["chattr", "+i", file], capture_output=True, check=False).returncode:
        pytest.skip("this file system has no immutable files")
    subprocess.run(["chattr", "-i", file], check=True)
    yield file
    subprocess.run(["chattr", "-i", file], check=True)


def test_an_immutable_file_is_named_and_a_later_try_restores_it(
    tree: Path, base: Path, immutable: Path
) -> None:
    before = state(tree)
    record = kept(base, tree)
    immutable.write_text("PermitRootLogin no\n")
    (tree / "cron.deny").unlink()
    finish(record)
    subprocess.run(["chattr", "+i", immutable], check=True)
    result = restore(base, record)
    assert result["state"] == "partly"
    assert result["problems"] == [f"{immutable}: Operation not permitted"]
    assert (tree / "cron.deny").exists()
    subprocess.run(["chattr", "-i", immutable], check=True)
    assert restore(base, record)["state"] == "restored"
    assert state(tree) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    line: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=4m", "small", place]
    if subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_without_room_nothing_is_begun_and_nothing_is_left(tree: Path, small_disk: Path) -> None:
    (small_disk / "full").write_bytes(bytes(3 << 20))
    with pytest.raises(OSError, match="No space left"):
        kept(small_disk, tree)
    assert [path.name for path in small_disk.iterdir()] == ["full"]


def test_whoever_reads_of_a_full_disk_is_told_which(small_disk: Path) -> None:
    (small_disk / "full").write_bytes(bytes(3 << 20))
    program = Path(playbooks.__file__).parent / "undo"
    done = subprocess.run(
        [sys.executable, program, "--base", small_disk / "kept", "begin", "r1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"{small_disk}/")
    assert done.stderr.endswith(": No space left on device\n")


def test_a_disk_that_fills_up_in_between_does_not_stop_the_undoing(
    tree: Path, small_disk: Path
) -> None:
    etc = small_disk / "etc"
    shutil.copytree(tree, etc, symlinks=True)
    before = state(etc)
    record = kept(small_disk, etc)
    (etc / "cron.deny").unlink()
    (etc / "ssh" / "sshd_config").write_text("PermitRootLogin no\n")
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "full").write_bytes(bytes(4 << 20))
    assert restore(small_disk, record)["state"] == "restored"
    assert state(etc) == before


def test_a_write_that_fails_leaves_the_file_as_it_was(tree: Path) -> None:
    entry = look(str(tree / "issue"), content=True)

    def no_longer_there(digest: str) -> bytes:
        raise FileNotFoundError(digest)

    with pytest.raises(FileNotFoundError):
        put_back(str(tree / "shadow"), entry, no_longer_there)
    assert (tree / "shadow").read_text() == "root:*:1::::::\n"
    assert not list(tree.glob(".govctl-*"))


def test_what_a_run_wrote_before_it_broke_off_is_taken_up(
    tree: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []

    def note(files: list[str]) -> list[str]:
        read.append(files)
        return []

    monkeypatch.setattr(undone, "reread", note)
    record = kept(base, tree)
    (tree / "ssh" / "sshd_config").write_text("PermitRootLogin no\n")
    assert said(base, "confirm", "r1").returncode == 0  # nobody has to restart anything of ours
    assert record.about["state"] == "kept"
    record = kept(base, tree, "r2")
    (tree / "issue").write_text("another\n")
    assert undone.take_up(record) == []
    assert read == [[str(tree / "issue")]]


# The timer


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
    monkeypatch.setattr(os, "umask", lambda _mask: 0o022)  # of a process that ends, not of pytest
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


def said(base: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(PROGRAM), "--base", str(base), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "words", [("finish", "r9"), ("restore", "r9"), ("restore", "../r1"), ("restore",)]
)
def test_a_run_that_is_not_kept_is_refused(words: tuple[str, ...], base: Path) -> None:
    refused = said(base, *words)
    assert refused.returncode == 1
    assert refused.stderr.startswith("nothing is kept")


# What a machine has besides files

BEFORE = {
    "packages": {"telnet": "1", "libtelnet:amd64": "1", "bash": "1"},
    "halves": ["torn"],
    "auto": ["libtelnet"],
    "active": ["cron.service", "rpcbind.service", "session-1.scope", "user@0.service"],
    "units": ["auditd.service", "cron.service", "no-such-unit.service"],
    "sysctl": {"net/ipv4/ip_forward": "1", "kernel/x": "0"},
    "mounts": {"/tmp": "rw", "/": "rw"},
    "modules": ["usb_storage"],
    "packets": ["inet site"],
}


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ({}, {}),
        (
            {"packages": {"bash": "1"}},
            {"removed": {"libtelnet:amd64": "1", "telnet": "1"}, "auto": ["libtelnet:amd64"]},
        ),
        ({"packages": {**BEFORE["packages"], "aide": "2"}}, {"added": ["aide"]}),  # type: ignore[dict-item]
        ({"halves": ["aide", "torn"]}, {"added": ["aide"]}),
        (
            {"packages": {"bash": "1", "libtelnet:amd64": "1"}, "halves": ["telnet"]},
            {"removed": {"telnet": "1"}},
        ),
        ({"packages": {**BEFORE["packages"], "bash": "2"}}, {"upgraded": ["bash"]}),  # type: ignore[dict-item]
        ({"active": ["cron.service"]}, {"stopped": ["rpcbind.service", "session-1.scope"][:1]}),
        ({"active": [*BEFORE["active"], "auditd.service"]}, {"started": ["auditd.service"]}),
        ({"active": [*BEFORE["active"], "somebody-elses.service"]}, {}),
        ({"active": [*BEFORE["active"], "no-such-unit.service"]}, {}),
        (
            {"sysctl": {"net/ipv4/ip_forward": "0", "kernel/x": "0"}},
            {"sysctl": {"net/ipv4/ip_forward": ["1", "0"]}},
        ),
        ({"mounts": {"/tmp": "rw,nosuid", "/": "rw"}}, {"mounts": {"/tmp": ["rw", "rw,nosuid"]}}),
        ({"modules": []}, {"unloaded": ["usb_storage"]}),
        ({"packets": ["inet site", "ip own"]}, {"packets": ["ip own"]}),
    ],
)
def test_changes_of_a_machine(news: dict[str, object], expected: dict[str, object]) -> None:
    assert machine.changes(BEFORE, {**BEFORE, **news}, {"auditd.service"}) == expected


def test_what_a_release_before_has_kept_of_units_is_read() -> None:
    kept = {name: part for name, part in BEFORE.items() if name != "units"}
    kept["off"] = ["auditd.service"]
    after = {**BEFORE, "active": [*BEFORE["active"], "auditd.service", "cups.service"]}
    assert machine.changes(kept, after, {"auditd.service", "cups.service"}) == {
        "started": ["auditd.service"]
    }


def test_units_that_a_run_turned_on_are_known_by_their_links() -> None:
    folder = "/etc/systemd/system"
    link = Entry("link", 0o777, 0, 0, "/lib/systemd/system/on.service")
    mask = replace(link, content="/dev/null")
    files = [
        Change(f"{folder}/multi-user.target.wants/on.service", None, link),
        Change(f"{folder}/unmasked.service", mask, None),
        Change(f"{folder}/off.service", link, None),
        Change("/etc/on.d/other.service", None, link),
        Change(f"{folder}/drop.service", None, Entry("file", 0o644, 0, 0, "0")),
    ]
    assert turned(files) == {"on.service", "unmasked.service"}


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="unshare and root are needed"
)
def test_where_forwarding_ends_or_begins_redirects_stay_as_they_are() -> None:
    """The kernel sets them anew: closing one check would open another."""
    program = """
from playbooks.hosts import sysctl
from playbooks.undo import machine

def now():
    return [open(f"/proc/sys/net/ipv4/{name}").read().strip()
            for name in ("ip_forward", "conf/all/accept_redirects")]

sysctl._set("/proc/sys/net/ipv4/ip_forward", "1")
sysctl._set("/proc/sys/net/ipv4/conf/all/accept_redirects", "0")
sysctl._apply("net.ipv4.ip_forward", "0", False)
assert now() == ["0", "0"], now()
sysctl._set("/proc/sys/net/ipv4/conf/all/accept_redirects", "1")
done, problems = machine.put_settings_back({"sysctl": {"net/ipv4/ip_forward": ["1", "0"]}})
assert (now(), problems) == (["1", "1"], []), (now(), problems)
"""
    line = ["unshare", "--net", sys.executable, "-c", program]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, cwd=PROGRAM.parents[1]
    )
    assert done.returncode == 0, done.stderr


def test_a_setting_for_all_interfaces_is_kept_of_each() -> None:
    kept = machine.look(["net.ipv4.conf.all.rp_filter", "net.ipv4.ip_forward", "no.such.key"])
    assert {"net/ipv4/conf/lo/rp_filter", "net/ipv4/ip_forward"} <= kept["sysctl"].keys()


# What roles write is what is kept


def _written() -> list[tuple[str, str]]:
    """Role and path of each task that writes a file and says which; rows and loops do not."""
    found = []
    for file in sorted(ROLES.glob("*/tasks/*.yml")):
        for task in yaml.safe_load(file.read_text()):
            for module, given in task.items():
                if module.startswith("ansible.builtin.") and isinstance(given, dict):
                    if given.get("state") == "directory":
                        continue
                    path = str(given.get("dest") or given.get("path") or "")
                    found.append((file.parent.parent.name, path))
    return [(role, path) for role, path in found if path.startswith("/")]


def test_whatever_a_role_writes_is_kept_whole() -> None:
    written = _written()
    assert len(written) > 5
    for role, path in written:
        kept_whole = path.startswith(tuple(f"{tree}/" for tree in TREES)) or path in FILES
        assert kept_whole, (role, path)


@pytest.mark.parametrize("file", sorted(ROLES.glob("*/*/main.yml")), ids=lambda p: p.parts[-3])
def test_no_role_writes_into_a_file_that_is_in_use(file: Path) -> None:
    """Into a new one, which is then renamed: a host may go down at any moment."""
    text = file.read_text()
    assert not re.search(r">>?[ ]*\"?(/etc|/boot|/usr|/var|\$allow)", text)
    assert not re.search(r"\b(tee|cat >>?) [^\n]*/etc", text)
    assert not re.search(r"(?m)\bcp [^\n;|&]* \"?/(etc|boot|usr|var)[^\s;|&]*[ ]*($|[;|&])", text)


def test_rows_say_what_is_looked_at_besides() -> None:
    rows: list[dict[str, Any]] = [
        {"family": "files.permissions", "paths": ["/var/log/*.log"], "mode": "0640"},
        {"family": "sysctl.value", "key": "kernel.dmesg_restrict", "values": ["1"]},
        {"family": "sshd.option", "option": "banner", "values": {"equals": "/etc/issue.net"}},
    ]
    found = places_for(rows)
    assert found.globs == ("/etc/issue.net", "/var/log/*.log")
    assert (found.settings, found.walked) == (("kernel.dmesg_restrict",), ())
    assert "/" in places_for([{"family": "trees.unowned"}]).walked


def test_a_setting_of_every_interface_is_kept_of_each() -> None:
    row = {"family": "sysctl.interfaces", "protocol": "ipv4", "name": "rp_filter", "values": ["1"]}
    kept = machine.look(places_for([row]).settings)["sysctl"]
    names = {path.parent.name for path in Path("/proc/sys/net/ipv4/conf").glob("*/rp_filter")}
    assert kept.keys() == {f"net/ipv4/conf/{name}/rp_filter" for name in names}
    assert {"all", "default", "lo"} <= names


@pytest.mark.parametrize(
    ("name", "kept"), [(".rhosts", True), (".bashrc", True), (".bash_history", False),
                       (".lesshst", False), (".Xauthority", False), ("letter", False)],
)  # fmt: skip
def test_of_homes_what_people_set_is_kept(name: str, kept: bool) -> None:
    assert bool(_DOTFILE.search(name)) == kept


def test_homes_and_what_is_named_are_looked_at() -> None:
    found = set(owned(Places((), (), ("/etc/pass*",))))
    assert "/etc/passwd" in found
    assert "/root" in found
