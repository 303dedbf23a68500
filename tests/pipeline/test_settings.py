"""Values that an estate sets must belong to a check."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate import load
from govctl.pipeline.settings import check_values
from tests.estate.support import SMALL, catalogue, changed, write


def _with(folder: Path, values: str) -> Path:
    return write(folder, changed("tiers:", f"values: {values}\ntiers:", SMALL))


def test_known_values_are_taken(tmp_path: Path) -> None:
    folder = _with(tmp_path, '{ssh_max_auth_tries: "3", var_accounts_tmout: "600"}')
    check_values(load(folder, catalogue=catalogue()), folder)


def test_an_unknown_value_is_told_with_its_place(tmp_path: Path) -> None:
    folder = _with(tmp_path, '{ssh_max_auth_trys: "3"}')
    with pytest.raises(InputError) as caught:
        check_values(load(folder, catalogue=catalogue()), folder)
    [problem] = caught.value.problems
    assert (problem.line, problem.column) == (3, 10)
    assert problem.hint == "did you mean ssh_max_auth_tries?"
