"""Every row can be fixed or says why not, and whatever can be fixed is broken by some theme."""

from __future__ import annotations

from collections import Counter

from policies.catalogue import checks, shipped
from policies.unfixed import BY_FAMILY, WORDS
from tests.fixes.themes import themes


def test_every_row_without_a_fix_says_why() -> None:
    assert [check.id for check in shipped() if check.fix is None and check.no_fix is None] == []


def test_no_row_has_both_and_every_reason_has_its_words() -> None:
    assert [check.id for check in shipped() if check.fix and check.no_fix] == []
    assert {check.no_fix for check in checks() if check.no_fix} <= WORDS.keys()


def test_a_familys_reason_is_some_rows_reason() -> None:
    unfixed = {check.family for check in shipped() if check.fix is None}
    assert BY_FAMILY.keys() <= unfixed


def test_every_row_with_a_fix_is_broken_by_a_theme() -> None:
    broken = Counter(row.id for theme in themes().values() for row in theme.rows())
    assert [check.id for check in shipped() if check.fix and not broken[check.id]] == []


def test_nearly_every_row_that_a_running_host_could_change_has_a_fix() -> None:
    fixed = sum(check.fix is not None for check in shipped())
    left = sum(check.no_fix in ("decision", "service") for check in shipped())
    assert fixed / (fixed + left) > 0.85
