"""The journal of hardening: what a run that was killed has changed."""

from __future__ import annotations

from pathlib import Path

from govctl.evidence.hardening import Change, FileDiff, Hardened
from govctl.pipeline.harden.journal import Journal

WRITTEN = Change("sshd", "Write", "changed", (FileDiff("/etc/x", "-a\n+b"),))
TOOK = Change("permissions", "Take", "changed", (), ("/etc/shadow mode",))


def test_what_was_noted_is_left_by_host_in_its_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for target, change in (("web", WRITTEN), ("db", WRITTEN), ("web", TOOK)):
        journal.note(target, change)
    assert Journal(tmp_path).left() == (
        Hardened("web", changes=(WRITTEN, TOOK)),
        Hardened("db", changes=(WRITTEN,)),
    )
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_last_line_that_is_cut_costs_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note("web", WRITTEN)
    journal.note("web", TOOK)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    assert journal.left() == (Hardened("web", changes=(WRITTEN,)),)


def test_nothing_is_left_of_what_a_run_has_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.clear()
    journal.note("web", WRITTEN)
    journal.clear()
    assert journal.left() == () and list(tmp_path.iterdir()) == []


def test_who_was_begun_is_known_without_a_change(tmp_path: Path) -> None:
    """A visit says what it changed only when it ends: a run that is killed before wrote no more."""
    journal = Journal(tmp_path)
    assert journal.begun() == {}
    journal.begin({"web": "r1", "db": "r1"})
    journal.note("web", WRITTEN)
    assert Journal(tmp_path).begun() == {"web": "r1", "db": "r1"}
    assert journal.left() == (Hardened("web", changes=(WRITTEN,)),)


def test_a_journal_of_a_release_before_names_who_was_changed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note("web", WRITTEN)
    assert journal.begun() == {"web": ""}
