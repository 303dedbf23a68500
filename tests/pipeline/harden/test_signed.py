"""An estate that is to be made needs somebody who signs its certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate import load
from govctl.pipeline.harden.contradictions import check_signed
from tests.estate.support import SMALL, write

UNSIGNED = SMALL.partition("\nsystems:")[0] + "\n"


def test_one_with_infrastructure_is_fine(tmp_path: Path) -> None:
    check_signed(load(write(tmp_path)), tmp_path)


def test_one_without_is_refused_where_it_says_that_it_is_made(tmp_path: Path) -> None:
    write(tmp_path, UNSIGNED)
    with pytest.raises(InputError, match="no machine that signs certificates") as told:
        check_signed(load(tmp_path), tmp_path)
    line = UNSIGNED[: UNSIGNED.index("\ntarget:")].count("\n") + 2
    assert [(one.line, one.column) for one in told.value.problems] == [(line, 1)]


def test_one_that_is_only_described_needs_none(tmp_path: Path) -> None:
    write(tmp_path, UNSIGNED.replace("target: {kind: lxd}\n", ""))
    check_signed(load(tmp_path), tmp_path)
