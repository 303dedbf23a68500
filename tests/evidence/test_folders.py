"""Runs that an earlier govctl kept in folders are taken in once, and nothing of them is lost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.evidence import Run, Store
from govctl.evidence.checking import check_store
from govctl.evidence.encode import in_order, info_document, to_bytes
from tests.evidence.conftest import named
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks())


def old_folder(path: Path, run: Run, raw: dict[str, bytes]) -> Path:
    """As version 0.1 wrote it."""
    folder = path / run.id
    (folder / "facts").mkdir(parents=True)
    files = {f"facts/{target}.json.gz": content for target, content in raw.items()}
    findings = {"schema": 1, "findings": [asdict(one) for one in in_order(run.findings)]}
    files["findings.json"] = to_bytes(findings)
    files["report.html"] = b"<p>old</p>"
    for name, content in files.items():
        (folder / name).write_bytes(content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    document = info_document(run) | {"schema": 1, "files": digests}
    (folder / "run.json").write_bytes(to_bytes(document))
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / ".govctl" / "runs"
    for number in (2, 1):
        old_folder(path, named(RUN, number), {"edge": b"raw %d" % number})
    return path


def test_old_runs_are_read_signed_and_followed_by_new_ones(path: Path) -> None:
    store = Store(path)
    old = [named(RUN, number).id for number in (1, 2)]
    assert store.ids() == tuple(old)
    assert sorted(store.load(old[0]).findings, key=repr) == sorted(RUN.findings, key=repr)
    assert store.raw(old[1], "edge") == b"raw 2"
    assert store.report(old[0]) == path / old[0] / "report.html"
    assert (path / old[0] / "run.json").is_file()
    assert store.entry(old[0]).about["takenIn"] is True
    store.write(named(RUN, 3), {})
    assert [entry.run for entry in check_store(store, None).chains[0].entries] == [
        None,
        *old,
        named(RUN, 3).id,
    ]


def test_a_folder_that_appears_later_is_not_taken_for_a_run(path: Path) -> None:
    store = Store(path)
    before = store.ids()
    old_folder(path, named(RUN, 5), {})
    assert Store(path).ids() == before


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.json", b'{"schema": 1,\n "id": ', r"run\.json:2:8: this evidence is damaged"),
        ("run.json", b"[1]", r"run\.json: this evidence is damaged"),
        ("findings.json", b'{"schema": 1, "findings": []}', "it is not what this run wrote"),
        ("facts/edge.json.gz", b"\x1f\x8b", "it is not what this run wrote"),
    ],
)
def test_a_damaged_old_run_is_left_out_aloud_and_stops_no_other(
    path: Path, name: str, content: bytes, why: str
) -> None:
    import re

    (path / named(RUN, 1).id / name).write_bytes(content)
    store = Store(path)
    assert store.ids() == (named(RUN, 2).id,)
    (left_out,) = check_store(store, None).left_out
    assert re.search(why, left_out)


def test_an_old_run_of_a_newer_govctl_is_refused(path: Path) -> None:
    file = path / named(RUN, 1).id / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": 2}))
    with pytest.raises(InputError, match=r"run\.json: written by a newer govctl \(schema 2\)"):
        Store(path).ids()
    assert not Store(path).database.exists


def test_two_runs_of_one_id_are_not_kept_twice(path: Path) -> None:
    store = Store(path)
    with pytest.raises(ValueError, match="is kept already"):
        store.write(replace(RUN, id=named(RUN, 1).id), {})
