"""The console says the same in a terminal, in a pipe and on a narrow screen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from govctl.estate.frozen import Text
from govctl.reports.console import estate_summary, scan_summary, status_table
from govctl.reports.standing import Standing
from govctl.texts import msg, use_language
from tests.reports import examples

ESTATE = examples.estate()
CHECKS = examples.checks(20)
RUN = examples.run(ESTATE, CHECKS, silent=["server-dns-1"], left_out=["hall-07894"])
STANDINGS = [
    Standing("machine", "edge", "stands", msg("runs")),
    Standing("machine", "web-1", "missing", msg("it is not there")),
]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


def shown(what: RenderableType, width: int = 80, terminal: bool = False) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=terminal, color_system=None).print(what)
    return stream.getvalue()


SCREENS = [
    estate_summary(ESTATE),
    scan_summary(RUN, ESTATE, CHECKS, "govctl report estate/"),
    status_table(STANDINGS),
]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_line_fits_and_nothing_is_drawn_with_boxes(
    screen: RenderableType, width: int
) -> None:
    text = shown(screen, width)
    assert max(map(len, text.splitlines())) <= width
    assert not set(text) & set("─│┌┐└┘├┤━┃┏┓┗┛╭╮╰╯…") - {"…"}
    assert "\x1b" not in text


def test_a_scan_says_coverage_silence_verdicts_and_the_next_command() -> None:
    text = shown(scan_summary(RUN, ESTATE, CHECKS, "govctl report estate/"))
    assert text.startswith("Phú Thọ province\nlooked at 11 of 12 machines · ")
    assert "unreachable: server-dns-1" in text
    assert "not part of this run: hall-07894" in text
    assert "! unreachable 20" in text
    assert text.rstrip().endswith("next: govctl report estate/")


def test_the_verdicts_break_between_words_and_never_within_one() -> None:
    use_language("vi")
    lines = shown(scan_summary(RUN, ESTATE, CHECKS), 40).splitlines()
    start = lines.index("✗ không đạt 31 · ! không kết nối được 20")
    assert lines[start + 1] == "? chưa đánh giá 12 · ✓ đạt 162"
    assert lines[start + 2] == "– không áp dụng 15"


def test_the_worst_failure_comes_first() -> None:
    text = shown(scan_summary(RUN, ESTATE, CHECKS))
    assert "critical" in text
    assert text.index("critical") < text.index("high")


def test_a_scan_outside_any_estate_names_its_targets() -> None:
    run = replace(RUN, estate=None, targets=("/srv/root",), findings=())
    text = shown(scan_summary(run, None, CHECKS))
    assert text.startswith("/srv/root\nlooked at 0 of 1 machines")
    assert "no result from: /srv/root" in text


def test_a_long_list_of_units_says_how_many_more_there_are() -> None:
    communes = [(f"{n:05d}", f"Xã {n}", 21.0, 105.0) for n in range(30)]
    estate = examples.estate(communes)
    text = shown(scan_summary(examples.run(estate, CHECKS), estate, CHECKS, limit=5), 120)
    assert "… and 25 more units, none of them worse" in text


def test_an_estate_is_summed_up() -> None:
    text = shown(estate_summary(ESTATE))
    for line in ("Phú Thọ province", "sites: 3 · zones: 0", "commune       2      2", "in all"):
        assert line in text


def test_what_does_not_stand_comes_first() -> None:
    lines = shown(status_table(STANDINGS)).splitlines()
    assert lines[1].startswith("✗ missing  machine  web-1")
    assert lines[2].startswith("✓ stands   machine  edge")


def test_escapes_and_markup_in_names_are_shown_not_obeyed() -> None:
    evil = "[red]x[/red]\x1b[31m"
    estate = examples.changed(ESTATE, name=Text(vi=evil, en=evil))
    run = replace(RUN, targets=(evil,), findings=())
    for text in (
        shown(scan_summary(run, estate, CHECKS), terminal=True),
        shown(estate_summary(estate), terminal=True),
    ):
        assert "[red]x[/red]␛[31m" in text
        assert "\x1b[31m" not in text


def test_vietnamese_is_spoken_when_asked() -> None:
    use_language("vi")
    text = shown(scan_summary(RUN, ESTATE, CHECKS), 120)
    assert text.startswith("Tỉnh Phú Thọ\nđã xem xét 11/12 máy")
    assert "✗ không đạt" in text


def test_a_profile_is_counted_by_section() -> None:
    baselines = {**RUN.versions.baselines, "cis-debian12:l1-server": "d" * 64}
    run = replace(RUN, versions=replace(RUN.versions, baselines=baselines))
    text = " ".join(shown(scan_summary(run, ESTATE, CHECKS), 200).split())
    assert "cis-debian12:l1-server: 230 sections · ✗ fail" in text
    assert "○ not looked at" in text
