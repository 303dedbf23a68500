"""At a terminal: one stage moves, and what is over stays as a line that is never cut short."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from govctl.cli.console import _told as told
from govctl.cli.live import live
from govctl.pipeline.events import Stage, Step
from govctl.texts import Message

LONG = "sshd: " + "Write the drop-in that sshd reads before any other file, " * 4
CODES = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])")


def text(words: str) -> Message:
    return Message(words)


def screen(written: str) -> list[str]:
    """What a terminal shows in the end of what was written to it."""
    lines, row, column, at = [""], 0, 0, 0
    for found in CODES.finditer(f"{written}\r"):
        part = written[at : found.start()]
        lines[row] = f"{lines[row][:column]:<{column}}{part}{lines[row][column + len(part) :]}"
        column, at = column + len(part), found.end()
        if found[3] == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif found[3] == "\r":
            column = 0
        elif found[2] == "A":
            row -= int(found[1] or 1)
        elif found[2] == "K":
            lines[row] = ""
    return [line.rstrip() for line in lines if line.strip()]


def shown(*events: Stage | Step, width: int = 80) -> tuple[list[str], str]:
    """What remains on the screen, and everything that was ever on it, without colours."""
    sink = StringIO()
    console = Console(file=sink, force_terminal=True, width=width, highlight=False)
    with live(console, told) as watcher:
        for event in events:
            watcher(event)
    return screen(sink.getvalue()), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sink.getvalue())


def test_each_stage_leaves_one_line_and_nothing_that_moves() -> None:
    remains, _ = shown(
        Stage(text("Scanning"), 2),
        Step("a", "started"),
        Step("a", "done"),
        Step("b", "done"),
        Stage(text("Wave 1 of 2: a")),
        Stage(text("Hardening"), 2),
        Step("a", "changed", text("sshd: changed")),
        Step("a", "done"),
        Step("b", "failed", text("no space left")),
    )
    assert remains == [
        "✓ Scanning  2/2",
        "Wave 1 of 2: a",
        "  a: sshd: changed",
        "  b failed: no space left",
        "! Hardening  2/2  1 failed",
    ]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_long_name_of_what_is_done_now_leaves_room_for_the_numbers(width: int) -> None:
    _, ever = shown(
        Stage(text("Hardening"), 12),
        Step("a", "started", text(LONG)),
        Step("a", "done"),
        width=width,
    )
    assert re.search(r"Hardening .* 0/12 ", ever)
    assert all(len(line) <= width for line in re.split("[\r\n]", ever))


def test_more_than_was_expected_is_no_part_of_it() -> None:
    steps = [Step(name, "done") for name in "abc"]
    remains, ever = shown(Stage(text("Removing"), 2), *steps)
    assert remains == ["✓ Removing  3"] and "3/2" not in ever


def test_a_stage_that_is_broken_off_is_not_told_as_done() -> None:
    sink = StringIO()
    console = Console(file=sink, force_terminal=True, width=80)
    with pytest.raises(KeyboardInterrupt), live(console, told) as watcher:
        watcher(Stage(text("Hardening"), 3))
        watcher(Step("a", "done"))
        raise KeyboardInterrupt
    assert screen(re.sub(r"\x1b\[[0-9;]*m", "", sink.getvalue())) == ["– Hardening  1/3"]


def test_what_a_host_calls_itself_moves_no_cursor() -> None:
    remains, _ = shown(Stage(text("Scanning"), 1), Step("\x1b[2Ja", "failed", text("\x9bx")))
    assert len(remains) == 2 and "a failed" in remains[0]
