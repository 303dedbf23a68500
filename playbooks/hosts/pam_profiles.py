"""What the stacks are to hold: profiles of pam-auth-update(8), and arguments of their modules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from playbooks.hosts.pam_now import Options
from playbooks.hosts.pam_stack_text import (
    Hashing,
    hashed,
    taken_over,
    usual,
    without_argument,
    without_option,
)
from playbooks.hosts.pam_stacks import Change
from playbooks.hosts.rights import Row
from playbooks.hosts.settled import settled
from playbooks.hosts.texts import read

_HISTORY = """\
Name: Refuse passwords that were used before (govctl)
Default: yes
Priority: 1000
Password-Type: Primary
Password:
\trequisite\tpam_pwhistory.so {words}use_authtok
Password-Initial:
\trequisite\tpam_pwhistory.so {words}
"""
_UMASK = """\
Name: Close new files to others (govctl)
Default: yes
Priority: 0
Session-Type: Additional
Session:
\toptional\tpam_umask.so umask={mask} nousergroups
"""
_LOCKOUT = """\
Name: Count failed logins (govctl)
Default: yes
Priority: 0
Auth-Type: Primary
Auth:
\t[default=die]\tpam_faillock.so authfail
"""
_LOCKOUT_BEFORE = """\
Name: Refuse accounts with too many failed logins (govctl)
Default: yes
Priority: 1024
Auth-Type: Primary
Auth:
\trequisite\tpam_faillock.so preauth
Account-Type: Primary
Account:
\trequired\tpam_faillock.so
"""
_PASSWORD, _AUTH = "common-password", "common-auth"


def profiles(rows: Sequence[Row], now: Options) -> dict[str, str]:
    """Name → text of those that the rows ask for; `now` is what pam_pwhistory is told."""
    found = {}
    history = _history(rows)
    if history:
        words = [_word(one) for one in settled(history, now)]
        found["govctl-history"] = _HISTORY.format(words="".join(f"{word} " for word in words))
    masks = [row["mask"] for row in rows if row["family"] == "accounts.session-umask"]
    if masks:
        found["govctl-umask"] = _UMASK.format(mask=masks[0])
    if any(row["family"].startswith("pam.lockout") for row in rows):
        found |= {"govctl-lockout": _LOCKOUT, "govctl-lockout-before": _LOCKOUT_BEFORE}
    return found


def _word(one: dict[str, str]) -> str:
    option = one["option"]
    return option if option == "enforce_for_root" else f"{option}={one['value']}"


def _history(rows: Sequence[Row]) -> list[Row]:
    """Rows about options of pam_pwhistory."""
    asked = [row for row in rows if row["family"] == "pam.history"]
    reuse = [row for row in rows if row["family"] == "pam.reuse"]
    taken = [row for row in rows if row["family"] == "pam.takes-over"
             and row["module"] == "pam_pwhistory.so"]  # fmt: skip
    return [*asked, *({**row, "option": "remember"} for row in reuse),
            *({**row, "option": "remember", "minimum": 1} for row in taken)]  # fmt: skip


def changes(rows: Sequence[Row], lockout: Sequence[Row]) -> list[Change]:
    """What to take out of the stacks, and what to add; options that stand in a file must not stand
    there too. `lockout` are the rows about options of pam_faillock."""
    found = [
        Change("common-*", partial(without_argument, module=row["module"],
                                   argument=row["argument"]))
        for row in rows if row["family"] == "pam.without-argument"
    ]  # fmt: skip
    quality = [row for row in rows if row["family"] == "pam.quality"]
    for stack, module, asked in ((_PASSWORD, "pam_pwquality.so", quality),
                                 (_AUTH, "pam_faillock.so", lockout)):  # fmt: skip
        found += [Change(stack, partial(without_option, module=module, option=row["option"]))
                  for row in asked]  # fmt: skip
    hashing = _hashing(rows)
    if hashing:
        otherwise = usual(read("/etc/login.defs"))
        found.append(Change(_PASSWORD, partial(hashed, asked=hashing, otherwise=otherwise)))
    taken = [row["module"] for row in rows if row["family"] == "pam.takes-over"]
    if taken:
        found.append(Change(_PASSWORD, partial(taken_over, modules=taken)))
    return found


def _hashing(rows: Sequence[Row]) -> Hashing | None:
    methods = [row["methods"] for row in rows if row["family"] == "pam.hash-method"]
    work = [row for row in rows if row["family"] == "pam.hash-rounds"]
    if not (methods or work):
        return None
    found = Hashing(methods=tuple(name for names in methods for name in names))
    if work:
        found = found._replace(rounds=max(int(row["rounds"]) for row in work))
        found = found._replace(cost=max(int(row.get("cost", found.cost)) for row in work))
    return found
