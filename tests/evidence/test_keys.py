"""Keys: made once, given from outside, changed; former evidence stays verifiable."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govctl.errors import InputError, UsageError
from govctl.evidence import Store
from govctl.evidence.checking import check_store
from govctl.evidence.keys import VARIABLE
from tests.evidence.conftest import chain, named
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks())


def pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_after_a_change_of_keys_the_old_and_the_new_evidence_hold(tmp_path: Path) -> None:
    store = chain(tmp_path)
    first = store.chain.ring.own()
    store.chain.rotate()
    store.chain.rotate()
    store.write(named(RUN, 5), {})
    assert first is not None
    report = check_store(store, None, trusted=first.public_key())
    assert report.intact
    assert len(report.chains[0].keys) == 3
    assert check_store(store, None).intact


def test_a_key_from_outside_wins_and_the_former_signs_the_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = chain(tmp_path)
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_text(pem(key))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key.pem"))
    store.write(named(RUN, 5), {})
    report = check_store(store, None, trusted=key.public_key())
    assert report.intact
    assert [entry.kind for entry in report.chains[0].entries] == [
        "chain",
        "run",
        "run",
        "key",
        "run",
    ]
    monkeypatch.setenv(VARIABLE, pem(key))
    store.write(named(RUN, 6), {})
    assert check_store(store, None).intact


def test_a_key_that_no_former_key_vouches_for_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = chain(tmp_path)
    store.chain.ring.file.unlink()
    with pytest.raises(UsageError, match="does not sign this estate's evidence"):
        store.begin(RUN.started)
    monkeypatch.setenv(VARIABLE, pem(Ed25519PrivateKey.generate()))
    with pytest.raises(UsageError, match="does not sign this estate's evidence"):
        store.begin(RUN.started)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_change_of_keys_that_was_cut_short_is_carried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    store = chain(tmp_path)

    def dies(*_words: object) -> None:
        raise KeyboardInterrupt

    target = "_change" if moment == "before" else "remember"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store.chain, target, dies)
        if moment == "after":
            patched.setattr(store.chain.ring, "take", dies)
        store.chain.rotate()
    Store(store.path).write(named(RUN, 5), {})
    assert check_store(store, None).intact


@pytest.mark.parametrize("content", ["", "no key", pem(Ed25519PrivateKey.generate())[:60]])
def test_what_is_no_key_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "key.pem").write_text(content)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key.pem"))
    with pytest.raises(InputError, match=r"key\.pem: this is no Ed25519 key"):
        chain(tmp_path)


def test_a_chain_is_found_by_its_key_if_the_head_is_lost(tmp_path: Path) -> None:
    store = chain(tmp_path)
    (tmp_path / ".govctl" / "keys" / "head.json").unlink()
    store.write(named(RUN, 5), {})
    assert len(store.ids()) == 3
    assert len(check_store(store, None).chains) == 1
