"""Every way to change kept evidence is named: what was changed, and how."""

from __future__ import annotations

import base64
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govctl.errors import InputError
from govctl.evidence import Store, dsse, statement
from govctl.evidence.checking import check_store
from govctl.evidence.keys import KeyRing
from tests.reports import examples

RUNS = 4
Database = sqlite3.Connection


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An estate's folder with a chain: 0 its beginning, 1–4 runs."""
    folder = tmp_path_factory.mktemp("estate") / ".govctl"
    run = examples.run(examples.estate(), examples.checks())
    for number in range(1, RUNS + 1):
        store = Store(folder / "runs")
        facts = "".join(f"line {line} of run {number}\n" for line in range(3000))
        store.write(replace(run, id=run_id(number)), {"edge": facts.encode()})
    return folder


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Store:
    import shutil

    folder = tmp_path / ".govctl"
    shutil.copytree(template, folder)
    return Store(folder / "runs")


def run_id(number: int) -> str:
    return f"2026112{number}T000000.000Z-00000{number}"


@contextmanager
def other_hands(store: Store) -> Iterator[Database]:
    connection = sqlite3.connect(store.database.file)
    with connection:
        yield connection
    connection.close()


def envelope(rows: Database, number: int) -> bytes:
    (data,) = rows.execute(
        "SELECT envelope FROM govctl_entries WHERE sequence = ?", (number,)
    ).fetchone()
    return zlib.decompress(data)


def put(rows: Database, number: int, data: bytes) -> None:
    words = (zlib.compress(data), number)
    assert rows.execute("UPDATE govctl_entries SET envelope = ? WHERE sequence = ?", words).rowcount


def delete(rows: Database, *numbers: int) -> None:
    for number in numbers:
        rows.execute("DELETE FROM govctl_entries WHERE sequence = ?", (number,))


def own_key(store: Store) -> Ed25519PrivateKey:
    key = KeyRing(store.path.parent / "keys").own()
    assert key is not None
    return key


def rewritten(
    rows: Database,
    number: int,
    change: Callable[[dict[str, Any]], object],
    *keys: Ed25519PrivateKey,
) -> None:
    """An entry that says something else, signed again."""
    said = dsse.statement_of(dsse.read(envelope(rows, number)))
    change(said)
    put(rows, number, dsse.sign(said, keys))


def predicate(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda said: said["predicate"].update(values)


def edit_payload(rows: Database, store: Store) -> None:
    found = dsse.read(envelope(rows, 2))
    said = dsse.statement_of(found)
    said["predicate"]["about"]["who"] = "nobody@desk"
    changed = replace(found, payload=dsse.canonical(said))
    document = {
        "payload": base64.b64encode(changed.payload).decode(),
        "payloadType": changed.type,
        "signatures": [
            {"keyid": keyid, "sig": base64.b64encode(signature).decode()}
            for keyid, signature in changed.signatures
        ],
    }
    put(rows, 2, dsse.canonical(document))


def re_sign_one(rows: Database, store: Store) -> None:
    rewritten(rows, 2, lambda said: None, Ed25519PrivateKey.generate())


def re_sign_all(rows: Database, store: Store) -> None:
    """A whole chain anew, by somebody without the key: consistent in itself."""
    key = Ed25519PrivateKey.generate()
    public, before, chain = dsse.hex_of(key.public_key()), "", ""
    for number in range(RUNS + 1):
        said = dsse.statement_of(dsse.read(envelope(rows, number)))
        said["predicate"] |= {"key": public, "previous": before, "chain": chain}
        data = dsse.sign(said, [key])
        before, chain = statement.sealed(data), chain or statement.chain_of(dsse.read(data))
        put(rows, number, data)
    rows.execute("UPDATE govctl_entries SET chain = ?", (chain,))
    rows.execute("UPDATE govctl_holdings SET chain = ?", (chain,))


def rewrite_with_key(rows: Database, store: Store) -> None:
    """By somebody who has the key: only what follows tells."""
    rewritten(rows, 2, lambda said: said["predicate"]["about"].update(who="x"), own_key(store))


def rewrite_newest_with_key(rows: Database, store: Store) -> None:
    rewritten(rows, RUNS, lambda said: said["predicate"]["about"].update(who="x"), own_key(store))


def claim_other_key(rows: Database, store: Store) -> None:
    other = dsse.hex_of(Ed25519PrivateKey.generate().public_key())
    rewritten(rows, 2, predicate(key=other), own_key(store))


def usurp(rows: Database, store: Store) -> None:
    """A change of key that the former key has not signed."""
    key = Ed25519PrivateKey.generate()
    said = predicate(kind="key", key=dsse.hex_of(key.public_key()), about={})
    rewritten(rows, RUNS, said, key)
    rows.execute("UPDATE govctl_entries SET run = NULL WHERE sequence = ?", (RUNS,))


def push_key(rows: Database, store: Store) -> None:
    """A change to a key whose owner has not signed: evidence would be put down to another."""
    victim = Ed25519PrivateKey.generate()
    said = predicate(kind="key", key=dsse.hex_of(victim.public_key()), about={})
    rewritten(rows, RUNS, said, own_key(store))
    rows.execute("UPDATE govctl_entries SET run = NULL WHERE sequence = ?", (RUNS,))


def no_signature(rows: Database, store: Store) -> None:
    rewritten(rows, 2, lambda said: None)


def swap(rows: Database, store: Store) -> None:
    two, three = envelope(rows, 2), envelope(rows, 3)
    put(rows, 2, three)
    put(rows, 3, two)


def put_twice(rows: Database, store: Store) -> None:
    rows.execute(
        "INSERT INTO govctl_entries SELECT chain, ?, run, envelope FROM govctl_entries"
        " WHERE sequence = 2", (RUNS + 1,),
    )  # fmt: skip


def same_run_again(rows: Database, store: Store) -> None:
    about = dsse.statement_of(dsse.read(envelope(rows, 1)))["predicate"]["about"]
    rewritten(rows, RUNS, predicate(about=about), own_key(store))
    rows.execute("UPDATE govctl_entries SET run = ? WHERE sequence = ?", (run_id(1), RUNS))


def another_chain(rows: Database, store: Store) -> None:
    rewritten(rows, 2, predicate(chain="0" * 64), own_key(store))


def another_beginning(rows: Database, store: Store) -> None:
    said = dsse.statement_of(dsse.read(envelope(rows, 0)))
    said["predicate"]["about"]["nonce"] = "x"
    put(rows, 0, dsse.sign(said, [own_key(store)]))


def back_in_time(rows: Database, store: Store) -> None:
    rewritten(rows, RUNS, predicate(recorded="2020-01-01T00:00:00.000+00:00"), own_key(store))


def label(rows: Database, store: Store) -> None:
    rows.execute("UPDATE govctl_entries SET run = 'another' WHERE sequence = 2")


def not_packed(rows: Database, store: Store) -> None:
    rows.execute("UPDATE govctl_entries SET envelope = x'00' WHERE sequence = 2")


def cut_short(rows: Database, store: Store) -> None:
    put(rows, 2, envelope(rows, 2)[:-40])


def blanks(rows: Database, store: Store) -> None:
    put(rows, 2, envelope(rows, 2).replace(b'","', b'", "', 1))


def other_type(rows: Database, store: Store) -> None:
    put(rows, 2, envelope(rows, 2).replace(b"vnd.in-toto+json", b"vnd.in-toto+yaml"))


def everything(rows: Database, store: Store) -> None:
    rows.execute("DELETE FROM govctl_entries")


def blob(rows: Database, store: Store, name: str, number: int = 2) -> bytes:
    subject = statement.read(dsse.read(envelope(rows, number))).subject(name)
    assert subject is not None
    return bytes.fromhex(subject.digest)


def change_object(rows: Database, store: Store) -> None:
    words = (zlib.compress(b'{"schema": 2}'), blob(rows, store, "run.json"))
    rows.execute("UPDATE govctl_blobs SET data = ? WHERE digest = ?", words)


def remove_object(rows: Database, store: Store) -> None:
    rows.execute("DELETE FROM govctl_blobs WHERE digest = ?",
                 (blob(rows, store, "findings/edge.json", 1),))  # fmt: skip


def spoil_object(rows: Database, store: Store) -> None:
    rows.execute("UPDATE govctl_blobs SET data = x'789c00' WHERE digest = ?",
                 (blob(rows, store, "run.json"),))  # fmt: skip


def pieces_of(rows: Database, store: Store) -> list[bytes]:
    words = (blob(rows, store, "facts/edge.json.gz"),)
    (data,) = rows.execute("SELECT data FROM govctl_blobs WHERE digest = ?", words).fetchone()
    recipe = zlib.decompress(data)
    return [recipe[at : at + 32] for at in range(0, len(recipe), 33)]


def change_piece(rows: Database, store: Store) -> None:
    piece = pieces_of(rows, store)[1]
    (data,) = rows.execute("SELECT data FROM govctl_blobs WHERE digest = ?", (piece,)).fetchone()
    content = zlib.decompress(data).replace(b"line", b"lime", 1)
    rows.execute("UPDATE govctl_blobs SET data = ? WHERE digest = ?",
                 (zlib.compress(content), piece))  # fmt: skip


def remove_piece(rows: Database, store: Store) -> None:
    rows.execute("DELETE FROM govctl_blobs WHERE digest = ?", (pieces_of(rows, store)[1],))


def reorder_pieces(rows: Database, store: Store) -> None:
    digest = blob(rows, store, "facts/edge.json.gz")
    found = pieces_of(rows, store)[::-1]
    recipe = b"".join(piece + b"\0" for piece in found)
    words = (zlib.compress(recipe), digest)
    rows.execute("UPDATE govctl_blobs SET data = ? WHERE digest = ?", words)


def remove_head_chain(rows: Database, store: Store) -> None:
    everything(rows, store)
    rows.execute("DELETE FROM govctl_holdings")


TAMPERINGS: list[tuple[Callable[[Database, Store], object], set[str], str]] = [
    (edit_payload, {"edited"}, run_id(2)),
    (re_sign_one, {"re-signed"}, run_id(2)),
    (re_sign_all, {"truncated"}, ""),
    (rewrite_with_key, {"link"}, run_id(3)),
    (rewrite_newest_with_key, {"rewritten"}, run_id(RUNS)),
    (claim_other_key, {"key"}, run_id(2)),
    (usurp, {"re-signed", "rewritten"}, ""),
    (push_key, {"key", "rewritten"}, ""),
    (no_signature, {"re-signed"}, run_id(2)),
    (lambda rows, _store: delete(rows, 2), {"removed"}, run_id(3)),
    (lambda rows, _store: delete(rows, 1, 2), {"removed"}, run_id(3)),
    (lambda rows, _store: delete(rows, 0), {"removed"}, run_id(1)),
    (lambda rows, _store: delete(rows, RUNS), {"truncated"}, ""),
    (lambda rows, _store: delete(rows, 3, RUNS), {"truncated"}, ""),
    (everything, {"truncated"}, ""),
    (remove_head_chain, {"truncated"}, ""),
    (swap, {"reordered", "label"}, run_id(2)),
    (put_twice, {"reordered", "duplicate-run"}, run_id(2)),
    (same_run_again, {"duplicate-run", "rewritten"}, run_id(1)),
    (another_chain, {"foreign"}, run_id(2)),
    (another_beginning, {"beginning"}, ""),
    (back_in_time, {"clock", "rewritten"}, run_id(RUNS)),
    (label, {"label"}, "another"),
    (not_packed, {"unreadable"}, run_id(2)),
    (cut_short, {"envelope"}, run_id(2)),
    (blanks, {"envelope"}, run_id(2)),
    (other_type, {"envelope"}, run_id(2)),
    (change_object, {"object-changed"}, run_id(2)),
    (remove_object, {"object-missing"}, run_id(1)),
    (spoil_object, {"object-unreadable"}, run_id(2)),
    (change_piece, {"object-changed"}, run_id(2)),
    (remove_piece, {"object-missing"}, run_id(2)),
    (reorder_pieces, {"object-changed"}, run_id(2)),
]


def test_a_chain_that_nobody_touched_is_intact(store: Store) -> None:
    report = check_store(store, None)
    assert report.intact
    assert report.chains[0].trusted
    assert len(report.chains[0].entries) == RUNS + 1


@pytest.mark.parametrize(
    ("tamper", "codes", "run"),
    TAMPERINGS,
    ids=[f"{number}-{'-'.join(sorted(codes))}" for number, (_, codes, _) in enumerate(TAMPERINGS)],
)
def test_tampering_is_named(
    store: Store, tamper: Callable[[Database, Store], object], codes: set[str], run: str
) -> None:
    with other_hands(store) as rows:
        tamper(rows, store)
    report = check_store(store, None)
    faults = [*report.faults, *(fault for one in report.chains for fault in one.faults)]
    assert not report.intact
    assert codes <= {fault.code for fault in faults}, [fault.text.render() for fault in faults]
    if run:
        assert run in {fault.run for fault in faults}


def test_one_changed_run_is_the_only_one_that_is_blamed(store: Store) -> None:
    with other_hands(store) as rows:
        edit_payload(rows, store)
        change_object(rows, store)
    (chain,) = check_store(store, None).chains
    assert {fault.run for fault in chain.faults} == {run_id(2)}


def test_a_changed_piece_is_placed_between_two_bytes(store: Store) -> None:
    with other_hands(store) as rows:
        change_piece(rows, store)
    (fault,) = check_store(store, run_id(2)).chains[0].faults
    assert fault.object == "facts/edge.json.gz"
    values = fault.text.values
    assert 8192 <= int(values["first"]) < int(values["last"])


def test_nothing_is_added_to_a_chain_that_was_removed(store: Store) -> None:
    with other_hands(store) as rows:
        everything(rows, store)
    run = examples.run(examples.estate(), examples.checks())
    with pytest.raises(InputError, match="that this estate has written is not there"):
        store.write(run, {})


@pytest.mark.parametrize(
    "tamper", [lambda rows, _store: delete(rows, RUNS), rewrite_newest_with_key]
)
def test_a_run_that_is_added_after_a_loss_tells_it_for_ever(
    store: Store, tamper: Callable[[Database, Store], object]
) -> None:
    with other_hands(store) as rows:
        tamper(rows, store)
    again = Store(store.path)
    for name in ("20261122T080000.000Z-000001", "20261122T090000.000Z-000002"):
        run = replace(examples.run(examples.estate(), examples.checks()), id=name)
        again.write(run, {})
        faults = [fault for one in check_store(again, None).chains for fault in one.faults]
        assert {fault.code for fault in faults} - {"clock"} == {"lost"}
        assert str(RUNS) in faults[0].text.render()


def test_a_store_without_the_chain_is_named_before_anything_is_measured(
    store: Store, tmp_path: Path
) -> None:
    store.database.file.rename(tmp_path / "elsewhere")
    empty = Store(store.path)
    with pytest.raises(InputError, match="govctl evidence import"):
        empty.begin(datetime.now(UTC))
    (fault,) = check_store(empty, None).faults
    assert fault.code == "truncated"
