"""The store keeps a run whole or not at all, and gives back exactly what was put in."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from govctl.errors import InputError, MissingPrerequisite, UsageError
from govctl.evidence import Run, Store, new_run_id
from govctl.texts import msg
from policies.model import Finding
from tests.reports import examples


@pytest.fixture
def run() -> Run:
    return examples.run(examples.estate(), examples.checks())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".govctl" / "runs")


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


def test_findings_stand_in_the_same_order_whatever_came_first(tmp_path: Path, run: Run) -> None:
    texts = []
    for name, findings in (("a", run.findings), ("b", run.findings[::-1])):
        folder = Store(tmp_path / name).write(replace(run, findings=findings), {"edge": b"x"})
        texts.append([path.read_bytes() for path in sorted(folder.rglob("*.*"))])
    assert texts[0] == texts[1]


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
    assert list(store.path.iterdir()) == []


@pytest.mark.parametrize("target", ["/srv/roots/a b", "../../etc/passwd", "..", "x" * 400, "máy/1"])
def test_any_target_gets_a_file_inside_its_run(store: Store, run: Run, target: str) -> None:
    folder = store.write(run, {target: b"raw"})
    assert store.raw(run.id, target) == b"raw"
    assert len(list((folder / "facts").iterdir())) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from govctl.evidence import Store
from tests.reports import examples
store = Store(Path(sys.argv[1]))
with store.begin(examples.STARTED) as draft:
    draft.keep("edge", b"raw")
    print(draft.id, flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
"""


def writer(store: Store, how: str) -> subprocess.Popen[str]:
    """Another process with an unfinished run in this store."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )


def test_a_killed_run_never_looks_finished_and_is_cleaned_at_the_next_start(
    store: Store, run: Run
) -> None:
    with writer(store, "die") as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert len(list(store.path.iterdir())) == 1
    assert store.list() == ()
    store.write(run, {})
    assert [path.name for path in store.path.iterdir()] == [run.id]


def test_a_run_that_is_being_written_is_not_cleaned(store: Store, run: Run) -> None:
    with writer(store, "wait") as process:
        assert process.stdout is not None
        other = process.stdout.readline().strip()
        store.write(run, {})
        assert (store.path / f".partial-{other}" / "facts" / "edge.json.gz").is_file()
        process.communicate("")
    assert [path.name for path in store.path.iterdir()] == [run.id]


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_store_of_a_newer_govctl_says_so(store: Store, run: Run) -> None:
    change(store.write(run, {}) / "run.json", schema=2, id={"new": "shape"})
    for read in (store.list, store.latest, lambda: store.load(run.id)):
        with pytest.raises(InputError, match=r"run\.json: written by a newer govctl \(schema 2\)"):
            read()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", b'{"schema": 1,\n "id": ', r"run\.json:2:8: this evidence is damaged"),
        ("run.json", b"[1]", r"run\.json: this evidence is damaged"),
        ("run.json", b"\xff\xfe", r"run\.json:1:1: this evidence is damaged"),
        ("run.json", b"[" * 100_000, r"run\.json: this evidence is damaged"),
        ("findings.json", b'{"schema": 1, "findings": []}', r"it is not what this run wrote"),
        ("facts/edge.json.gz", b"\x1f\x8b", r"it is not what this run wrote"),
    ],
)
def test_damaged_evidence_is_named(
    store: Store, run: Run, name: str, content: bytes, message: str
) -> None:
    (store.write(run, {"edge": b"raw"}) / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        store.load(run.id)
        store.raw(run.id, "edge")


def test_a_missing_file_is_named(store: Store, run: Run) -> None:
    (store.write(run, {}) / "findings.json").unlink()
    with pytest.raises(InputError, match=r"findings\.json: this evidence is damaged"):
        store.load(run.id)


def test_one_damaged_run_is_named_by_the_list_and_does_not_hide_a_newer_one(
    store: Store, run: Run
) -> None:
    (store.write(run, {}) / "run.json").write_text("{")
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


FULL = """
import sys
from pathlib import Path
from govctl.errors import MissingPrerequisite
from govctl.evidence import Store
from tests.reports import examples
import os
run = examples.run(examples.estate(), examples.checks())
store = Store(Path(sys.argv[1]) / "runs")
store.write(run, {})
try:
    with store.begin(run.started) as draft:
        draft.keep("edge", os.urandom(1 << 20))
except MissingPrerequisite as error:
    print(error.message, "|", error.hint)
print(sorted(path.name for path in store.path.iterdir()))
"""


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(
        ["unshare", "--map-root-user", "--mount", "true"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="mounting a small disk needs a mount namespace",
)
def test_a_full_disk_is_one_clear_error_and_nothing_half_written(tmp_path: Path) -> None:
    script = tmp_path / "full.py"
    script.write_text(textwrap.dedent(FULL))
    mount = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"'
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, str(disk), sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    said, left = done.stdout.splitlines()
    assert said.startswith(f"no room left on the disk of {disk}/runs: this run was not kept | make")
    assert left == "['20261122T044212.345Z-3f9a1c']"
    assert MissingPrerequisite.exit_code == 3


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
