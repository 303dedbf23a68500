from __future__ import annotations

import errno

import pytest

from govctl.errors import MissingPrerequisite
from govctl.pipeline.folder import writing


@pytest.mark.parametrize(
    ("code", "word"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "/e/x"), (errno.EACCES, "/e/x")],
)
def test_a_folder_that_cannot_be_written_is_one_sentence(code: int, word: str) -> None:
    with pytest.raises(MissingPrerequisite, match=word), writing():
        raise OSError(code, "the system's reason", "/e/x")


def test_other_faults_of_the_system_stay_what_they_are() -> None:
    with pytest.raises(ConnectionResetError), writing():
        raise ConnectionResetError(errno.ECONNRESET, "reset")
