"""The store keeps a run whole or not at all, and gives back exactly what was put in."""

from __future__ import annotations

import errno
import gzip
import hashlib
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from govctl.errors import InputError, MissingPrerequisite, UsageError
from govctl.evidence import Run, Store, new_run_id
from govctl.evidence.database import blobs
from govctl.evidence.draft import one_clear_error
from govctl.evidence.pieces import packed_again
from govctl.evidence.statement import names
from govctl.texts import msg
from policies.model import Finding
from scanners.host import bundle
from scanners.host.model import Raw


def test_a_run_comes_back_as_it_was_written(store: Store, run: Run) -> None:
    folder = store.write(run, {"edge": b'{"raw": "\\u0000"}'}, "<p>trang</p>")
    back = store.load(run.id)
    assert sorted(back.findings, key=repr) == sorted(run.findings, key=repr)
    assert replace(back, findings=()) == replace(run, findings=())
    assert store.raw(run.id, "edge") == b'{"raw": "\\u0000"}'
    assert store.raw(run.id, "firewall") is None
    assert (folder / "report.html").read_text() == "<p>trang</p>"
    assert store.report(run.id) == folder / "report.html"


def test_reasons_are_kept_as_template_and_values(store: Store, run: Run) -> None:
    store.write(run, {})
    assert store.load(run.id).findings[0].reason.template == "{name} is {value}"


def test_bytes_that_are_no_text_survive(store: Store, run: Run) -> None:
    odd = b"PATH=\xff\xfe\x1b[31m".decode("utf-8", "surrogateescape")
    finding = replace(run.findings[0], evidence=(odd,), reason=msg("{line} is there", line=odd))
    store.write(replace(run, findings=(finding,)), {})
    assert store.load(run.id).findings == (finding,)


def test_findings_are_the_same_objects_whatever_came_first(tmp_path: Path, run: Run) -> None:
    subjects = []
    for name, findings in (("a", run.findings), ("b", run.findings[::-1])):
        kept = Store(tmp_path / name / "runs")
        kept.write(replace(run, findings=findings), {"edge": b"x"})
        subjects.append(kept.entry(run.id).subjects)
    assert subjects[0] == subjects[1]


def test_runs_are_listed_by_time_and_the_latest_is_the_last(store: Store, run: Run) -> None:
    assert store.list() == ()
    assert store.latest() is None
    ids = []
    for hours in (5, 1, 3):
        started = run.started + timedelta(hours=hours)
        with store.begin(started) as draft:
            ids.append(draft.id)
            draft.finish(replace(run, id=draft.id, started=started))
    assert [each.id for each in store.list()] == sorted(ids)
    latest = store.latest()
    assert latest is not None
    assert latest.id == ids[0]


def test_two_runs_of_one_instant_have_two_ids(run: Run) -> None:
    assert len({new_run_id(run.started) for _ in range(20)}) == 20
    assert new_run_id(run.started) < new_run_id(run.started + timedelta(milliseconds=1))


def test_a_draft_that_is_left_unfinished_leaves_nothing(store: Store, run: Run) -> None:
    with pytest.raises(KeyboardInterrupt), store.begin(run.started) as draft:
        draft.keep("edge", b"raw")
        raise KeyboardInterrupt
    assert store.ids() == ()
    assert not store.database.exists
    assert list(store.path.iterdir()) == []


@pytest.mark.parametrize("target", ["/srv/roots/a b", "../../etc/passwd", "..", "x" * 400, "máy/1"])
def test_any_target_gets_an_object_of_its_own(store: Store, run: Run, target: str) -> None:
    store.write(run, {target: b"raw", "other": b"else"})
    assert store.raw(run.id, target) == b"raw"
    assert len(names(store.entry(run.id).subjects, "facts")) == 2


def test_what_is_kept_is_its_owners_alone(store: Store, run: Run) -> None:
    store.write(run, {"edge": b"raw"}, "<p>trang</p>")
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in store.path.parent.rglob("*")
        if path.is_file()
    }
    assert modes.pop("evidence.pub") == 0o644
    assert set(modes.values()) == {0o600}
    assert {"evidence.db", "evidence.pem", "head.json", "report.html"} <= set(modes)


def test_a_store_of_a_newer_govctl_says_so(store: Store, run: Run) -> None:
    store.write(run, {})
    with sqlite3.connect(store.database.file) as connection:
        connection.execute("UPDATE govctl_evidence SET schema = 2")
    connection.close()
    for read in (
        store.list,
        store.latest,
        lambda: store.load(run.id),
        lambda: store.write(run, {}),
    ):
        with pytest.raises(
            InputError, match=r"evidence\.db: written by a newer govctl \(schema 2\)"
        ):
            read()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 99])
def test_a_file_that_is_no_store_is_named(store: Store, content: bytes) -> None:
    store.path.mkdir(parents=True)
    store.database.file.write_bytes(content)
    with pytest.raises(InputError, match=r"evidence\.db: this evidence is damaged"):
        store.ids()


def damage(store: Store, statement: str, *values: object) -> None:
    with sqlite3.connect(store.database.file) as connection:
        assert connection.execute(statement, values).rowcount
    connection.close()


@pytest.mark.parametrize(
    "name", ["run.json", "rows.json", "findings/edge.json", "facts/edge.json.gz"]
)
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE govctl_blobs SET data = x'00' WHERE digest = ?", "it is not what this run wrote"),
        ("DELETE FROM govctl_blobs WHERE digest = ?", "it is not there"),
    ],
)
def test_damaged_evidence_is_named(
    store: Store, run: Run, name: str, statement: str, message: str
) -> None:
    store.write(run, {"edge": b"raw"})
    subject = store.entry(run.id).subject(name)
    assert subject is not None
    damage(store, statement, bytes.fromhex(subject.digest))
    with pytest.raises(InputError, match=f"{name}: this evidence is damaged: {message}"):
        store.load(run.id)
        store.raw(run.id, "edge")


def test_one_damaged_run_is_named_by_the_list_and_does_not_hide_a_newer_one(
    store: Store, run: Run
) -> None:
    store.write(run, {})
    subject = store.entry(run.id).subject("run.json")
    assert subject is not None
    damage(store, "DELETE FROM govctl_blobs WHERE digest = ?", bytes.fromhex(subject.digest))
    newer = replace(run, id="20261123T000000.000Z-000000")
    store.write(newer, {})
    with pytest.raises(InputError, match=run.id):
        store.list()
    latest = store.latest()
    assert latest is not None
    assert latest.id == newer.id


@pytest.mark.parametrize("run_id", ["nothing", "", "../runs", ".partial-x"])
def test_an_unknown_run_is_a_usage_error(store: Store, run: Run, run_id: str) -> None:
    store.write(run, {})
    with pytest.raises(UsageError, match="there is no run"):
        store.load(run_id)


def test_what_did_not_change_is_kept_once(store: Store, run: Run) -> None:
    lines = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(5000)]
    sizes = []
    for number in range(3):
        lines[number * 100] = "changed"
        plain = "\n".join(lines).encode()
        packed = gzip.compress(plain, mtime=0, compresslevel=6)
        name = f"2026112{number}T000000.000Z-000000"
        store.write(replace(run, id=name), {"edge": packed, "web": packed})
        assert store.raw(name, "web") == packed
        with store.database.reading() as connection:
            total = sa.select(sa.func.sum(sa.func.length(blobs.c.data)))
            sizes.append(connection.execute(total).scalar_one())
    assert sizes[1] - sizes[0] < len(packed) / 8
    assert sizes[2] - sizes[1] < len(packed) / 8


def test_documents_are_signed_with_their_run(store: Store, run: Run) -> None:
    waivers = [{"id": "w-1", "reason": "máy cũ"}]
    with store.begin(run.started) as draft:
        draft.attach("waivers", waivers)
        draft.finish(replace(run, id=draft.id))
    assert store.document(draft.id, "waivers") == waivers
    assert store.document(draft.id, "attestations") is None
    assert store.entry(draft.id).subject("documents/waivers.json")


def test_a_finding_with_every_field_survives(store: Store, run: Run) -> None:
    finding = Finding(
        target="edge",
        check="log-retention",
        status="fail",
        severity="high",
        reason=msg("kept for {days} days", days=30),
        evidence=("rotate 4", "weekly"),
        requirements=("tcvn14423-2026:5.8.2.1 a",),
        references={"ssg": ("a", "b"), "cis": ()},
        waiver="w-1",
        values=("days 90 (tcvn14423-2026:5.8.2.1 a)",),
    )
    store.write(replace(run, findings=(finding,)), {})
    assert store.load(run.id).findings == (finding,)


def test_facts_that_come_unpacked_are_kept_as_those_that_come_packed(
    store: Store, run: Run
) -> None:
    plain = bundle.plain(bundle.Bundle("edge", "2026-11-22T00:00:00Z", Raw({}, {}, live=True)))
    with store.begin(run.started) as draft:
        draft.keep("edge", packed_again(plain, bundle.LEVEL))
        draft.keep_plain("firewall", plain, bundle.LEVEL)
        draft.keep("log", b"no gzip")
        draft.finish(replace(run, id=draft.id))
    entry = store.entry(draft.id)
    one, other = (entry.subject(f"facts/{name}.json") for name in ("edge", "firewall"))
    assert one is not None
    assert other is not None
    assert (one.digest, one.gzip) == (other.digest, other.gzip)
    assert store.raw(draft.id, "edge") == store.raw(draft.id, "firewall")
    assert store.facts(draft.id, "edge") == plain == store.facts(draft.id, "firewall")
    assert store.facts(draft.id, "nobody") is None
    assert store.facts(draft.id, "log") == b"no gzip"


def test_a_full_disk_is_not_taken_for_damage(store: Store, run: Run) -> None:
    store.write(run, {})
    store.database.close()
    file = store.database.file
    script = (
        'mount -t tmpfs -o size=2m none /mnt && cp "$1" /mnt/evidence.db && '
        '! head -c 3M /dev/zero >/mnt/rest 2>/dev/null && exec $2 -c "$3"'
    )
    reader = (
        "from pathlib import Path; "
        "from govctl.evidence.database import Database; "
        "Database(Path('/mnt/evidence.db'), None).exists"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", file, sys.executable, reader],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "the disk is full: /mnt/evidence.db cannot be written" in done.stderr


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="cannot write to"), one_clear_error(tmp_path):
        raise OSError(errno.EROFS, "Read-only file system")
