"""The last screen of a hardening: what did not hold, how to go on, and how to undo it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from govctl.cli import console
from govctl.cli.arguments import Format
from govctl.cli.outcome import carry_on, show_hardened_places
from govctl.cli.rollback import show
from govctl.evidence.hardening import Change, Due
from govctl.pipeline.harden.ansible_following import HardenResult
from govctl.pipeline.harden.harden_places import HardenedPlaces
from govctl.pipeline.harden.rollback import RolledBack
from govctl.pipeline.harden.undoing import Undone
from govctl.texts import Message, msg
from policies.model import Status
from policies.waiting import ARGUMENT
from tests.reports import examples

HOST = "ssh://admin@192.0.2.1"
WORDS = (
    "harden",
    HOST,
    "--sudo",
    "--baseline",
    "cis-debian12:l1-server",
    "--known-hosts",
    "/a/b c",
)
DUE = Due("sshd-root-login", "sshd", msg("permitrootlogin is yes"))
CHANGED = Change("sshd", "Write the drop-in that sshd reads first", "changed")


def screen(
    tmp_path: Path,
    status: Status,
    change: Change,
    *,
    planned: bool = False,
    reason: Message = DUE.reason,
) -> str:
    before = replace(
        examples.run(examples.estate(), examples.checks()),
        command=(*WORDS, *(["--plan"] * planned)),
    )
    found = replace(before.findings[0], target=HOST, check=DUE.check, status=status,
                    reason=reason)  # fmt: skip
    after = replace(before, id="20261122T000000.000Z-ffffff", findings=(found,))
    done = {HOST: HardenResult(HOST, (DUE,), [change])}
    file = tmp_path / "out"
    show_hardened_places(HardenedPlaces(done, before, after), Format.TEXT, file, planned=planned)
    return file.read_text(encoding="utf-8")


def test_the_way_back_is_one_line_to_copy_with_the_run_that_the_host_knows(tmp_path: Path) -> None:
    said = screen(tmp_path, "pass", CHANGED)
    before = examples.run(examples.estate(), examples.checks()).id
    line = f"undo: govctl harden {HOST} --sudo --baseline cis-debian12:l1-server"
    assert f"{line} --known-hosts '/a/b c' --rollback {before}\n" in said
    assert "still fails" not in said


def test_what_fails_although_it_was_changed_is_said(tmp_path: Path) -> None:
    assert f"{HOST} still fails: sshd-root-login" in " ".join(
        screen(tmp_path, "fail", CHANGED).split()
    )


def test_whoever_asks_for_more_is_told_what_waits_for_a_restart_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_verbose", lambda: True)
    reason = Message(ARGUMENT, {"argument": "audit=1"})
    said = " ".join(screen(tmp_path, "fail", CHANGED, reason=reason).split())
    assert f"~ changed: {CHANGED.task}" in said
    assert f"{HOST} has to be restarted before this holds: sshd-root-login" in said


def test_what_only_a_restart_takes_up_is_nobody_elses_doing(tmp_path: Path) -> None:
    reason = Message(ARGUMENT, {"argument": "audit=1"})
    said = " ".join(screen(tmp_path, "fail", CHANGED, reason=reason).split())
    assert f"{HOST} has to be restarted before this holds: sshd-root-login" in said
    assert "still fails" not in said


def test_a_plan_goes_on_with_the_same_words_and_has_nothing_to_undo(tmp_path: Path) -> None:
    said = screen(tmp_path, "fail", replace(CHANGED, state="would-change"), planned=True)
    assert f"next: {carry_on(WORDS)}\n" in said
    assert "--plan" not in said and "undo:" not in said


@pytest.mark.parametrize(
    ("words", "next_command"),
    [
        (("harden", "estate/", "--plan", "--waves", "1,100%"), "harden estate/ --waves 1,100%"),
        (("--lang", "vi", "harden", "a b"), "--lang vi harden 'a b'"),
        (("patch", "ssh://x", "--plan", "--all", "--apply"), "patch ssh://x --all --apply"),
        (("harden", "a", "--plan", "-o", "plan.txt", "--waves", "1"), "harden a --waves 1"),
        (("harden", "a", "--output=plan.txt", "-oplan.txt", "--output", "b", "--plan"), "harden a"),
    ],
)
def test_the_waves_that_were_given_are_given_again(
    words: tuple[str, ...], next_command: str
) -> None:
    assert carry_on(words) == f"govctl {next_command}"


def test_a_rollback_names_its_run_and_tells_idle_machines_in_one_line(tmp_path: Path) -> None:
    idle = {f"m{n}": RolledBack(f"m{n}", "nothing") for n in range(9)}
    one = RolledBack("web", "restored", "r1", done=("/etc/shadow",))
    file = tmp_path / "out"
    assert show(Undone({**idle, "web": one}, None), Format.TEXT, file) == 0
    assert file.read_text(encoding="utf-8").splitlines() == [
        "the hardening of run r1:",
        "web: restored: 1 thing put back",
        "  - /etc/shadow",
        "m0, m1, m2 and 6 more: nothing is kept of that run",
    ]


def test_machines_that_were_changed_alike_are_one_line(tmp_path: Path) -> None:
    before = examples.run(examples.estate(), examples.checks())
    done = {f"m{n}": HardenResult(f"m{n}", (), [CHANGED]) for n in range(300)}
    file = tmp_path / "out"
    result = HardenedPlaces(done, before, replace(before, findings=()))
    show_hardened_places(result, Format.TEXT, file, planned=False)
    said = " ".join(file.read_text(encoding="utf-8").split())
    assert said.startswith(f"m0, m1, m2 and 297 more changed: {CHANGED.task}")
    assert said.count(" changed: ") == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("pass", "nothing to harden"),
        ("fail", "nothing to harden: no role closes what fails"),
        ("unreachable", f"nothing was hardened; not reached: {HOST}"),
    ],
)
def test_nothing_to_harden_is_not_said_of_what_nobody_has_seen(
    tmp_path: Path, status: Status, said: str
) -> None:
    run = examples.run(examples.estate(), examples.checks())
    found = replace(run.findings[0], target=HOST, status=status)
    run = replace(run, findings=(found,))
    file = tmp_path / "out"
    show_hardened_places(HardenedPlaces({}, run, run), Format.TEXT, file, planned=False)
    assert file.read_text(encoding="utf-8").splitlines()[0] == said
