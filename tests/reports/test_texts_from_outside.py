"""Hidden characters are made visible, and excerpts keep the lines that count."""

from __future__ import annotations

import pytest

from govctl.reports.excerpt import excerpt
from govctl.reports.visible import one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Xã Hy Cương ✓ 𝄞", "Xã Hy Cương ✓ 𝄞"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b[31m", "␛[31m"),
        ("a\x00b\x7f\r", "a␀b␡␍"),
        ("\x9b31m", "⟨009B⟩31m"),
        ("abc\u202edef", "abc⟨202E⟩def"),
        ("zero\u200bwidth\ufeff", "zero⟨200B⟩width⟨FEFF⟩"),
        (b"\xff".decode("utf-8", "surrogateescape"), "⟨FF⟩"),
        ("\ud800", "⟨D800⟩"),
        ("\U000e0041", "⟨E0041⟩"),
    ],
)
def test_hidden_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    visible(text).encode()


def test_a_cell_has_one_line() -> None:
    assert one_line("a\nb\tc\r\n") == "a b c␍ "


LONG = "\n".join(f"line {n}" for n in range(100))


@pytest.mark.parametrize(
    ("evidence", "limit", "lines"),
    [
        ((), 3, ["line 0", "line 1", "line 2"]),
        (("line 50",), 7, [*(f"line {n}" for n in (0, 1, 48, 49, 50, 51, 52))]),
        (("line 0",), 3, ["line 0", "line 1", "line 2"]),
        (("  line 99  ",), 3, ["line 97", "line 98", "line 99"]),
        (("line 10\nline 20",), 2, ["line 10", "line 20"]),
    ],
)
def test_cited_lines_come_before_the_beginning(
    evidence: tuple[str, ...], limit: int, lines: list[str]
) -> None:
    part = excerpt(LONG, evidence, max_lines=limit, max_chars=10_000)
    assert [line.text for line in part.lines] == lines
    assert part.total == 100
    assert not part.whole


def test_only_what_is_cited_if_the_beginning_is_not_asked_for() -> None:
    part = excerpt(LONG, ("line 7",), 50, 10_000, beginning=False)
    assert [line.text for line in part.lines] == [f"line {n}" for n in range(5, 10)]
    assert [line.text for line in part.lines if line.cited] == ["line 7"]
    assert excerpt(LONG, (), 50, 10_000, beginning=False).lines == ()


def test_characters_are_limited_and_long_lines_are_cut() -> None:
    part = excerpt("x" * 5000 + "\n" + LONG, (), 50, 600)
    assert sum(len(line.text) for line in part.lines) < 700
    assert part.lines[0].text.endswith(" …")


def test_a_short_output_is_whole() -> None:
    assert excerpt("a\nb", ("b",), 10, 100).whole
    assert excerpt("", (), 10, 100).whole
