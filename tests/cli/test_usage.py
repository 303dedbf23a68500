"""Wrong words: one line that says what is wrong, a hint, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Govctl, program
from tests.cli.test_help import ORDER

ON_AN_ESTATE = (
    ("validate",),
    ("show",),
    ("show", "--explain", "25"),
    ("plan",),
    ("up", "--yes"),
    ("status",),
    ("drift",),
    ("scan",),
    ("harden",),
    ("report",),
    ("destroy", "--yes"),
    ("inventory",),
    ("unlock", "--yes"),
    ("estate", "reform"),
    ("estate", "lock"),
)


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        ("pln", 'govctl has no command "pln"', "did you mean govctl plan?"),
        ("estate refrom", 'govctl estate has no command "refrom"', "did you mean govctl estate"),
        ("check zzz", 'govctl check has no command "zzz"', "commands: list show"),
        ("plan", "govctl plan needs ESTATE", "see: govctl plan -h"),
        ("init x", "govctl init needs --province NAME", "see: govctl init -h"),
        ("plan a b", "govctl plan does not take: b", "see: govctl plan -h"),
        ("plan a --sve x", "govctl plan has no option --sve", "did you mean --save?"),
        ("plan a --save", "--save needs a value", "see: govctl plan -h"),
        ("up a --yes=1", "--yes does not take a value", "see: govctl up -h"),
        ("show a --format xml", '--format does not take "xml"', "it takes: text, json"),
        ("plan a --lang fr", '--lang does not take "fr"', "it takes: en, vi"),
        ("init x --province 25 --as-of 1", '--as-of does not take "1"', "write YYYY-MM-DD"),
        ("init x --province 25 --communes 0", "--communes takes a number from 1", None),
        ("init x --province Atlantis", "Atlantis", None),
        ("scan", "which machines?", None),
        ("scan --root /nonexistent", "/nonexistent is no folder", None),
        ("check show nope", "no check is called nope", None),
        ("check list --checks nope-*", "no check is called nope-*", None),
    ],
)
def test_wrong_words(govctl: Govctl, words: str, error: str, hint: str | None) -> None:
    said = govctl(*words.split())
    lines = said.err.splitlines()
    assert (said.code, said.out) == (2, "")
    assert lines[0].startswith("error: ")
    assert error in lines[0]
    assert len(lines) <= 2
    if hint:
        assert lines[1].startswith(f"hint: {hint}")


@pytest.mark.parametrize("command", [name for name in ORDER if name not in ("estate", "check")])
def test_no_command_takes_an_unknown_option(govctl: Govctl, command: str) -> None:
    said = govctl(command, "--no-such-option")
    assert said.code == 2
    assert said.err.startswith(f"error: govctl {command} has no option --no-such-option")


@pytest.mark.parametrize("words", ON_AN_ESTATE, ids=" ".join)
def test_a_wrong_description_is_named_by_line_before_anything_is_done(
    govctl: Govctl, broken: Path, words: tuple[str, ...]
) -> None:
    before = {path.name for path in broken.iterdir()}
    said = govctl(*words, broken)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"{broken}/estate.yaml:")
    assert 'unknown component "portal.wbe"; did you mean "portal.web"?' in said.err
    assert "Traceback" not in said.err
    assert {path.name for path in broken.iterdir()} == before


@pytest.mark.parametrize("words", ON_AN_ESTATE, ids=" ".join)
def test_a_folder_that_is_not_there(govctl: Govctl, tmp_path: Path, words: tuple[str, ...]) -> None:
    said = govctl(*words, tmp_path / "nowhere")
    assert said.code == 2
    assert "nowhere" in said.err
    assert not (tmp_path / "nowhere").exists()


def test_the_same_in_vietnamese(govctl: Govctl, broken: Path) -> None:
    assert govctl("--lang", "vi", "plan", "a", "b").err.splitlines() == [
        "lỗi: govctl plan không nhận: b",
        "gợi ý: xem: govctl plan -h",
    ]
    said = govctl("validate", broken, "--lang=vi").err
    assert "(mong đợi" in said
    assert "expected" not in said


@pytest.mark.parametrize("words", [(), ("check",), ("estate",), ("--lang", "vi")], ids=" ".join)
def test_without_a_command_the_help_is_shown_as_an_error(words: tuple[str, ...]) -> None:
    said = program(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Cách dùng: " if "vi" in words else "Usage: ")


def test_ctrl_c_is_no_success_and_says_how_to_carry_on(
    govctl: Govctl, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("govctl.estate.load", interrupted)
    said = govctl("validate", estate)
    assert said.code == 4
    assert said.err.splitlines()[-1] == "stopped; run the same command again to carry on"


def test_nobody_to_ask_is_said_before_anything_is_removed(govctl: Govctl, estate: Path) -> None:
    for command in ("destroy", "unlock"):
        said = govctl(command, estate)
        assert said.code == 2
        assert "hint: say --yes" in said.err
