"""The same store in PostgreSQL, on a real server."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from govctl.errors import InputError, MissingPrerequisite, UsageError
from govctl.evidence import Store
from govctl.evidence.checking import check_store
from govctl.evidence.transfer import export, import_file
from tests.evidence.conftest import chain, named
from tests.evidence.postgres import Server
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks())
ROOT = Path(__file__).parents[2]


def store(folder: Path, url: str) -> Store:
    return Store(folder / ".govctl" / "runs", url)


def test_runs_come_back_and_verify(postgres: Server, tmp_path: Path) -> None:
    kept = store(tmp_path, postgres.database("verify"))
    assert kept.ids() == ()
    kept.write(RUN, {"edge": b"raw" * 9000})
    assert sorted(kept.load(RUN.id).findings, key=repr) == sorted(RUN.findings, key=repr)
    assert kept.raw(RUN.id, "edge") == b"raw" * 9000
    assert check_store(kept, None).intact
    assert not kept.database.file.exists()


WRITING = """
import sys
from dataclasses import replace
from pathlib import Path
from govctl.evidence import Store
from tests.reports import examples
run = examples.run(examples.estate(), examples.checks())
for number in range(5):
    name = f"202611{sys.argv[3]}T00000{number}.000Z-000000"
    Store(Path(sys.argv[1]), sys.argv[2]).write(replace(run, id=name), {})
"""


def test_two_writers_at_once_both_succeed_in_turn(postgres: Server, tmp_path: Path) -> None:
    url = postgres.database("writers")
    kept = store(tmp_path, url)
    words = [sys.executable, "-c", WRITING, str(kept.path), url]
    writers = [subprocess.Popen([*words, day], cwd=ROOT) for day in ("24", "25")]
    assert [process.wait(60) for process in writers] == [0, 0]
    assert len(kept.ids()) == 10
    assert check_store(kept, None).intact


def test_a_change_by_other_hands_is_named(postgres: Server, tmp_path: Path) -> None:
    kept = store(tmp_path, postgres.database("changed"))
    for number in (1, 2, 3):
        kept.write(named(RUN, number), {"edge": b"raw"})
    with kept.database.writing() as connection:
        connection.execute(sa.text("DELETE FROM govctl_entries WHERE sequence = 2"))
    (verified,) = check_store(kept, None).chains
    assert [fault.code for fault in verified.faults] == ["removed"]


def test_two_estates_share_a_database_and_keep_their_chains(
    postgres: Server, tmp_path: Path
) -> None:
    url = postgres.database("shared")
    one, other = store(tmp_path / "a", url), store(tmp_path / "b", url)
    one.write(RUN, {})
    other.write(named(RUN, 1), {})
    assert one.ids() == (RUN.id,)
    assert other.ids() == (named(RUN, 1).id,)
    assert check_store(one, None).intact


def test_a_file_goes_from_sqlite_to_postgresql(postgres: Server, tmp_path: Path) -> None:
    export(chain(tmp_path / "commune"), chain(tmp_path / "commune", 0).ids(), tmp_path / "c.zip")
    province = store(tmp_path / "province", postgres.database("province"))
    (first,) = import_file(province, tmp_path / "c.zip")
    (second,) = import_file(province, tmp_path / "c.zip")
    assert (len(first.runs), second.runs) == (2, ())
    assert check_store(province, None).intact


@pytest.mark.parametrize("url", ["mysql://a:s3cret@b/c", "nonsense", "postgresql+nothing://x"])
def test_what_is_no_store_is_a_usage_error_without_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises((UsageError, MissingPrerequisite)) as caught:
        store(tmp_path, url).ids()
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://govctl:s3cret@127.0.0.1:1/govctl"
    with pytest.raises(MissingPrerequisite, match="does not answer") as caught:
        store(tmp_path, url).write(replace(RUN), {})
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_newer_store_is_refused(postgres: Server, tmp_path: Path) -> None:
    kept = store(tmp_path, postgres.database("newer"))
    kept.write(RUN, {})
    with kept.database.writing() as connection:
        connection.execute(sa.text("UPDATE govctl_evidence SET schema = 2"))
    with pytest.raises(InputError, match="newer govctl"):
        kept.ids()
