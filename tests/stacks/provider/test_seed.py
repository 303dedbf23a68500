"""The seed's file: made once, found where the estate lies now, written again where it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import TargetError
from stacks.provider.codec import Plain
from stacks.provider.kind import WORK, Before, Context
from stacks.provider.kinds.seed import SeedInputs, SeedKind

NEW = SeedInputs(path="../seed")
CONTEXT: Context = None  # type: ignore[assignment]  # of which a seed needs nothing


def before(outputs: dict[str, Plain], path: str = NEW.path) -> Before:
    return Before("id", {"path": path, "bytes": 32}, outputs)


def at_work(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The engine's folder of an estate here; where its seed belongs."""
    work = folder / ".govctl" / "pulumi"
    work.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv(WORK, str(work))
    return work.parent / "seed"


def is_whole(known: Before) -> bool:
    live = SeedKind().read(CONTEXT, known)
    assert live is not None
    return live.inputs["path"] == known.inputs["path"]


def test_a_moved_estate_has_its_seed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = at_work(monkeypatch, tmp_path / "here")
    made = SeedKind().create(CONTEXT, NEW)
    assert len(file.read_bytes()) == 32 and file.stat().st_mode & 0o777 == 0o600
    known = before(dict(made.outputs))
    assert is_whole(known)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = at_work(monkeypatch, tmp_path / "there")
    assert is_whole(known)
    SeedKind().delete(CONTEXT, known)
    assert not moved.exists()


def test_a_controller_without_the_file_gets_it_from_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = at_work(monkeypatch, tmp_path / "here")
    known = before(dict(SeedKind().create(CONTEXT, NEW).outputs))
    other = at_work(monkeypatch, tmp_path / "elsewhere")
    assert not is_whole(known)
    SeedKind().update(CONTEXT, known, NEW)
    assert other.read_bytes() == file.read_bytes()
    assert is_whole(known)
    other.write_bytes(b"x" * 32)
    with pytest.raises(TargetError, match="another seed"):
        SeedKind().update(CONTEXT, known, NEW)


def test_a_path_of_a_release_before_is_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(monkeypatch, tmp_path / "here")
    old = str(tmp_path / "seed")
    known = before(dict(SeedKind().create(CONTEXT, SeedInputs(path=old)).outputs), old)
    assert is_whole(known)
    SeedKind().delete(CONTEXT, before(dict(known.outputs), ""))
    assert (tmp_path / "seed").exists()
    SeedKind().delete(CONTEXT, known)
    assert not (tmp_path / "seed").exists()
