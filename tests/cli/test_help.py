"""Help: in both languages, in a newcomer's order, on 80 columns, with an example."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.cli.conftest import ENVIRONMENT, Govctl, program

FIRST = "init validate show plan up status drift scan harden patch report destroy"
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

PAGES = """
import contextlib, io, json, sys
from govctl.__main__ import main
pages = []
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as page, contextlib.suppress(SystemExit):
        main([*words, "-h"])
    pages.append(page.getvalue())
json.dump(pages, sys.stdout)
"""


@pytest.fixture(scope="module")
def vietnamese() -> dict[tuple[str, ...], str]:
    """Each command's page in a Vietnamese locale, of one process that has loaded its texts so."""
    kept = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", PAGES], input=json.dumps(COMMANDS), text=True,
        env={**kept, "LANG": "vi_VN.UTF-8"}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return dict(zip(COMMANDS, json.loads(done.stdout), strict=True))


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
def test_each_page_is_vietnamese_if_the_locale_is(
    govctl: Govctl, words: tuple[str, ...], vietnamese: dict[tuple[str, ...], str]
) -> None:
    english, said = govctl(*words, "-h").out, vietnamese[words]
    assert said.startswith(f"Cách dùng: govctl {' '.join(words)}")
    assert max(map(len, said.splitlines())) <= 80
    sentences = {line.strip() for line in english.splitlines() if line.endswith(".")}
    assert sentences
    assert not sentences & {line.strip() for line in said.splitlines()}


def test_an_example_can_be_typed(govctl: Govctl) -> None:
    for words in COMMANDS:
        page = govctl(*words, "-h").out
        line = page.split("Example:\n")[1].splitlines()[0].strip()
        options = re.findall(r" (--?[a-z-]+)", re.sub(r"'[^']*'", "", line))
        assert all(f"{option} " in page or f"{option}," in page for option in options), line


def test_the_version_is_told(govctl: Govctl) -> None:
    assert re.fullmatch(r"govctl \d+\.\d+\.\d+\n", govctl("--version").out)
