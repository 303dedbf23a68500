"""A run goes on, stops or is taken up again wave by wave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from govctl.errors import UsageError
from govctl.estate.init import create
from govctl.estate.loader import load
from govctl.estate.model import Estate, Machine, Rollout
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.job import Job
from govctl.pipeline.rollout import unfinished
from govctl.pipeline.rollout.waves import (
    ONE_WAVE,
    Pace,
    WavesResult,
    in_waves,
    pace_of,
    parse_budget,
    parse_waves,
)
from govctl.pipeline.workspace import Workspace
from govctl.texts import msg, use_language


@dataclass(frozen=True)
class Did:
    ok: bool


Work = Callable[[Sequence[Machine]], Mapping[str, Did]]


class Run:
    """A run in waves on a real estate; `bad` fails, `breaks` maps a machine to what it breaks."""

    def __init__(self, estate: Estate, folder: Path) -> None:
        self.told: list[Stage | Step] = []
        self.job = Job(estate, Workspace(folder), self.told.append)
        self.worked: list[list[str]] = []
        self.bad: set[str] = set()
        self.breaks: dict[str, str] = {}
        self.raises: set[str] = set()

    def go(self, waves: str, budget: str = "0") -> WavesResult[Did]:
        return in_waves(
            self.job,
            self.job.estate.machines,
            parse_waves(waves),
            parse_budget(budget),
            self._work,
            lambda part: [self.breaks[m.id] for m in part if m.id in self.breaks],
        )

    def _work(self, part: Sequence[Machine]) -> Mapping[str, Did]:
        names = [m.id for m in part]
        self.worked.append(names)
        if self.raises & set(names):
            raise KeyboardInterrupt
        return {name: Did(name not in self.bad) for name in names}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    folder = tmp_path_factory.mktemp("waves") / "estate"
    create(folder, "25", communes=3)
    return load(folder)


@pytest.fixture
def run(estate: Estate, tmp_path: Path) -> Run:
    use_language("en")
    return Run(estate, tmp_path)


def test_all_waves_run_when_all_is_well(run: Run) -> None:
    result = run.go("1,50%,100%")
    total = len(run.job.estate.machines)
    assert [len(names) for names in run.worked] == [1, total // 2 - 1, total - total // 2]
    assert result.ok and result.stopped is None and result.left == ()
    assert len(result.outcomes) == total
    stages = [event.text.render() for event in run.told if isinstance(event, Stage)]
    assert stages[0] == f"Wave 1 of 3: {run.worked[0][0]}"
    assert stages[1].startswith("Wave 2 of 3: ") and " more" in stages[1]


def test_one_wave_is_not_counted_aloud(run: Run) -> None:
    assert run.go("100%").ok
    assert run.told == []


def test_what_a_wave_breaks_stops_the_run_at_once_whatever_the_budget(run: Run) -> None:
    canary = parse_waves("1,100%").split(run.job.estate.machines)[0][0].id
    run.breaks = {canary: "the portal answers"}
    result = run.go("1,50%,100%", budget="100%")
    assert run.worked == [[canary]]
    assert not result.ok and result.broken == ("the portal answers",)
    assert len(result.left) == len(run.job.estate.machines) - 1 and canary not in result.left
    assert result.stopped and "the portal answers" in result.stopped.render()
    assert (result.planned, len(result.waves), result.waves[0].done) == (3, 1, (canary,))


@pytest.mark.parametrize(("budget", "begun"), [("0", 1), ("1", 2), ("2", 3)])
def test_more_failed_machines_than_the_budget_bears_stop_the_run(
    run: Run, budget: str, begun: int
) -> None:
    waves = parse_waves("1,50%,100%").split(run.job.estate.machines)
    run.bad = {waves[0][0].id, waves[1][0].id}
    result = run.go("1,50%,100%", budget)
    assert len(run.worked) == begun == len(result.waves)
    assert not result.ok
    assert set(result.failed) == {m for m in run.bad if any(m in names for names in run.worked)}
    assert bool(result.stopped) == (begun < 3)
    assert len(result.left) == len(run.job.estate.machines) - sum(map(len, run.worked))


def test_failures_in_the_last_wave_leave_nothing_to_stop(run: Run) -> None:
    run.bad = {run.job.estate.machines[0].id}
    result = run.go("100%")
    assert result.stopped is None and not result.ok and result.left == ()


def test_a_machine_that_nobody_answered_for_has_failed(run: Run) -> None:
    result: WavesResult[Did] = in_waves(
        run.job, run.job.estate.machines, ONE_WAVE, parse_budget("0"), lambda _: {}, lambda _: []
    )
    assert set(result.failed) == {m.id for m in run.job.estate.machines}


def test_an_interrupted_run_tells_what_stands(run: Run) -> None:
    waves = parse_waves("1,50%,100%").split(run.job.estate.machines)
    run.raises = {waves[1][0].id}
    with pytest.raises(KeyboardInterrupt):
        run.go("1,50%,100%")
    last = run.told[-1]
    assert isinstance(last, Step) and last.state == "incomplete" and last.text
    assert last.name == "wave 2 of 3"
    assert last.text.render() == (
        f"machines: 1 done, 0 failed, {len(waves[1])} perhaps in part, {len(waves[2])} not begun"
    )


# What the next run is told


def left(run: Run) -> set[str]:
    found = unfinished.read(run.job.workspace.folder, "harden")
    return set(found.machines) if found else set()


def test_a_run_that_was_interrupted_leaves_what_is_not_done(run: Run) -> None:
    everything = {m.id for m in run.job.estate.machines}
    waves = parse_waves("1,50%,100%").split(run.job.estate.machines)
    run.raises = {waves[1][0].id}
    with pytest.raises(KeyboardInterrupt):
        run.go("1,50%,100%")
    assert left(run) == everything - {waves[0][0].id}
    run.raises, run.told = set(), []
    run.job = run.job.watched_by(run.told.append)
    assert run.go("100%").ok
    first = run.told[0]
    assert isinstance(first, Stage) and "it was interrupted" in first.text.render()
    assert left(run) == set()


def test_a_run_that_was_killed_has_written_down_what_it_was_at(run: Run) -> None:
    """The work sees what a run that died there would leave."""
    seen: list[set[str]] = []

    def work(part: Sequence[Machine]) -> Mapping[str, Did]:
        seen.append(left(run))
        return {m.id: Did(True) for m in part}

    machines = run.job.estate.machines
    parts = parse_waves("1,50%,100%").split(machines)
    in_waves(
        run.job, machines, parse_waves("1,50%,100%"), parse_budget("0"), work, lambda _part: []
    )
    names = [{m.id for m in part} for part in parts]
    assert seen == [names[0] | names[1] | names[2], names[1] | names[2], names[2]]


def test_what_was_left_stays_left_until_a_run_has_looked_at_it(run: Run) -> None:
    machines = run.job.estate.machines
    run.bad = {machines[0].id, machines[1].id, machines[2].id}
    run.go("100%", budget="100%")
    assert left(run) == run.bad
    before = unfinished.read(run.job.workspace.folder, "harden")
    assert before and before.why == msg("it failed there")
    one, well = [machines[0]], [machines[1].id]
    done = in_waves(
        *(run.job, one, ONE_WAVE, parse_budget("0")),
        lambda part: {m.id: Did(True) for m in part},
        lambda _part: [],
        well=well,
    )
    assert done.ok
    assert left(run) == {machines[2].id}


def test_a_machine_that_is_gone_from_the_estate_is_no_longer_left(run: Run) -> None:
    record = unfinished.Unfinished("2026-11-22T15:03:00+00:00", ("gone-1",))
    unfinished.write(run.job.workspace.folder, "harden", record)
    in_waves(run.job, [], ONE_WAVE, parse_budget("0"), lambda _part: {}, lambda _part: [])
    assert left(run) == set()


def test_the_estate_sets_the_pace_unless_a_person_does() -> None:
    rollout = Rollout(waves="1,100%", budget="5%")
    assert pace_of(rollout) == Pace(parse_waves("1,100%"), parse_budget("5%"))
    assert pace_of(rollout, "3,100%", "1") == Pace(parse_waves("3,100%"), parse_budget("1"))
    with pytest.raises(UsageError):
        pace_of(rollout, "")


@pytest.mark.parametrize(("trouble", "is_kept"), [("", False), ("bad", False), ("breaks", True)])
def test_what_worked_is_forgotten_if_all_of_it_still_does(
    run: Run, trouble: str, is_kept: bool
) -> None:
    folder, name = run.job.workspace.folder, run.job.estate.machines[0].id
    worked = {("portal", "portal-web-1", "The start page answers")}
    unfinished.expect(folder, worked)
    if trouble == "bad":
        run.bad = {name}
    elif trouble == "breaks":
        run.breaks = {name: "the portal answers"}
    run.go("100%")
    assert unfinished.expected(folder) == (worked if is_kept else set())


def test_a_run_that_is_interrupted_between_waves_knows_what_it_did(run: Run) -> None:
    def interrupted(_part: Sequence[Machine]) -> Sequence[str]:
        raise KeyboardInterrupt

    machines = run.job.estate.machines
    with pytest.raises(KeyboardInterrupt):
        in_waves(
            *(run.job, machines, parse_waves("1,100%"), parse_budget("0")),
            lambda part: {m.id: Did(True) for m in part},
            interrupted,
        )
    last = run.told[-1]
    assert isinstance(last, Step) and last.text
    assert last.text.render() == (
        f"machines: 1 done, 0 failed, 0 perhaps in part, {len(machines) - 1} not begun"
    )
    assert len(left(run)) == len(machines) - 1
