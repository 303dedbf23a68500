"""Ansible's events: changes with their diffs, commands that nobody can foresee, and failures."""

from __future__ import annotations

from typing import Any

import pytest

from govctl.evidence.hardening import Change, FileDiff
from govctl.pipeline.harden.ansible_events import (
    change_before_failure,
    change_of,
    data_of,
    failure_of,
)

DROP_IN = "/etc/ssh/sshd_config.d/00-govctl.conf"
TEMPLATE = {
    "changed": True,
    "dest": DROP_IN,
    "diff": [
        {
            "after": "# sshd-root-login\npermitrootlogin no\n",
            "after_header": "/run/user/0/tmp/00-govctl.conf.j2",
            "before": "# sshd-root-login\npermitrootlogin yes\n",
            "before_header": DROP_IN,
        }
    ],
}
LINE = {
    "changed": True,
    "msg": "line added",
    "diff": [
        {
            "after": "INACTIVE=30\n",
            "after_header": "/etc/default/useradd (content)",
            "before": "",
            "before_header": "/etc/default/useradd (content)",
        },
        {
            "after_header": "/etc/default/useradd (file attributes)",
            "before_header": "/etc/default/useradd (file attributes)",
        },
    ],
}
MODE = {
    "changed": True,
    "path": "/etc/systemd/journald.conf.d",
    "diff": {
        "before": {"path": "/etc/systemd/journald.conf.d", "mode": "0775"},
        "after": {"path": "/etc/systemd/journald.conf.d", "mode": "0755"},
    },
}
LOOP = {
    "changed": True,
    "msg": "All items completed",
    "results": [
        {"changed": False, "dest": "/etc/issue", "diff": []},
        {"changed": True, "dest": "/etc/motd", "diff": {"before": "hi\n", "after": ""}},
    ],
}
LEFT_OUT = {
    "changed": False,
    "msg": "Command would have run if not in check mode",
    "rc": 0,
    "skipped": True,
    "stdout": "",
}
NO_ITEM_DUE = {
    "changed": False,
    "msg": "All items skipped",
    "skipped": True,
    "results": [{"skipped": True, "skip_reason": "Conditional result was False", "item": "x"}],
}
NOT_DUE = {
    "changed": False,
    "false_condition": "accounts_homes | length > 0",
    "skip_reason": "Conditional result was False",
    "skipped": True,
}


def event(outcome: dict[str, Any], role: str = "sshd", task: str = "Write it") -> dict[str, Any]:
    return {"host": "web", "role": role, "task": task, "res": outcome}


@pytest.mark.parametrize(
    ("outcome", "files"),
    [
        (
            TEMPLATE,
            [(DROP_IN, "@@ -1,2 +1,2 @@\n # sshd-root-login\n-permitrootlogin yes\n"
              "+permitrootlogin no")],
        ),
        (LINE, [("/etc/default/useradd", "@@ -0,0 +1 @@\n+INACTIVE=30")]),
        (MODE, [("/etc/systemd/journald.conf.d", "-mode: 0775\n+mode: 0755")]),
        (LOOP, [("/etc/motd", "@@ -1 +0,0 @@\n-hi")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("check", [True, False])
def test_a_changed_file_is_a_unified_diff(
    outcome: dict[str, Any], files: list[tuple[str, str]], check: bool
) -> None:
    change = change_of(event(outcome), check=check)
    assert change == Change(
        "sshd",
        "Write it",
        "would-change" if check else "changed",
        tuple(FileDiff(*file) for file in files),
    )


def test_a_command_is_said_to_run_in_a_plan_and_says_itself_what_it_did() -> None:
    assert change_of(event(LEFT_OUT), check=True) == Change("sshd", "Write it", "would-run")
    done = {"changed": True, "stdout": "/etc/shadow mode\n\n/etc/passwd owner\n", "rc": 0}
    change = change_of(event(done), check=False)
    assert change is not None and change.said == ("/etc/shadow mode", "/etc/passwd owner")


TOLD = """\
changed: /etc/chrony/chrony.conf
| @@ -1,3 +1,3 @@
| -pool debian.pool.ntp.org
|
| +server debian.pool.ntp.org
changed: telnet: 0.17 → absent
changed: /etc/shadow
| @@ -1 +1 @@
| -root:$y$j9T$x:1::::::
changed: /etc/empty
"""


@pytest.mark.parametrize("check", [True, False])
def test_what_our_own_commands_tell_is_diffs_and_lines(check: bool) -> None:
    change = change_of(event({"changed": True, "stdout": TOLD, "rc": 0}), check=check)
    assert change == Change(
        "sshd",
        "Write it",
        "would-change" if check else "changed",
        (
            FileDiff(
                "/etc/chrony/chrony.conf",
                "@@ -1,3 +1,3 @@\n-pool debian.pool.ntp.org\n\n+server debian.pool.ntp.org",
            ),
            FileDiff("/etc/shadow", "", "secret"),
        ),
        ("telnet: 0.17 → absent", "/etc/empty"),
    )


def test_what_our_own_commands_show_plain_ansible_is_not_told_twice() -> None:
    shown = {"prepared": TOLD.replace("changed: ", "")}
    outcome = {"changed": True, "stdout": TOLD, "rc": 0}
    assert change_of(event({**outcome, "diff": shown}), check=True) == change_of(
        event(outcome), check=True
    )


def test_what_ssh_says_at_the_end_of_a_session_hides_no_reason() -> None:
    said = {"rc": 1, "msg": "non-zero return code", "stderr": "Connection to 192.0.2.1 closed.\r\n",
            "stdout": "this login is older than the change: it proves nothing\r\n"}  # fmt: skip
    assert failure_of({"task": "Prove it", "res": said}) == (
        "Prove it: this login is older than the change: it proves nothing"
    )
    assert failure_of({"task": "Prove it", "res": {**said, "stdout": ""}}) == (
        "Prove it: non-zero return code"
    )


def test_what_a_task_changed_before_it_failed_is_kept() -> None:
    said = {"changed": True, "failed": True, "rc": 1, "stderr": "nowhere: not found"}
    told = change_before_failure(event({**said, "stdout": "changed: zsh: absent → 5"}), check=False)
    assert told is not None and told.said == ("zsh: absent → 5",)
    assert change_before_failure(event({**said, "stdout": "trying"}), check=False) is None


def skipped(line: str) -> dict[str, Any]:
    """The event of a task that was skipped: ansible-runner leaves its result out."""
    said = {"host": "web", "role": "sshd", "task": "Write it"}
    return {"event": "runner_on_skipped", "stdout": line, "event_data": said}


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ('skipping: [web] => {"changed": false, "cmd": "a => {b}\\n", "msg": "Command would have '
         'run if not in check mode", "rc": 0}', "would-run"),
        ('skipping: [web] => {"changed": false, "false_condition": "x | length > 0", '
         '"skip_reason": "Conditional result was False"}', None),
        ("skipping: [web]", None),
        ("skipping: [web] => {cut", None),
    ],
)  # fmt: skip
def test_what_check_mode_skips_is_told_from_what_is_not_due(line: str, state: str | None) -> None:
    change = change_of(data_of(skipped(line)), check=True)
    assert (change.state if change else None) == state


@pytest.mark.parametrize("outcome", [NOT_DUE, NO_ITEM_DUE, {"changed": False}, {}])
@pytest.mark.parametrize("check", [True, False])
def test_what_is_not_due_or_holds_already_is_no_change(
    outcome: dict[str, Any], check: bool
) -> None:
    assert change_of(event(outcome), check=check) is None


SHADOW = {"changed": True, "dest": "/etc/shadow",
          "diff": {"before": "root:*:", "after": "root:x:"}}  # fmt: skip
KEYS = {"changed": True, "dest": "/etc/x",
        "diff": {"before": "", "after": "-----BEGIN PRIVATE KEY-----\nMC4\n"}}  # fmt: skip
BINARY = {"changed": True, "dest": "/etc/x", "diff": {"dst_binary": 1}}
LARGE = {"changed": True, "dest": "/etc/x", "diff": {"src_larger": 104448}}
LONG = {"changed": True, "dest": "/etc/x", "diff": {"before": "", "after": "a\nb\n" * 2000}}


@pytest.mark.parametrize(
    ("outcome", "why"),
    [(SHADOW, "secret"), (KEYS, "secret"), (BINARY, "binary"), (LARGE, "large"), (LONG, "large")],
)
def test_what_may_not_or_cannot_be_shown_is_named_with_the_reason(
    outcome: dict[str, Any], why: str
) -> None:
    change = change_of(event(outcome), check=False)
    assert change is not None
    assert [(file.path, file.diff, file.withheld) for file in change.files] == [
        (outcome["dest"], "", why)
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("bindpw = hunter2", "bindpw = ‹…›"),
        ("Password: hunter2", "Password: ‹…›"),
        ("deb https://me:hunter2@mirror/debian stable main",
         "deb https://me:‹…›@mirror/debian stable main"),
        ("x:$y$j9T$hunter2/salt$hunter2:1", "x:‹…›:1"),
        ("password_pbkdf2 root grub.pbkdf2.sha512.10000.hunter2", "password_pbkdf2 root ‹…›"),
    ],
)  # fmt: skip
def test_secrets_within_a_line_are_left_out(line: str, shown: str) -> None:
    outcome = {"changed": True, "dest": "/etc/x", "diff": {"before": "", "after": f"{line}\n"}}
    change = change_of(event(outcome), check=False)
    assert change is not None and change.files[0].diff == f"@@ -0,0 +1 @@\n+{shown}"
    assert "hunter2" not in failure_of(event({"stderr": line}))


@pytest.mark.parametrize(
    "line",
    [
        "PasswordAuthentication no",
        "password requisite pam_pwquality.so retry=3",
        "PASS_MAX_DAYS 365",
        "passwd: files systemd",
        "secrets are kept in /etc/ssl",
    ],
)
def test_a_setting_about_passwords_is_no_secret(line: str) -> None:
    outcome = {"changed": True, "dest": "/etc/x", "diff": {"before": "", "after": f"{line}\n"}}
    change = change_of(event(outcome), check=False)
    assert change is not None and change.files[0].diff.endswith(f"+{line}")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ({"msg": "Task failed: Module failed: non-zero return code", "rc": 1,
          "stderr": "warning: x\n/tmp has a line of its own in fstab; add nodev there"},
         "/tmp has a line of its own in fstab; add nodev there"),
        ({"msg": "Task failed: Module failed: Destination /etc/x not writable"},
         "Destination /etc/x not writable"),
        ({"msg": "All items completed", "results": [{"msg": "fine"},
                                                    {"failed": True, "msg": "No space left"}]},
         "No space left"),
        ({}, "?"),
    ],
)  # fmt: skip
def test_a_failure_is_one_line_with_role_task_and_the_last_word(
    outcome: dict[str, Any], reason: str
) -> None:
    assert failure_of(event(outcome, "mounts", "Set options")) == f"mounts: Set options: {reason}"
