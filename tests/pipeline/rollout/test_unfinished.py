"""What a run leaves for the next one to tell."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from govctl.pipeline.rollout.unfinished import Unfinished, expect, expected, read, some, write
from govctl.texts import msg, use_language

LEFT = Unfinished("2026-11-22T15:03:00+00:00", ("a", "b"), msg("the portal is gone"))


def test_what_was_left_is_read_again_and_only_by_its_owner(tmp_path: Path) -> None:
    write(tmp_path, "harden", LEFT)
    assert read(tmp_path, "harden") == LEFT
    assert read(tmp_path, "patch") is None
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]


@pytest.mark.parametrize("nothing", [None, Unfinished("2026-11-22T15:03:00+00:00", ())])
def test_a_run_that_finished_leaves_nothing(tmp_path: Path, nothing: Unfinished | None) -> None:
    write(tmp_path, "harden", LEFT)
    write(tmp_path, "harden", nothing)
    write(tmp_path, "harden", nothing)
    assert list(tmp_path.iterdir()) == []
    assert read(tmp_path, "harden") is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"schema": 2, "machines": ["a"], "since": "", "why": null}',
     '{"schema": 1, "machines": 3, "since": "", "why": null}', '{"schema": 1}', "\udc80"],
)  # fmt: skip
def test_a_file_that_nobody_can_read_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "unfinished-harden.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert read(tmp_path, "harden") is None


def test_why_is_told_in_the_language_of_whoever_reads_it(tmp_path: Path) -> None:
    why = msg("what worked before no longer does: {what}", what="web")
    write(tmp_path, "harden", Unfinished(LEFT.since, ("web",), why))
    left = read(tmp_path, "harden")
    assert left and left.why == why
    assert left.why.render("vi") != left.why.render("en")


def test_a_reason_of_an_earlier_version_stays_as_it_was_written(tmp_path: Path) -> None:
    old = '{"schema": 1, "machines": ["a"], "since": "s", "why": "a {hole} was left"}'
    (tmp_path / "unfinished-harden.json").write_text(old)
    left = read(tmp_path, "harden")
    assert left and left.why and left.why.render("vi") == "a {hole} was left"


def test_it_is_told_when_why_and_which(tmp_path: Path) -> None:
    use_language("en")
    assert LEFT.told().render() == (
        "The run of 2026-11-22T15:03:00+00:00 left 2 unfinished (the portal is gone): a, b"
    )
    cut = Unfinished("2026-11-22T15:03:00+00:00", tuple("abcdef"))
    assert cut.told().render() == (
        "The run of 2026-11-22T15:03:00+00:00 left 6 unfinished (it was interrupted):"
        " a, b, c and 3 more"
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [("", ""), ("ab", "a, b"), ("abcd", "a, b, c, d"), ("abcde", "a, b, c and 2 more")],
)
def test_a_few_names_are_said_and_many_are_counted(names: str, said: str) -> None:
    use_language("en")
    assert some(tuple(names)) == said


WORKED = {("portal", "portal-web-1", "The start page answers"), ("bridge", "bp-1", "Chào")}


def test_what_worked_is_known_until_a_run_ended_well(tmp_path: Path) -> None:
    assert expected(tmp_path) == frozenset()
    expect(tmp_path, WORKED)
    assert expected(tmp_path) == WORKED
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]
    expect(tmp_path, ())
    expect(tmp_path, ())
    assert expected(tmp_path) == frozenset()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2, "worked": [["a", "b", "c"]]}', '{"schema": 1}',
             '{"schema": 1, "worked": [["a"]]}', '{"schema": 1, "worked": 3}'],
)  # fmt: skip
def test_what_nobody_can_read_is_not_expected(tmp_path: Path, text: str) -> None:
    (tmp_path / "services-before.json").write_text(text)
    assert expected(tmp_path) == frozenset()
