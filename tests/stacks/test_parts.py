"""What a program cannot do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import UsageError
from stacks.authority import AUTHORITY_ROLE, authority_of
from tests.stacks.province import province


def test_the_one_machine_that_signs_is_found_and_its_lack_is_said(tmp_path: Path) -> None:
    estate = province(tmp_path)
    assert authority_of(estate).role == AUTHORITY_ROLE
    others = tuple(one for one in estate.machines if one.role != AUTHORITY_ROLE)
    with pytest.raises(UsageError, match="phu-tho has no machine that signs certificates"):
        authority_of(estate.model_copy(update={"machines": others}))
