"""Which lines are answered from memory, and by which memo."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from govctl.cli import unchanged

QUESTIONS: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
    "the language": lambda m: m.setenv("GOVCTL_LANG", "vi"),
    "the locale": lambda m: m.setenv("LC_ALL", "vi_VN.UTF-8"),
    "the time zone": lambda m: m.setenv("TZ", "Asia/Ho_Chi_Minh"),
    "Python's settings": lambda m: m.setenv("PYTHONUTF8", "0"),
    "Python": lambda m: m.setattr(sys, "version", "3.14.0"),
    "where modules come from": lambda m: m.syspath_prepend("/opt/modules"),
    "which govctl": lambda m: m.setattr(unchanged, "__file__", "/opt/govctl/cli/unchanged.py"),
}


@pytest.mark.parametrize("change", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_another_question_has_another_memo(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], object]
) -> None:
    before = unchanged.memo_of(["validate", "estate"])
    assert before == unchanged.memo_of(["validate", "./estate/"])
    assert before != unchanged.memo_of(["validate", "other"])
    change(monkeypatch)
    assert unchanged.memo_of(["validate", "estate"]) not in (None, before)


@pytest.mark.parametrize(
    "line",
    ["", "validate", "validate -v", "validate e --format json", "--lang vi validate e", "show e",
     "validate e f", "validate --help"],
)  # fmt: skip
def test_other_lines_have_no_memo(line: str) -> None:
    assert unchanged.memo_of(line.split()) is None
    assert unchanged.memo_of(["validate", ""]) is None
