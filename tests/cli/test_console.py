"""What the machine is to blame for is told apart from what a person asked for."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from govctl.cli.console import writing
from govctl.errors import GovctlError, MissingPrerequisite, UsageError


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (errno.ENOSPC, MissingPrerequisite, "the disk is full: here cannot be written"),
        (errno.EDQUOT, MissingPrerequisite, "the disk is full: here cannot be written"),
        (errno.EISDIR, UsageError, "cannot write here: reason"),
    ],
)
def test_a_file_that_cannot_be_written(code: int, kind: type[GovctlError], said: str) -> None:
    with pytest.raises(kind, match=said), writing(Path("here")):
        raise OSError(code, "reason")
