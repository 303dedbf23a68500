"""What fails again after a rollback, by what kept runs say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.harden.undoing import _again
from policies.model import Status
from tests.reports import examples

ROWS = examples.checks(2)
FIRST, SECOND = ROWS.values()


def run(number: int, statuses: dict[str, tuple[Status, Status]]) -> Run:
    found = [
        examples.finding(target, check, status)
        for target, pair in statuses.items()
        for check, status in zip((FIRST, SECOND), pair, strict=True)
    ]
    base = examples.run(examples.estate(), ROWS)
    name = f"20261122T04421{number}.345Z-3f9a1c"
    return replace(base, id=name, targets=tuple(statuses), findings=tuple(found))


def test_what_the_newest_run_did_not_look_at_is_asked_of_older_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / ".govctl" / "runs")
    store.write(run(1, {"a": ("fail", "fail"), "b": ("pass", "fail")}), {})
    store.write(run(2, {"a": ("pass", "pass")}), {})
    store.write(run(3, {"a": ("unreachable", "fail")}), {})
    after = run(4, {"a": ("fail", "fail"), "b": ("fail", "fail")})
    again = _again(store, store.ids(), after)
    assert [(one.target, one.check) for one in again] == [("a", FIRST.id), ("b", FIRST.id)]
    assert _again(store, (), after) == ()
