"""Findings that come packed are read as if they had not been."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from govctl.evidence.model import Run
from govctl.evidence.sheets import Sheet, Sheets, statuses_of
from govctl.reports.coverage import coverage
from govctl.reports.json_report import packed_results, render_json
from govctl.texts import Language, msg
from policies.model import Finding
from policies.rollup import tally
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks(), silent=["edge"])
ODD = "a\n{b\u2028 \udcff \x1b[31m \"'</script> Xã"


def sheet(findings: Sequence[Finding]) -> Sheet:
    counts = tally(findings).counts
    unnamed = [replace(finding, target="not known yet") for finding in findings]
    return Sheet(
        findings[0].target,
        {status: count for status, count in counts.items() if count},
        packed_results(unnamed, "en"),
        lambda: findings,
    )


def packed(run: Run, language: Language = "en") -> Run:
    """The same run with a sheet for each target, in the order in which they were met."""
    by_target: dict[str, list[Finding]] = {}
    for finding in run.findings:
        by_target.setdefault(finding.target, []).append(finding)
    return replace(run, findings=Sheets(map(sheet, by_target.values()), language))


def odd_run() -> Run:
    first = RUN.findings[0]
    finding = replace(first, target=ODD, reason=msg("{x}", x=ODD), values=(ODD,), waiver=ODD)
    return replace(RUN, findings=(finding, *RUN.findings), targets=(ODD, *RUN.targets))


@pytest.mark.parametrize("run", [RUN, odd_run()], ids=["plain", "odd"])
def test_sheets_give_the_bytes_that_their_findings_give(run: Run) -> None:
    assert render_json(packed(run), "en") == render_json(run, "en")
    assert coverage(packed(run)) == coverage(run)
    assert statuses_of(packed(run).findings) == statuses_of(run.findings)


def test_another_language_is_rendered_anew() -> None:
    run = replace(RUN, findings=[replace(one, reason=msg("nothing to harden"))
                                 for one in RUN.findings])  # fmt: skip
    assert render_json(packed(run), "vi") == render_json(run, "vi")
    assert render_json(packed(run), "vi") != render_json(packed(run), "en")


def test_two_sheets_of_one_target_stand_together_by_check() -> None:
    target = RUN.findings[0].target
    mine = sorted((one for one in RUN.findings if one.target == target), key=lambda one: one.check)
    halves = Sheets([sheet(mine[1::2]), sheet(mine[::2])], "en")
    one = replace(RUN, findings=halves, targets=(target,))
    whole = replace(RUN, findings=mine, targets=(target,))
    assert render_json(one, "en") == render_json(whole, "en")
    assert coverage(one) == coverage(whole)


def test_a_run_of_which_nothing_came_is_valid_json() -> None:
    empty = replace(RUN, findings=Sheets([Sheet("x", {}, b"", tuple)], "en"), targets=("x",))
    document = json.loads(render_json(empty, "en"))
    assert document["results"] == []
    assert document["coverage"]["without_result"] == ["x"]


def test_sheets_are_a_sequence_of_findings() -> None:
    sheets = packed(RUN).findings
    assert list(sheets) == sorted(RUN.findings, key=lambda one: RUN.targets.index(one.target))
    assert len(sheets) == len(RUN.findings)
    assert sheets[0] == next(iter(sheets))
    assert list(sheets[-2:]) == list(sheets)[-2:]
