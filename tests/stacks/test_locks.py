"""What the engine says of a stack that somebody else holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stacks.locks import LockHolder, lock_holders, remove_torn

SAID = """error: the stack is currently locked by {n} lock(s). Either wait for the other \
process(es) to end or delete the lock file with `pulumi cancel`.
"""
LINE = """\
  {where}/.pulumi/locks/organization/govctl-t/core/d8c9.json{more}: created by {who} at {at}
"""


def a_line(where: str, who: str, more: str = "") -> str:
    return LINE.format(where=where, who=who, more=more, at="2026-11-22T20:31:52Z")


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("file:///srv/estate/.govctl/state", ""),
        ("postgres://****:****@127.0.0.1:5432/state", "?sslmode=disable"),
        ("s3://bucket", "?region=vn-1"),
    ],
)
def test_the_holder_is_named_whichever_backend_keeps_the_lock(where: str, more: str) -> None:
    said = SAID.format(n=1) + a_line(where, "an@ops (pid 31814)", more)
    assert lock_holders(said) == (LockHolder(31814, "an", "ops", "2026-11-22T20:31:52Z"),)


def test_every_holder_is_named() -> None:
    lines = a_line("file:///s", "an@ops (pid 1)") + a_line("file:///s", "binh@ops (pid 2)")
    assert [holder.user for holder in lock_holders(SAID.format(n=2) + lines)] == ["an", "binh"]


def test_other_words_name_nobody() -> None:
    assert lock_holders("error: [409] Conflict: Another update is currently in progress.") == ()


def test_only_a_process_of_this_machine_is_known_to_be_gone() -> None:
    here, gone = os.uname().nodename, 2**22 + 1  # above the highest pid that Linux gives
    assert LockHolder(os.getpid(), "an", here, "").alive
    assert not LockHolder(gone, "an", here, "").alive
    assert LockHolder(gone, "an", "elsewhere", "").alive


def test_only_locks_that_were_never_whole_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "govctl-t" / "core"
    folder.mkdir(parents=True)
    whole, empty, begun = (folder / name for name in ("a.json", "b.json", "c.json.18e.tmp"))
    whole.write_text('{"pid": 1}')
    empty.touch()
    begun.touch()
    remove_torn(tmp_path)
    assert list(folder.iterdir()) == [whole]
    remove_torn(tmp_path / "no state yet")
