"""Numbers that mean without end: 0 and `never` of pam_faillock compare by what they do."""

from __future__ import annotations

import pytest

from policies.catalogue import checks
from policies.judge import judge
from policies.model import Status
from policies.target import TargetContext
from tests.policies.cases.pam_stacks import LOCKING
from tests.policies.cases.pam_stacks import host as pam_host
from tests.policies.hosts import host

CHECKS = {check.id: check for check in checks()}
UNLOCK = "var_accounts_passwords_pam_faillock_unlock_time"
ROOT = "var_accounts_passwords_pam_faillock_root_unlock_time"


def _status(name: str, conf: str, context: TargetContext) -> Status:
    stacks = pam_host({"security/faillock.conf": conf}, common_auth=LOCKING.format(""))
    return judge(host(stacks), [CHECKS[name]], context)[0].status


@pytest.mark.parametrize(
    ("name", "asked", "found", "status"),
    [
        ("pam-lockout-duration", {UNLOCK: "0"}, "unlock_time = 0", "pass"),
        ("pam-lockout-duration", {UNLOCK: "0"}, "unlock_time = never", "pass"),
        ("pam-lockout-duration", {UNLOCK: "0"}, "unlock_time = 900", "fail"),
        ("pam-lockout-duration", {UNLOCK: "600"}, "unlock_time = 0", "pass"),
        ("pam-lockout-duration", {UNLOCK: "600"}, "", "pass"),
        ("pam-lockout-duration", {UNLOCK: "900"}, "", "fail"),
        ("pam-lockout-time", {UNLOCK: "0"}, "unlock_time = 900", "fail"),
        ("pam-lockout-time", {UNLOCK: "0"}, "unlock_time = 0", "pass"),
        ("pam-lockout-time", {}, "unlock_time = 0", "fail"),  # not for ever
        ("pam-lockout-time", {"lockout_duration": "43200"}, "unlock_time = 86400", "pass"),
        ("pam-lockout-time", {"lockout_duration": "43200"}, "unlock_time = 900", "fail"),
        ("pam-lockout-root-time", {}, "even_deny_root\nroot_unlock_time = never", "pass"),
        ("pam-lockout-root-time", {ROOT: "0"}, "even_deny_root\nroot_unlock_time = 900", "fail"),
        ("pam-lockout-root-time", {ROOT: "0"}, "even_deny_root\nunlock_time = 0", "pass"),
        ("pam-lockout-root-time", {ROOT: "0"}, "unlock_time = 0", "fail"),  # root is never locked
        ("pam-lockout", {"var_accounts_passwords_pam_faillock_deny": "0"}, "deny = 0", "fail"),
    ],
)
def test_never_is_longer_than_any_number(
    name: str, asked: dict[str, str], found: str, status: Status
) -> None:
    assert _status(name, found, TargetContext(values=asked)) == status


def test_an_estate_that_never_unlocks_is_not_loosened() -> None:
    context = TargetContext(estate={"lockout_duration": "0"})
    assert _status("pam-lockout-time", "unlock_time = 0", context) == "pass"
    assert _status("pam-lockout-time", "unlock_time = 900", context) == "fail"
