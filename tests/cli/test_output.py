"""Results go to standard output or to a whole file; nothing in them is obeyed by a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Govctl, program

JSON = (
    ("validate", "{estate}"),
    ("show", "{estate}"),
    ("show", "{estate}", "--explain", "25"),
    ("estate", "reform", "{estate}"),
    ("check", "list"),
    ("check", "show", "sshd-*"),
    ("scan", "--root", "{estate}", "--checks", "sshd-*"),
)
HOSTILE = '"\\e[31mPhú Thọ\\x9b\\u202e"'
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def filled(words: tuple[str, ...], estate: Path) -> list[str]:
    return [word.format(estate=estate) for word in words]


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_json_stands_alone_on_standard_output(
    govctl: Govctl, estate: Path, words: tuple[str, ...]
) -> None:
    said = govctl(*filled(words, estate), "--format", "json", "--verbose")
    assert said.code in (0, 1)
    assert json.loads(said.out)
    assert said.out.endswith("\n")


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_output_writes_the_same_to_a_file_and_nothing_else(
    govctl: Govctl, estate: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for form in ("json", "text"):
        file = tmp_path / f"result.{form}"
        said = govctl(*filled(words, estate), "--format", form, "-o", file)
        assert said.out == ""
        assert file.stat().st_size > 10
        assert sorted(path.name for path in tmp_path.glob(".*")) == []
    json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))


def test_a_file_that_cannot_be_written_is_a_usage_error_and_leaves_nothing(
    govctl: Govctl, estate: Path, tmp_path: Path
) -> None:
    said = govctl("show", estate, "-o", tmp_path / "missing" / "file")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: cannot write {tmp_path}/missing/file: ")
    said = govctl("init", "/proc/estate", "--province", "25", "--communes", "1")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: cannot write /proc/estate: ")
    said = govctl("show", estate, "--format", "json", "-o", tmp_path)
    assert said.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["estate"]


def test_a_wrong_estate_leaves_the_last_result_as_it_was(
    govctl: Govctl, broken: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kept.json"
    file.write_text("{}", encoding="utf-8")
    assert govctl("show", broken, "--format", "json", "-o", file).code == 2
    assert file.read_text(encoding="utf-8") == "{}"


def test_problems_of_a_description_are_json_too(govctl: Govctl, broken: Path) -> None:
    said = govctl("validate", broken, "--format", "json")
    document = json.loads(said.out)
    assert (said.code, said.err, document["valid"]) == (2, "", False)
    (problem,) = document["problems"]
    assert problem["line"] > 1
    assert problem["hint"] == 'did you mean "portal.web"?'


def at_a_terminal(*words: str, **environment: str) -> str:
    """What the program writes to a terminal."""
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "govctl", *words],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux says EIO when the last writer has gone
            break
        if not part:
            break
        written += part
    os.close(leader)
    done.wait(timeout=60)
    return written.decode()


def test_colour_only_at_a_terminal_that_wants_it(estate: Path) -> None:
    assert "\x1b[" in at_a_terminal("show", str(estate))
    assert "\x1b" not in at_a_terminal("show", str(estate), NO_COLOR="1")
    assert "\x1b" not in at_a_terminal("show", str(estate), "--no-color")
    assert "\x1b" not in at_a_terminal("show", str(estate), TERM="dumb")
    said = program("show", str(estate), TERM="xterm-256color")
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        ("show", "estate"),
        ("show", "estate", "--explain", "25"),
        ("check", "list"),
        ("check", "show", "*"),
    ],
)
def test_a_pipe_gets_80_columns_and_no_blanks_at_the_ends(
    govctl: Govctl, estate: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(estate.parent)
    for language in ("en", "vi"):
        lines = govctl(*words, "--lang", language).out.splitlines()
        assert max(map(len, lines)) <= 80
        assert [line for line in lines if line != line.rstrip()] == []


def test_common_options_stand_anywhere_on_the_line(govctl: Govctl, estate: Path) -> None:
    lines = {
        govctl(*words).out
        for words in (
            ("--lang", "vi", "-q", "validate", estate),
            ("validate", "--lang", "vi", "--quiet", estate),
            ("validate", estate, "-q", "--no-color", "--lang=vi", "-v"),
        )
    }
    assert lines == {"only-described hợp lệ: 5 đơn vị, 4 điểm, 15 máy, 12 luồng kết nối\n"}


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "hợp lệ"),
        ({"LANG": "vi_VN.UTF-8", "GOVCTL_LANG": "en"}, "is valid"),
        ({"GOVCTL_LANG": "vi"}, "hợp lệ"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "vi_VN"}, "is valid"),
    ],
)
def test_the_environment_chooses_the_language(
    estate: Path, environment: dict[str, str], text: str
) -> None:
    assert text in program("validate", estate, **environment).out


def test_the_estate_may_come_from_the_environment(
    govctl: Govctl, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVCTL_ESTATE", str(estate))
    assert govctl("validate").out.startswith("only-described is valid")


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "{estate}"),
        ("show", "{estate}"),
        ("show", "{estate}", "--explain", "25"),
        ("show", "{estate}", "--format", "json"),
        ("show", "{estate}", "--explain", "\x1b[2Jnobody"),
        ("inventory", "{estate}"),
    ],
    ids=lambda words: " ".join(words).encode("unicode_escape").decode(),
)
def test_a_hostile_name_never_reaches_the_terminal_raw(
    govctl: Govctl, estate: Path, words: tuple[str, ...]
) -> None:
    file = estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    assert "en: Phú Thọ province" in text
    file.write_text(text.replace("Phú Thọ province", HOSTILE), encoding="utf-8")
    said = govctl(*filled(words, estate))
    assert ESCAPES.findall(said.out + said.err) == []


def test_a_hostile_value_in_a_problem_is_shown_harmless(govctl: Govctl, estate: Path) -> None:
    file = estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("kind: lxd", f"kind: {HOSTILE}"), encoding="utf-8")
    said = govctl("validate", estate)
    assert said.code == 2
    assert "␛[31m" in said.err
    assert ESCAPES.findall(said.err) == []
    document = govctl("validate", estate, "--format", "json").out
    assert ESCAPES.findall(document) == []
    assert "\x1b[31m" in json.dumps(json.loads(document), ensure_ascii=False).encode().decode(
        "unicode_escape"
    )
