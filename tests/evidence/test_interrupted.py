"""What is killed, meets another writer or a full disk leaves a whole store, or nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.errors import MissingPrerequisite
from govctl.evidence import Run, Store
from govctl.evidence.checking import check_store

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from govctl.evidence import Store
from scanners.host import bundle
from scanners.host.model import Raw
from tests.reports import examples
store = Store(Path(sys.argv[1]))
with store.begin(examples.STARTED) as draft:
    draft.keep("edge", b"raw")
    print(draft.id, flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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


def test_a_killed_run_leaves_nothing(store: Store, run: Run) -> None:
    store.write(run, {})
    before = contents(store.path.parent)
    with writer(store, "die") as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert contents(store.path.parent) == before
    assert store.ids() == (run.id,)


COMMITTING = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from govctl.evidence import Store
from govctl.evidence.chain import Chain
from scanners.host import bundle
from scanners.host.model import Raw
from tests.reports import examples
add = Chain.add_run
def dies(*words):
    add(*words)
    os.kill(os.getpid(), signal.SIGKILL)
Chain.add_run = dies
run = examples.run(examples.estate(), examples.checks())
Store(Path(sys.argv[1])).write(replace(run, id="20261130T000000.000Z-000000"), {"edge": b"new"})
"""


def test_a_run_killed_while_it_is_committed_is_not_there(store: Store, run: Run) -> None:
    store.write(run, {})
    done = subprocess.run(
        [sys.executable, "-c", COMMITTING, str(store.path)], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert store.ids() == (run.id,)
    assert check_store(store, None).intact
    newer = replace(run, id="20261201T000000.000Z-000000")
    store.write(newer, {})
    assert store.ids() == (run.id, newer.id)
    assert check_store(store, None).intact


def test_a_run_that_is_being_measured_does_not_stop_another(store: Store, run: Run) -> None:
    with writer(store, "wait") as process:
        assert process.stdout is not None
        process.stdout.readline()
        store.write(run, {})
        process.communicate("")
    assert store.ids() == (run.id,)


WRITING = """
import sys
from dataclasses import replace
from pathlib import Path
from govctl.evidence import Store
from scanners.host import bundle
from scanners.host.model import Raw
from tests.reports import examples
run = examples.run(examples.estate(), examples.checks())
for number in range(5):
    name = f"202611{sys.argv[2]}T00000{number}.000Z-000000"
    Store(Path(sys.argv[1])).write(replace(run, id=name), {"edge": name.encode()})
"""


def test_two_writers_at_once_both_succeed_in_turn(store: Store) -> None:
    words = [sys.executable, "-c", WRITING, str(store.path)]
    writers = [subprocess.Popen([*words, day], cwd=ROOT) for day in ("24", "25")]
    assert [process.wait(60) for process in writers] == [0, 0]
    assert len(store.ids()) == 10
    report = check_store(store, None)
    assert report.intact
    assert [entry.sequence for entry in report.chains[0].entries] == list(range(11))


FULL = """
import sys
from pathlib import Path
from govctl.errors import MissingPrerequisite
from govctl.evidence import Store
from scanners.host import bundle
from scanners.host.model import Raw
from tests.reports import examples
import os
run = examples.run(examples.estate(), examples.checks())
store = Store(Path(sys.argv[1]) / "runs")
store.write(run, {})
try:
    with store.begin(run.started) as draft:
        draft.keep("edge", os.urandom(1 << 21))
except MissingPrerequisite as error:
    print(error.message, "|", error.hint)
print(store.ids())
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
    mount = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$1"'
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
    assert said.startswith(f"no room left on the disk of {disk}: this run was not kept | free")
    assert left == "('20261122T044212.345Z-3f9a1c',)"
    assert MissingPrerequisite.exit_code == 3
