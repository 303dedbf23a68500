"""What is told and noted while Ansible runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from govctl.pipeline.events import Stage, Step
from govctl.pipeline.harden.ansible_following import SUMMARY, Following, HardenResult
from govctl.pipeline.harden.ansible_visits import VISIT
from govctl.pipeline.harden.journal import Journal


class Heard(list[tuple[str, str, str]]):
    """A watcher that remembers."""

    def __call__(self, event: Stage | Step) -> None:
        assert isinstance(event, Step) and event.text is not None
        self.append((event.name, event.state, event.text.render("en")))


def event(kind: str, role: str = "sshd", host: str = "host-1", **outcome: object) -> dict[str, Any]:
    data = {"host": host, "role": role, "task": "Write", "res": outcome}
    return {"event": f"runner_{kind}", "event_data": data}


def following(
    heard: Heard, *, check: bool = False, journal: Journal | None = None
) -> tuple[Following, HardenResult]:
    result = HardenResult("ssh://web")
    hosts = {"host-1": (result, ("sysctl", "sshd"))}
    return Following(hosts, check=check, journal=journal, watcher=heard), result


def visited(kind: str, rc: int, **themes: tuple[str, str | None]) -> dict[str, Any]:
    """The event of a task that ran several themes: name → what it said, and why it failed."""
    said = {name: {"said": text, "failed": failed} for name, (text, failed) in themes.items()}
    outcome: dict[str, Any] = {
        "rc": rc,
        "stdout": json.dumps({"themes": said}),
        "stderr": "No space\n" * rc,
    }
    one = event(kind, "")
    one["event_data"] |= {"task": VISIT, "res": {"changed": True, **outcome}}
    return one


SSHD = "Write what sshd and ssh read first, and have sshd take it up"
SYSCTL = "Set what the running kernel and the next boot have otherwise"


def test_each_theme_of_a_host_is_a_step_that_is_begun_and_done(tmp_path: Path) -> None:
    heard = Heard()
    watch, result = following(heard, journal=Journal(tmp_path))
    said = ("changed: /etc/x\n", None)
    assert watch.take(visited("on_ok", 0, sysctl=("", None), sshd=said)) is False
    watch.end()
    assert heard == [
        ("ssh://web", "started", f"sysctl: {SYSCTL}"),
        ("ssh://web", "done", "sysctl"),
        ("ssh://web", "started", f"sshd: {SSHD}"),
        ("ssh://web", "changed", f"sshd: {SSHD}: changed"),
        ("ssh://web", "done", "sshd"),
    ]
    assert result.ok and result.changed == [SSHD]
    assert [host.target for host in Journal(tmp_path).left()] == ["ssh://web"]


def test_a_plan_is_no_change_and_is_not_noted(tmp_path: Path) -> None:
    heard = Heard()
    watch, result = following(heard, check=True, journal=Journal(tmp_path))
    watch.take(visited("on_ok", 0, sshd=("changed: /etc/x\n", None)))
    assert [change.state for change in result.changes] == ["would-change"]
    assert "changed" not in {state for _name, state, _text in heard}
    assert Journal(tmp_path).left() == ()


def test_failures_and_lost_hosts_are_told_at_once() -> None:
    heard = Heard()
    watch, result = following(heard)
    watch.take(event("on_failed", msg="Task failed: Module failed: No space left on device"))
    watch.take(event("on_unreachable", msg="ssh: connect to host x port 22: No route to host"))
    watch.end()
    assert result.failed == ["sshd: Write: No space left on device"] and not result.ok
    assert result.unreachable == "ssh: connect to host x port 22: No route to host"
    assert [state for _name, state, _text in heard] == ["failed", "failed"]


def test_a_theme_that_failed_is_told_once_and_the_host_goes_on() -> None:
    heard = Heard()
    watch, result = following(heard)
    watch.take(visited("on_failed", 0, sysctl=("", "No space"), sshd=("changed: /etc/x\n", None)))
    summary = event("on_failed", "", msg="themes that failed: sysctl")
    summary["event_data"]["task"] = SUMMARY
    watch.take(summary)
    watch.end()
    assert [(state, text) for _name, state, text in heard] == [
        ("started", f"sysctl: {SYSCTL}"),
        ("failed", f"sysctl: {SYSCTL}: No space"),
        ("started", f"sshd: {SSHD}"),
        ("changed", f"sshd: {SSHD}: changed"),
        ("done", "sshd"),
    ]
    assert result.failed == [f"sysctl: {SYSCTL}: No space"] and not result.ok
    assert result.changed == [SSHD]


def test_what_a_theme_told_is_its_change(tmp_path: Path) -> None:
    watch, result = following(Heard(), journal=Journal(tmp_path))
    watch.take(visited("on_ok", 0, sshd=("changed: /etc/x\n| +a\n", None)))
    (change,) = result.changes
    assert (change.role, change.files[0].path, change.files[0].diff) == ("sshd", "/etc/x", "+a")
    assert result.ok and [host.changes for host in Journal(tmp_path).left()] == [(change,)]


def test_a_theme_of_one_task_that_failed_costs_no_other_and_keeps_what_it_changed() -> None:
    watch, result = following(Heard())
    failed = ("changed: /etc/x 0644\n", "sshd: line 1\nbad option")
    watch.take(visited("on_failed", 0, sshd=failed, permissions=("changed: /etc/y 0640\n", None)))
    assert result.failed == [f"sshd: {SSHD}: bad option"]
    assert [change.role for change in result.changes] == ["sshd", "permissions"]


@pytest.mark.parametrize("stdout", ["", "no JSON", "[]", '{"themes": {"sshd": 1}}'])
def test_a_task_that_does_not_answer_has_failed(stdout: str) -> None:
    watch, result = following(Heard())
    broken = visited("on_failed", 1, sshd=("", None))
    broken["event_data"]["res"]["stdout"] = stdout
    watch.take(broken)
    assert result.failed == [f"{VISIT}: No space"] and not result.ok


def test_a_host_without_room_to_keep_anything_has_failed_before_any_theme() -> None:
    watch, result = following(Heard())
    outcome = {"rc": 1, "stdout": "", "stderr": "/var/lib/govctl: No space left on device"}
    data = {"host": "host-1", "task": VISIT, "res": outcome}
    watch.take({"event": "runner_on_failed", "event_data": data})
    assert result.failed == [f"{VISIT}: /var/lib/govctl: No space left on device"]


def test_what_was_changed_before_a_visit_broke_off_is_told_once() -> None:
    watch, result = following(Heard())
    watch.take(visited("on_failed", 1, sshd=("changed: /etc/x 0644\n", None)))
    assert [(change.role, change.said) for change in result.changes] == [("sshd", ("/etc/x 0644",))]
    assert result.failed == [f"{VISIT}: No space"]


def test_what_a_host_says_of_themes_that_there_are_not_is_passed_over() -> None:
    watch, result = following(Heard())
    watch.take(visited("on_ok", 0, strange=("changed: /etc/x\n", "why")))
    assert result.changes == [] and result.ok


def test_events_of_no_host_of_ours_are_passed_over() -> None:
    heard = Heard()
    watch, _result = following(heard)
    watch.take(event("on_ok", host="other", changed=True))
    watch.take({"event": "playbook_on_start"})
    assert heard == []
