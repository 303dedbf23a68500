"""PAM stacks as Debian's pam-auth-update and other hands write them."""

from __future__ import annotations

from scanners.host.facts.pam import Pam
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import pam

UNIX = "password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt"
QUALITY = "password requisite pam_pwquality.so retry=3"
HISTORY = "password requisite pam_pwhistory.so remember=24 enforce_for_root use_authtok"
BEFORE = "auth requisite pam_faillock.so preauth"
CHECK = "auth [success=2 default=ignore] pam_unix.so"
AFTER = "auth [default=die] pam_faillock.so authfail"
RESET = "account required pam_faillock.so"
LOGINS = ("login", "sshd", "sudo", "su")


def _quality(*lines: str, **options: str) -> Pam:
    return pam(lines or (QUALITY, UNIX), "passwd", pwquality=options)


def _option(good: list[dict[str, str]], bad: list[dict[str, str]]) -> Case:
    misplaced = (
        _quality(UNIX, QUALITY, **good[0]),  # judged after the password was stored
        _quality(UNIX, **good[0]),
        _quality("password optional pam_pwquality.so", UNIX, **good[0]),
    )
    return Case(
        tuple((_quality(**options),) for options in good),
        (*((_quality(**options),) for options in bad), *((stack,) for stack in misplaced)),
    )


def _logins(*lines: str, **faillock: str) -> Pam:
    return pam(lines or (BEFORE, CHECK, AFTER, RESET), *LOGINS, faillock=faillock)


def _history(line: str) -> Pam:
    return pam((QUALITY, line, UNIX), "passwd")


CASES: Cases = {
    "pam-password-length": _option(
        [{"minlen": "14"}, {"minlen": "16", "dcredit": "-1"}],
        [{}, {"minlen": "8"}, {"minlen": "14", "dcredit": "1"}, {"minlen": "fourteen"}],
    ),
    "pam-password-classes": _option(
        [{"minclass": "4"}, dict.fromkeys(("dcredit", "ucredit", "lcredit", "ocredit"), "-1")],
        [{}, {"minclass": "3"}, {"dcredit": "-1", "ucredit": "-1"}],
    ),
    "pam-password-difference": _option([{"difok": "2"}], [{}, {"difok": "0"}]),
    "pam-password-repeat": _option([{"maxrepeat": "3"}], [{}, {"maxrepeat": "0"}]),
    "pam-password-sequence": _option([{"maxsequence": "3"}], [{}, {"maxsequence": "5"}]),
    "pam-password-dictionary": _option([{}, {"dictcheck": "1"}], [{"dictcheck": "0"}]),
    "pam-password-enforcing": _option([{}, {"enforcing": "1"}], [{"enforcing": "0"}]),
    "pam-password-root": _option([{"enforce_for_root": "1"}], [{}]),
    "pam-password-history": Case(
        ((_history(HISTORY),),),
        (
            (_history(HISTORY.replace("24", "5")),),
            (pam((QUALITY, UNIX, HISTORY), "passwd"),),
            (pam((QUALITY, UNIX), "passwd"),),
        ),
    ),
    "pam-password-history-root": Case(
        ((_history(HISTORY),),), ((_history(HISTORY.replace(" enforce_for_root", "")),),)
    ),
    "pam-hash-method": Case(
        ((pam((UNIX,), "passwd"),), (pam((UNIX.replace("yescrypt", "sha512"),), "passwd"),)),
        ((pam((UNIX.replace("yescrypt", "md5"),), "passwd"),),),
    ),
    "pam-empty-password": Case(
        ((_logins(),),), ((_logins(BEFORE, CHECK + " nullok", AFTER, RESET),),)
    ),
    "pam-lockout": Case(
        (
            (_logins(),),
            (_logins(BEFORE, CHECK, AFTER, "auth sufficient pam_faillock.so authsucc"),),
        ),
        (
            (_logins(CHECK),),
            (_logins(CHECK, BEFORE, AFTER, RESET),),
            (_logins(BEFORE, CHECK, RESET),),
            (_logins(BEFORE, CHECK, AFTER),),  # nothing resets the count
            (_logins(BEFORE, "auth requisite pam_unix.so", AFTER, RESET),),
            (_logins(BEFORE, "auth [success=2 default=die] pam_unix.so", AFTER, RESET),),
            (_logins(BEFORE, "auth [success=2 default=1] pam_unix.so", AFTER, RESET),),
            (_logins(BEFORE.replace("requisite", "optional"), CHECK, AFTER, RESET),),
        ),
    ),
    "pam-lockout-attempts": Case(
        ((_logins(deny="5"),), (_logins(),)),
        (
            (_logins(deny="0"),),
            (_logins(deny="6"),),
            (_logins(CHECK),),
            (_logins(BEFORE + " deny=50", CHECK, AFTER, RESET, deny="5"),),  # the line wins
        ),
    ),
    "pam-lockout-interval": Case(((_logins(),),), ((_logins(fail_interval="60"),),)),
    "pam-lockout-time": Case(
        ((_logins(unlock_time="43200"),), (_logins(unlock_time="900"),)),
        ((_logins(),), (_logins(unlock_time="0"),), (_logins(unlock_time="never"),)),
    ),
    "pam-su": Case(
        ((pam(("auth sufficient pam_rootok.so", "auth required pam_wheel.so", CHECK), "su"),),),
        (
            (pam(("auth sufficient pam_rootok.so", CHECK), "su"),),
            (pam(("auth sufficient pam_wheel.so trust", CHECK), "su"),),
            (pam((CHECK, "auth required pam_wheel.so"), "su"),),
        ),
    ),
}
