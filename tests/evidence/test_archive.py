"""Evidence goes from one store to another in a file: the same bytes each time, all or nothing."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from govctl.evidence import Store
from govctl.evidence.checking import Report, check_file, check_store
from govctl.evidence.keys import KeyRing, read_public
from govctl.evidence.transfer import export, import_file
from tests.evidence.conftest import chain


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return chain(tmp_path_factory.mktemp("commune"), 3, "viet-tri")


@pytest.fixture(scope="module")
def file(commune: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "commune.zip"
    export(commune, commune.ids(), path)
    return path


@pytest.fixture
def province(tmp_path: Path) -> Store:
    return chain(tmp_path / "province", 1)


def rewritten(file: Path, target: Path, **members: bytes | None) -> Path:
    """A copy with other members, with the digest of the whole as an attacker would leave it."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        new.comment = old.comment
        for name in old.namelist():
            content = members.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def codes(report: Report) -> set[str]:
    return {f.code for f in report.faults} | {f.code for one in report.chains for f in one.faults}


def test_the_same_runs_give_the_same_bytes(commune: Store, file: Path, tmp_path: Path) -> None:
    export(commune, commune.ids()[::-1], tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_verifies_alone(file: Path, commune: Store) -> None:
    report = check_file(file)
    assert report.intact
    assert not report.chains[0].trusted
    key = read_public(KeyRing(commune.path.parent / "keys").file.with_suffix(".pub"))
    assert check_file(file, trusted=key).chains[0].trusted


def test_to_import_twice_changes_nothing(province: Store, file: Path, commune: Store) -> None:
    own = province.ids()
    (first,) = import_file(province, file)
    assert (first.estate, first.runs, first.is_new) == ("viet-tri", commune.ids(), True)
    (again,) = import_file(province, file)
    assert (again.runs, again.known, again.is_new) == ((), 3, False)
    assert province.ids() == own
    assert province.load(commune.ids()[1]).estate == "viet-tri"
    assert province.raw(commune.ids()[1], "edge") == commune.raw(commune.ids()[1], "edge")
    assert check_store(province, None).intact
    assert len(check_store(province, None).chains) == 2


def test_some_runs_first_and_the_others_later(
    province: Store, commune: Store, tmp_path: Path
) -> None:
    last = commune.ids()[-1]
    export(commune, [last], tmp_path / "last.zip")
    assert import_file(province, tmp_path / "last.zip")[0].runs == (last,)
    report = check_store(province, None)
    assert report.intact
    assert report.chains[1].absent == commune.ids()[:-1]
    with pytest.raises(InputError, match="it is not there"):
        province.raw(commune.ids()[1], "edge")
    export(commune, commune.ids(), tmp_path / "all.zip")
    assert import_file(province, tmp_path / "all.zip")[0].runs == commune.ids()[:-1]
    assert check_store(province, None).chains[1].absent == ()


def test_a_chain_that_was_rewritten_is_refused_and_nothing_is_taken(
    province: Store, tmp_path: Path
) -> None:
    commune = chain(tmp_path / "commune", 2, "viet-tri")
    copied = tmp_path / "copy"
    import shutil

    shutil.copytree(commune.path.parent, copied / ".govctl")
    for folder, number in ((tmp_path / "commune", 3), (copied, 3)):
        store = Store(folder / ".govctl" / "runs")
        run = store.load(store.ids()[0])
        from dataclasses import replace

        store.write(
            replace(run, id=f"2026112{number}T000000.000Z-00000{number}", who=str(folder)), {}
        )
        export(store, store.ids(), folder / "file.zip")
    import_file(province, tmp_path / "commune" / "file.zip")
    with pytest.raises(InputError, match="entry 3 is another than the one that is here"):
        import_file(province, copied / "file.zip")
    assert check_store(province, None).intact


def test_another_key_than_the_one_that_is_known_is_refused(province: Store, file: Path) -> None:
    key = KeyRing(province.path.parent / "keys").own()
    assert key is not None
    with pytest.raises(InputError, match="signed with another key"):
        import_file(province, file, key.public_key())
    assert len(check_store(province, None).chains) == 1


def test_any_byte_that_was_changed_is_noticed(file: Path, tmp_path: Path, province: Store) -> None:
    content = file.read_bytes()
    before = province.database.file.read_bytes()
    for offset in range(0, len(content), len(content) // 25):
        changed = bytearray(content)
        changed[offset] ^= 0x20
        path = tmp_path / "changed.zip"
        path.write_bytes(changed)
        with suppress(InputError):
            assert not check_file(path).intact, offset
        with pytest.raises(InputError):
            import_file(province, path)
    assert province.database.file.read_bytes() == before


@pytest.mark.parametrize("size", [0, 10, 5000, -70])
def test_a_file_that_is_cut_is_refused(file: Path, tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(file.read_bytes()[:size])
    with pytest.raises(InputError, match=r"cut\.zip: this is no exported evidence, or it is cut"):
        check_file(path)


def members(file: Path, prefix: str) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return [name for name in archive.namelist() if name.startswith(prefix)]


def test_members_that_were_changed_or_removed_are_named(file: Path, tmp_path: Path) -> None:
    (_first, second, *_rest) = members(file, "chains/")
    blob = members(file, "blobs/")[0]
    cases: list[tuple[str, bytes | None, set[str]]] = [
        (second, None, {"removed"}),
        (second, b"{}", {"envelope"}),
        (blob, None, {"object-missing"}),
        (blob, b"another", {"object-changed"}),
    ]
    for name, content, expected in cases:
        report = check_file(rewritten(file, tmp_path / "x.zip", **{name: content}))
        assert expected | {"file"} <= codes(report), name


def test_what_does_not_belong_into_a_file_is_refused(file: Path, tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "blobs/zz", "run.sh"):
        path = tmp_path / "more.zip"
        path.write_bytes(file.read_bytes())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, "x")
        with pytest.raises(InputError, match="no exported evidence"):
            check_file(path)


def test_a_file_of_a_newer_govctl_says_so(file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        index = json.loads(archive.read("evidence.json"))
    path = rewritten(file, tmp_path / "new.zip",
                     **{"evidence.json": json.dumps(index | {"schema": 2}).encode()})  # fmt: skip
    with pytest.raises(InputError, match=r"newer govctl \(schema 2\)"):
        check_file(path)


def test_a_copy_tells_line_and_offset_of_a_change(
    file: Path, commune: Store, tmp_path: Path
) -> None:
    name = commune.ids()[1]
    subject = commune.entry(name).subject("run.json")
    assert subject is not None
    member = f"blobs/{subject.digest}"
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        content = archive.read(member)
    changed = content.replace(b"officer@admin", b"nobody_@admin")
    path = rewritten(file, tmp_path / "x.zip", **{member: changed})
    faults = check_file(path, copy=file).chains[0].faults
    offset = content.index(b"officer@admin")
    line = content.count(b"\n", 0, offset) + 1
    assert faults[0].text.render("en") == (
        f"run.json is not what was kept: the first change is at byte {offset}, line {line}"
    )


def test_a_damaged_store_exports_nothing(tmp_path: Path) -> None:
    store = chain(tmp_path, 2)
    import sqlite3

    with sqlite3.connect(store.database.file) as connection:
        connection.execute("DELETE FROM govctl_blobs")
    connection.close()
    with pytest.raises(InputError, match="is not there"):
        export(store, store.ids(), tmp_path / "x.zip")
    assert [path.name for path in tmp_path.iterdir()] == [".govctl"]


def test_an_unknown_run_is_a_usage_error(commune: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run nothing"):
        export(commune, ["nothing"], tmp_path / "x.zip")
