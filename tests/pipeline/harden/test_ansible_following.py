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
    hosts = {"host-1": (result, ("pam", "sshd"))}
    return Following(hosts, check=check, journal=journal, watcher=heard), result


def test_each_role_of_a_host_is_a_step_that_is_begun_and_done(tmp_path: Path) -> None:
    heard = Heard()
    watch, result = following(heard, journal=Journal(tmp_path))
    for one in (
        event("on_start", "pam"),
        event("on_ok", "pam"),
        event("on_start", "sshd"),
        event("on_ok", "sshd", changed=True),
    ):
        assert watch.take(one) is False
    watch.end()
    assert heard == [
        ("ssh://web", "started", "pam: Write"),
        ("ssh://web", "done", "pam"),
        ("ssh://web", "started", "sshd: Write"),
        ("ssh://web", "changed", "sshd: Write: changed"),
        ("ssh://web", "done", "sshd"),
    ]
    assert result.ok and result.changed == ["Write"]
    assert [host.target for host in Journal(tmp_path).left()] == ["ssh://web"]


def test_a_plan_is_no_change_and_is_not_noted(tmp_path: Path) -> None:
    heard = Heard()
    watch, result = following(heard, check=True, journal=Journal(tmp_path))
    watch.take(event("on_ok", changed=True))
    assert [change.state for change in result.changes] == ["would-change"]
    assert heard == [] and Journal(tmp_path).left() == ()


def test_failures_and_lost_hosts_are_told_at_once() -> None:
    heard = Heard()
    watch, result = following(heard)
    watch.take(event("on_failed", msg="Task failed: Module failed: No space left on device"))
    watch.take(event("on_unreachable", msg="ssh: connect to host x port 22: No route to host"))
    watch.end()
    assert result.failed == ["sshd: Write: No space left on device"] and not result.ok
    assert result.unreachable == "ssh: connect to host x port 22: No route to host"
    assert [state for _name, state, _text in heard] == ["failed", "failed"]


def test_a_role_that_failed_is_told_once_and_the_host_goes_on() -> None:
    heard = Heard()
    watch, result = following(heard)
    watch.take(event("on_start", "pam"))
    watch.take(event("on_failed", "pam", msg="No space left on device"))
    watch.take(event("on_start", "sshd"))
    watch.take(event("on_ok", "sshd", changed=True))
    summary = event("on_failed", "", msg="themes that failed: pam")
    summary["event_data"]["task"] = SUMMARY
    watch.take(summary)
    watch.end()
    assert [(state, text) for _name, state, text in heard] == [
        ("started", "pam: Write"),
        ("failed", "pam: Write: No space left on device"),
        ("started", "sshd: Write"),
        ("changed", "sshd: Write: changed"),
        ("done", "sshd"),
    ]
    assert result.failed == ["pam: Write: No space left on device"] and not result.ok
    assert result.changed == ["Write"]


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


PAM = "Judge new passwords, lock out who guesses them, and keep su and logins to few"
SSHD = "Write what sshd and ssh read first, and have sshd take it up"


def test_themes_of_one_task_are_told_as_if_each_were_one(tmp_path: Path) -> None:
    heard = Heard()
    watch, result = following(heard, journal=Journal(tmp_path))
    watch.take(visited("on_ok", 0, pam=("", None), sshd=("changed: /etc/x\n| +a\n", None)))
    watch.end()
    assert [(state, text) for _name, state, text in heard] == [
        ("started", f"pam: {PAM}"),
        ("done", "pam"),
        ("started", f"sshd: {SSHD}"),
        ("changed", f"sshd: {SSHD}: changed"),
        ("done", "sshd"),
    ]
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


def test_what_a_host_says_of_themes_that_there_are_not_is_passed_over() -> None:
    watch, result = following(Heard())
    watch.take(visited("on_ok", 0, strange=("changed: /etc/x\n", "why")))
    assert result.changes == [] and result.ok


def test_a_failure_that_the_playbook_ignores_is_none() -> None:
    watch, result = following(Heard())
    ignored = event("on_failed", msg="x")
    ignored["event_data"]["ignore_errors"] = True
    watch.take(ignored)
    assert result.ok


def test_events_of_no_host_of_ours_are_passed_over() -> None:
    heard = Heard()
    watch, _result = following(heard)
    watch.take(event("on_ok", host="other", changed=True))
    watch.take({"event": "playbook_on_start"})
    assert heard == []
