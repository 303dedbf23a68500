from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from scanners.host.reach.targets import Target, is_target, read_targets, target_of, unique

GOOD = [
    ("localhost", (None, None, None)),
    ("ssh://web", ("web", None, None)),
    ("ssh://web/", ("web", None, None)),
    ("ssh://admin@192.0.2.10", ("192.0.2.10", "admin", None)),
    ("ssh://admin@192.0.2.10:2222", ("192.0.2.10", "admin", 2222)),
    ("ssh://a.b@[2001:db8::1]", ("2001:db8::1", "a.b", None)),
    ("ssh://[fe80::1%eth0]:22", ("fe80::1%eth0", None, 22)),
    ("ssh://xa%40tinh@host", ("host", "xa@tinh", None)),
]
BAD = [
    "ssh://", "ssh://@host", "ssh://a@", "ssh://2001:db8::1", "ssh://[2001:db8::1", "ssh://h:0",
    "ssh://h:65536", "ssh://h:x", "ssh://h/etc", "ssh://h?x", "ssh://a b", "ssh://-oProxyCommand=x",
    "ssh://a@-x", "http://host", "web", "",
]  # fmt: skip


@pytest.mark.parametrize(("word", "parts"), GOOD)
def test_targets(word: str, parts: tuple[str | None, str | None, int | None]) -> None:
    assert target_of(word) == Target(word, *parts)


@pytest.mark.parametrize("word", BAD)
def test_what_is_no_target(word: str) -> None:
    with pytest.raises(UsageError):
        target_of(word)


def test_a_password_on_the_command_line_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        target_of("ssh://admin:hunter2@host")
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"


def test_a_folder_is_no_target() -> None:
    assert not is_target("estate/")
    assert not is_target("./localhost")
    assert is_target("localhost")
    assert is_target("http://x"), "so that it is refused as a target, not looked for as a folder"


def test_a_file_of_targets(tmp_path: Path) -> None:
    file = tmp_path / "targets"
    file.write_text("# offices\nssh://a  # first\n\n  ssh://b@[::1]:22\nlocalhost\nssh://a\n")
    names = [target.name for target in unique(read_targets(file))]
    assert names == ["ssh://a", "ssh://b@[::1]:22", "localhost"]


@pytest.mark.parametrize(
    ("text", "places"),
    [("ssh://a\n  web\nssh://b:x\n", [(2, 3), (3, 1)]), ("# nothing\n", [(0, 0)])],
)
def test_every_wrong_line_is_named(
    tmp_path: Path, text: str, places: list[tuple[int, int]]
) -> None:
    file = tmp_path / "targets"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read_targets(file)
    assert [(one.line, one.column) for one in refused.value.problems] == places


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError):
        read_targets(tmp_path / "b")
    with pytest.raises(UsageError):
        read_targets(tmp_path / "none")
