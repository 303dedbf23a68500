"""What is remembered of a machine's files."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from stacks.provider.kinds.machine_files import FileInputs, record, recorded

NOTE = FileInputs(path="/etc/note", content="hello", mode=0o640, apply=("systemctl reload x",))


def test_the_record_tells_what_was_written_without_its_content() -> None:
    tag = record([NOTE])
    assert recorded(tag) == {"/etc/note": NOTE.digest}
    assert "hello" not in tag


@pytest.mark.parametrize(
    "changed",
    [{"content": "hello\n"}, {"mode": 0o644}, {"uid": 1}, {"gid": 1}],
)
def test_a_change_of_content_mode_or_owner_changes_the_digest(changed: dict[str, object]) -> None:
    assert NOTE.model_copy(update=changed).digest != NOTE.digest


@pytest.mark.parametrize("tag", [None, "", "not json", "{"])
def test_a_record_that_is_lost_or_broken_is_empty(tag: str | None) -> None:
    assert recorded(tag) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "etc/note"},
        {"path": "/etc/"},
        {"path": "/etc/note", "mode": 0o4755},
        {"path": "/etc/note", "owner": "root"},
    ],
)
def test_what_is_no_file_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FileInputs.model_validate({"content": "", **wrong})


def test_a_file_does_not_show_its_content() -> None:
    assert "hello" not in repr(NOTE)
