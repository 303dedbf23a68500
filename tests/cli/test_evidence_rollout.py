"""`evidence show` of a run before which machines were changed in waves, or patched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from govctl.evidence import Store, patching, waves
from tests.cli.conftest import Govctl
from tests.reports import examples
from tests.reports.test_rollout import DONE, KEPT, UPDATE


def kept(estate: Path, documents: dict[str, Any]) -> str:
    """The run of an estate's evidence that holds these documents."""
    run = examples.run(examples.estate(), examples.checks())
    with Store(estate / ".govctl" / "runs").begin(datetime(2026, 11, 22, tzinfo=UTC)) as draft:
        for name, document in documents.items():
            draft.attach(name, document)
        draft.finish(replace(run, id=draft.id))
        return draft.id


def test_waves_and_what_was_patched_are_shown_and_harmless(govctl: Govctl, estate: Path) -> None:
    machines = [{"machine": "web", "updates": [UPDATE], "patched": DONE}]
    begun = [{"machine": "db", "updates": [UPDATE], "patched": None, "began": "x", "now": None}]
    documents = {
        waves.NAME: waves.document_of(KEPT),
        patching.NAME: {"schema": "govctl/patch/1", "machines": machines},
        patching.INTERRUPTED: {"schema": 1, "machines": begun},
    }
    run = kept(estate, documents)
    said = govctl("evidence", "show", run, "-e", estate)
    assert said.code == 0 and "\x1b" not in said.out
    flat = " ".join(said.out.split())
    for words in ("in waves before this scan:", "not begun: third", "patched before this scan:",
                  "web: installed openssl 3.0.1 → 3.0.2", "that was stopped, before this scan:",
                  "db: begun, and nobody knows what came of it"):  # fmt: skip
        assert words in flat, words
    document = json.loads(govctl("evidence", "show", run, "-e", estate, "--format", "json").out)
    assert document[waves.NAME]["left"] == ["third"]
    assert document[patching.NAME]["machines"] == machines


@pytest.mark.parametrize("name", [waves.NAME, patching.NAME])
def test_a_document_that_is_no_such_thing_is_one_clear_error(
    govctl: Govctl, estate: Path, name: str
) -> None:
    run = kept(estate, {name: {"schema": 1}})
    said = govctl("evidence", "show", run, "-e", estate)
    assert said.code == 2 and "this evidence is damaged" in said.err
