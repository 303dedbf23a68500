"""The official register: both dates, names in any spelling, quick."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from govctl.errors import InputError, UsageError
from govctl.estate import register
from govctl.estate.register.names import bare, english, fold, plain


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("vn-2025-07-01", {"province": 34, "commune": 3321}),
        ("vn-2025-06-30", {"province": 63, "district": 696, "commune": 10035}),
    ],
)
def test_the_shipped_snapshots_hold_the_country(name: str, counts: dict[str, int]) -> None:
    snapshot = register.snapshot(name)
    assert Counter(unit.tier for unit in snapshot.units.values()) == counts
    assert snapshot.tiers == tuple(counts)
    assert all(u.parent is None or u.parent in snapshot.units for u in snapshot.units.values())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 6, 30), "vn-2025-06-30"),
        (date(2025, 7, 1), "vn-2025-07-01"),
        (date(2031, 1, 1), "vn-2025-07-01"),
    ],
)
def test_a_day_picks_the_snapshot_in_force(day: date, expected: str) -> None:
    assert register.as_of(day).id == expected


def test_a_day_before_the_first_snapshot_is_refused() -> None:
    with pytest.raises(UsageError, match="the first is vn-2025-06-30"):
        register.as_of(date(2020, 1, 1))


@pytest.mark.parametrize("query", ["25", "Phú Thọ", "Tỉnh Phú Thọ", "tỉnh phú thọ", "phu tho"])
def test_a_province_is_found_by_code_or_name(query: str) -> None:
    assert register.snapshot("vn-2025-07-01").find_province(query).code == "25"


def test_an_unknown_province_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        register.snapshot("vn-2025-07-01").find_province("Phu Thoo")
    assert caught.value.hint == 'did you mean "Tỉnh Phú Thọ"?'


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Hòa Bình", "Hoà Bình", True),
        ("Thủy Nguyên", "Thuỷ Nguyên", True),
        ("Phan Rang - Tháp Chàm", "Phan Rang–Tháp Chàm", True),
        ("Hy Cương", "Hy Cu\u031bo\u031bng", True),
        ("Ea H'Leo", "Ea H’Leo", True),
        ("Hà Nội", "Hà Nồi", False),
        ("Đông", "Dông", False),
        ("Tân Hoa", "Tân Hòa", False),
    ],
)
def test_names_compare_on_letters_and_tones(one: str, two: str, same: bool) -> None:
    assert (fold(one) == fold(two)) is same


def test_names_lose_marks_and_kinds_and_become_english() -> None:
    assert plain("Đắk Lắk") == "dak lak"
    assert bare("Xã Hy Cương", "xã") == "Hy Cương"
    assert english("Thành phố Hà Nội", "thành phố") == "Hà Nội city"


BROKEN = {
    "columns": ("a,b\n", ":1:1: the first line does not name the columns"),
    "a short row": (",".join(register.COLUMNS) + "\n01,x\n", ":2:1: not a row of a register"),
    "a code twice": (
        ",".join(register.COLUMNS) + "\n1,,p,k,A,,\n1,,p,k,B,,\n",
        ":3:1: not a row of a register",
    ),
    "a lost parent": (
        ",".join(register.COLUMNS) + "\n1,,p,k,A,,\n2,9,c,k,B,,\n",
        ':3:1: the parent "9" is not in the register',
    ),
    "a word for a number": (
        ",".join(register.COLUMNS) + "\n1,,p,k,A,north,east\n",
        ":2:1: not a row of a register",
    ),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_register_is_told_by_line(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        register.read(tmp_path / "own.csv")
    assert expected in str(caught.value)
