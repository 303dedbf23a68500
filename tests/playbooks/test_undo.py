"""What a host keeps before it is hardened comes back whole, and nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import playbooks
from playbooks.undo import restore as undone
from playbooks.undo.entry import LARGEST, look, put_back
from playbooks.undo.places import Places
from playbooks.undo.record import KEPT, begin, finish, prune, runs
from playbooks.undo.restore import restore
from tests.playbooks.support import PROGRAM, kept, said, state


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


@pytest.mark.parametrize(
    "words", [("finish", "r9"), ("restore", "r9"), ("restore", "../r1"), ("restore",)]
)
def test_a_run_that_is_not_kept_is_refused(words: tuple[str, ...], base: Path) -> None:
    refused = said(base, *words)
    assert refused.returncode == 1
    assert refused.stderr.startswith("nothing is kept")
