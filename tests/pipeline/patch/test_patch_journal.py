"""What patching writes down as it goes: what is left of it when the controller is killed."""

from __future__ import annotations

from pathlib import Path

from govctl.evidence.patching import patched_in
from govctl.pipeline.patch.patch_journal import PatchJournal, interrupted_document
from govctl.pipeline.patch.patch_state import PatchState
from govctl.pipeline.patch.patching import Patched
from scanners.host.formats.apt_simulation import Install
from scanners.host.patching.updates import Update

OPENSSL = Update("openssl", "3.0.1", "3.0.2", security=True, archives=("Debian-Security",))
WEB, DB = (PatchState(name, "due", chosen=(OPENSSL,)) for name in ("web", "db"))


def test_what_was_begun_and_what_answered_are_left_until_a_run_keeps_them(tmp_path: Path) -> None:
    journal = PatchJournal(tmp_path)
    assert journal.left() == ()
    journal.begin([WEB, DB])
    journal.note(Patched("db", DB, installed=(Install("openssl", "3.0.1", "3.0.2", ""),), log="x"))
    place = tmp_path / "patching.jsonl"
    assert place.stat().st_mode & 0o077 == 0
    with place.open("a") as file:
        file.write('{"machine": "web", "patc')  # killed while it wrote

    now = {"web": PatchState("web", "current", versions={"openssl": "3.0.2"})}
    found = patched_in(interrupted_document(PatchJournal(tmp_path).left(), now))
    assert found["web"].begun and not found["web"].answered
    assert found["web"].now == {"openssl": "3.0.2"}
    assert [one.after for one in found["db"].installed] == ["3.0.2"] and found["db"].log == "x"

    journal.clear()
    assert journal.left() == ()
