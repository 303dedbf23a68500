"""Ansible's events: changes with their diffs, and failures."""

from __future__ import annotations

from typing import Any

import pytest

from govctl.evidence.hardening import Change, FileDiff
from govctl.pipeline.harden.ansible_events import change_of, failure_of


def event(outcome: dict[str, Any], role: str = "sshd", task: str = "Write it") -> dict[str, Any]:
    return {"host": "web", "role": role, "task": task, "res": outcome}


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
def test_what_themes_tell_is_diffs_and_lines(check: bool) -> None:
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


def test_what_ssh_says_at_the_end_of_a_session_hides_no_reason() -> None:
    said = {"rc": 1, "msg": "non-zero return code", "stderr": "Connection to 192.0.2.1 closed.\r\n",
            "stdout": "this login is older than the change: it proves nothing\r\n"}  # fmt: skip
    assert failure_of({"task": "Prove it", "res": said}) == (
        "Prove it: this login is older than the change: it proves nothing"
    )
    assert failure_of({"task": "Prove it", "res": {**said, "stdout": ""}}) == (
        "Prove it: non-zero return code"
    )


@pytest.mark.parametrize("outcome", [{"changed": False, "stdout": "fine"}, {}])
@pytest.mark.parametrize("check", [True, False])
def test_what_holds_already_is_no_change(outcome: dict[str, Any], check: bool) -> None:
    assert change_of(event(outcome), check=check) is None


def told(path: str, *lines: str) -> dict[str, Any]:
    """The result of a theme that tells of one file."""
    said = [f"changed: {path}", *(f"| {line}" for line in lines)]
    return {"changed": True, "stdout": "\n".join(said)}


@pytest.mark.parametrize(
    ("path", "lines", "why"),
    [
        ("/etc/shadow", ["-root:*:", "+root:x:"], "secret"),
        ("/etc/x", ["+-----BEGIN PRIVATE KEY-----", "+MC4"], "secret"),
        ("/etc/x", ["+a", "+b"] * 2000, "large"),
    ],
)
def test_what_may_not_or_cannot_be_shown_is_named_with_the_reason(
    path: str, lines: list[str], why: str
) -> None:
    change = change_of(event(told(path, *lines)), check=False)
    assert change is not None
    assert [(file.path, file.diff, file.withheld) for file in change.files] == [(path, "", why)]


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
    change = change_of(event(told("/etc/x", f"+{line}")), check=False)
    assert change is not None and change.files[0].diff == f"+{shown}"
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
    change = change_of(event(told("/etc/x", f"+{line}")), check=False)
    assert change is not None and change.files[0].diff == f"+{line}"


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ({"msg": "Task failed: Module failed: non-zero return code", "rc": 1,
          "stderr": "warning: x\n/tmp has a line of its own in fstab; add nodev there"},
         "/tmp has a line of its own in fstab; add nodev there"),
        ({"msg": "Task failed: Module failed: Destination /etc/x not writable"},
         "Destination /etc/x not writable"),
        ({}, "?"),
    ],
)  # fmt: skip
def test_a_failure_is_one_line_with_role_task_and_the_last_word(
    outcome: dict[str, Any], reason: str
) -> None:
    assert failure_of(event(outcome, "mounts", "Set options")) == f"mounts: Set options: {reason}"
