from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govctl.errors import UsageError
from govctl.estate.init import create
from govctl.estate.loader import load
from govctl.estate.model import Estate, Limits, Machine, Rollout
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.job import Job
from govctl.pipeline.rollout import unfinished
from govctl.pipeline.rollout.wave_order import is_core
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

KINDS: dict[str, Literal["site-router", "bridge-point"]] = {
    "network-router": "site-router",
    "bridge-baresip": "bridge-point",
}


def machine(name: str, role: str) -> Machine:
    return Machine(
        id=name, site="p25", unit="25", system=None, component=None, role=role,
        kind=KINDS.get(role, "server"), interfaces=(), limits=Limits(memory=1, cpu=1, disk=1),
    )  # fmt: skip


def machines(*roles: str) -> list[Machine]:
    """`portal-web*3`: three of that role, `portal-web-1` and so on."""
    made = []
    for words in roles:
        role, _, count = words.partition("*")
        made += [machine(f"{role}-{i}", role) for i in range(1, int(count or 1) + 1)]
    return made


def split(text: str, *roles: str) -> list[list[str]]:
    return [[m.id for m in wave] for wave in parse_waves(text).split(machines(*roles))]


@pytest.mark.parametrize(
    ("text", "roles", "sizes"),
    [
        ("100%", ["app-web*7"], [7]),
        ("1,100%", ["app-web*7"], [1, 6]),
        ("1,5%,25%,100%", ["app-web*300"], [1, 14, 60, 225]),
        ("1,5%,25%,100%", ["app-web*30"], [1, 1, 5, 23]),
        ("1,5%,25%,100%", ["app-web*3"], [1, 1, 1]),
        ("1,5%,25%,100%", ["app-web*2"], [1, 1]),
        ("1,5%,25%,100%", ["app-web"], [1]),
        ("10,20,100%", ["app-web*5"], [5]),
        ("2.5%,100%", ["app-web*80"], [2, 78]),
        ("99%,100%", ["app-web*2"], [1, 1]),
        # Three of four would be the whole of one role: the wave takes less than it may.
        ("75%,100%", ["app-web*2", "mail-relay*2"], [2, 2]),
        ("1,100%", [], []),
    ],
)
def test_a_wave_goes_as_far_as_its_share_and_takes_one_machine_at_least(
    text: str, roles: list[str], sizes: list[int]
) -> None:
    assert [len(wave) for wave in split(text, *roles)] == sizes


@pytest.mark.parametrize(
    ("roles", "canary"),
    [
        (["app-web", "bridge-baresip*3", "network-router*5"], "bridge-baresip-1"),
        (["portal-web*2", "bridge-baresip*3"], "bridge-baresip-1"),
        (["portal-web*2", "portal-db"], "portal-web-1"),
        (["portal-db", "infrastructure-dns*2", "network-router*9"], "portal-db-1"),
        # Nothing but what everything leans on is left: then one that has others beside it.
        (["infrastructure-dns", "infrastructure-log", "network-router*2"], "network-router-1"),
    ],
)
def test_the_canary_is_the_least_harmful_machine(roles: list[str], canary: str) -> None:
    assert split("1,100%", *roles)[0] == [canary]


def test_the_first_wave_takes_nothing_that_everything_leans_on() -> None:
    roles = ["portal-web", "bridge-baresip*2", "infrastructure-dns", "network-router*6"]
    assert split("50%,100%", *roles)[0] == ["bridge-baresip-1", "portal-web-1"]


def test_roles_are_spread_over_the_waves() -> None:
    roles = {"portal-web": 2, "bridge-baresip": 8, "network-router": 8, "mail-db": 1}
    waves = split("1,50%,100%", *(f"{role}*{count}" for role, count in roles.items()))
    of_role = {r: [sum(name.startswith(r) for name in wave) for wave in waves] for r in roles}
    assert of_role == {
        "portal-web": [0, 1, 1],
        "bridge-baresip": [1, 3, 4],
        "network-router": [0, 4, 4],
        "mail-db": [0, 0, 1],
    }


def test_a_machine_is_alone_only_if_no_other_of_the_estate_has_its_role() -> None:
    there = machines("portal-web*2", "mail-db")
    due = [there[1], there[2]]
    waves = parse_waves("1,100%").split(due, there)
    assert [[m.id for m in wave] for wave in waves] == [["portal-web-2"], ["mail-db-1"]]


ROLES = ["portal-web", "mail-db", "bridge-baresip", "infrastructure-dns", "network-router"]
TEXTS = ["100%", "1,100%", "1,5%,25%,100%", "10%,20%,90%,100%", "3,50%,100%"]


@given(
    st.lists(st.sampled_from(ROLES), max_size=60),
    st.sampled_from(TEXTS),
    st.randoms(use_true_random=False),
)
def test_whatever_the_estate_every_machine_has_its_turn_and_no_role_goes_at_once(
    roles: list[str], text: str, shuffler: random.Random
) -> None:
    estate = [machine(f"{role}-{i}", role) for i, role in enumerate(roles)]
    waves = parse_waves(text).split(estate)
    assert all(waves)
    assert sorted(m.id for wave in waves for m in wave) == sorted(m.id for m in estate)
    for wave in waves[:-1]:
        for role in ROLES:
            whole = [m for m in estate if m.role == role]
            assert len(whole) < 2 or not {m.id for m in whole} <= {m.id for m in wave}
    done = 0
    for number, (wave, share) in enumerate(zip(waves, parse_waves(text).shares, strict=False)):
        assert len(wave) <= max(share.of(len(estate)) - done, 1) or number == len(waves) - 1
        done += len(wave)
    if len(waves) > 1 and not all(map(is_core, estate)):
        assert not any(map(is_core, waves[0]))
    shuffler.shuffle(estate)
    assert parse_waves(text).split(estate) == waves


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", '"" is neither a number of machines nor a percentage', "1,5%,25%,100%"),
        ("1,,100%", '"" is neither', "1,5%,25%,100%"),
        ("1,many,100%", '"many" is neither', "1,5%,25%,100%"),
        ("-1,100%", '"-1" is neither', "1,5%,25%,100%"),
        ("1,101%", '"101%" is neither', "1,5%,25%,100%"),
        ("٣,100%", '"٣" is neither', "1,5%,25%,100%"),
        ("0,100%", '"0" is a wave of no machine', "1,5%,25%,100%"),
        ("0%,100%", '"0%" is a wave of no machine', "1,5%,25%,100%"),
        ("1,5%", "the last wave has to be 100%", "1,5%,25%,100%"),
        ("300", "the last wave has to be 100%", "1,5%,25%,100%"),
        ("5%,5%,100%", "do not rise", "1,5%,25%,100%"),
        ("1,25%,5%,100%", "do not rise", "1,5%,25%,100%"),
        ("100%,100%", "do not rise", "1,5%,25%,100%"),
    ],
)
def test_wrong_waves_are_refused_with_an_example(text: str, message: str, hint: str) -> None:
    use_language("en")
    with pytest.raises(UsageError) as caught:
        parse_waves(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "total", "borne"), [("0", 9, 0), ("2", 9, 2), ("5%", 60, 3), ("5%", 10, 0)]
)
def test_a_budget_is_a_number_or_a_part_rounded_down(text: str, total: int, borne: int) -> None:
    assert parse_budget(text).of(total) == borne


@pytest.mark.parametrize("text", ["", "x", "-1", "1,2", "120%"])
def test_wrong_budgets_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_budget(text)


# The run itself


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
