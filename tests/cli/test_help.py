"""Help: in both languages, in a newcomer's order, on 80 columns, with an example."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Govctl, program

FIRST = "init validate show plan up status drift scan harden report destroy"
THEN = (
    "waive attest waivers baseline evidence diff"
    " collect evaluate check image estate schema inventory doctor unlock"
)
GROUPS = ("estate", "check", "image", "baseline", "evidence")
ORDER = f"{FIRST} {THEN}".split()
COMMANDS = [(name,) for name in ORDER if name not in GROUPS] + [
    ("estate", "reform"),
    ("estate", "lock"),
    ("check", "list"),
    ("check", "show"),
    ("check", "baselines"),
    ("baseline", "list"),
    ("baseline", "show"),
    ("baseline", "diff"),
    ("baseline", "coverage"),
    ("evidence", "list"),
    ("evidence", "show"),
    ("evidence", "verify"),
    ("evidence", "export"),
    ("evidence", "import"),
    ("evidence", "key"),
    ("image", "build"),
    ("image", "list"),
    ("image", "show"),
    ("image", "remove"),
]


def listed(page: str, heading: str, end: str) -> list[str]:
    return page.partition(f"\n{heading}\n")[2].partition(f"\n{end}\n")[0].split("\n")


@pytest.mark.parametrize(
    ("language", "heading", "end"),
    [("en", "Commands:", "Options:"), ("vi", "Các lệnh:", "Tùy chọn:")],
)
def test_commands_stand_in_a_newcomers_order_a_line_each(
    language: str, heading: str, end: str
) -> None:
    said = program("--lang", language, "-h")
    lines = [line for line in listed(said.out, heading, end) if line]
    assert said.code == 0
    assert [line.split()[0] for line in lines] == ORDER
    assert max(map(len, lines)) <= 80
    assert not any("..." in line for line in lines)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_has_a_page_with_an_example(govctl: Govctl, words: tuple[str, ...]) -> None:
    short, long = govctl(*words, "-h"), govctl(*words, "--help")
    assert short == long
    assert short.code == 0
    assert short.err == ""
    assert f"Example:\n  govctl {' '.join(words)}" in short.out
    assert max(map(len, short.out.splitlines())) <= 80
    assert "<str>" not in short.out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_page_is_vietnamese_if_the_locale_is(govctl: Govctl, words: tuple[str, ...]) -> None:
    english, said = govctl(*words, "-h"), program(*words, "-h", LANG="vi_VN.UTF-8")
    assert said.out.startswith(f"Cách dùng: govctl {' '.join(words)}")
    assert max(map(len, said.out.splitlines())) <= 80
    sentences = {line.strip() for line in english.out.splitlines() if line.endswith(".")}
    assert sentences
    assert not sentences & {line.strip() for line in said.out.splitlines()}


def test_an_example_can_be_typed(govctl: Govctl) -> None:
    for words in COMMANDS:
        line = govctl(*words, "-h").out.split("Example:\n")[1].splitlines()[0].strip()
        options = re.findall(r" (--?[a-z-]+)", re.sub(r"'[^']*'", "", line))
        page = govctl(*words, "-h").out
        assert all(f"{option} " in page or f"{option}," in page for option in options), line


def test_the_version_is_told(govctl: Govctl) -> None:
    assert re.fullmatch(r"govctl \d+\.\d+\.\d+\n", govctl("--version").out)
