"""PAM stacks as Debian's pam-auth-update and other hands write them."""

from __future__ import annotations

from scanners.host.facts.pam import Pam
from scanners.host.facts.software import Packages
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import login_defs, pam

UNIX = "password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt"
BARE = "password [success=1 default=ignore] pam_unix.so obscure yescrypt"
DENY, PERMIT = "password requisite pam_deny.so", "password required pam_permit.so"
SKIP = "password [success=1 default=ignore] pam_succeed_if.so user ingroup staff"
QUALITY = "password requisite pam_pwquality.so retry=3"
HISTORY = "password requisite pam_pwhistory.so remember=24 enforce_for_root use_authtok"
HISTORY_OPEN = "password required pam_pwhistory.so"
BEFORE = "auth requisite pam_faillock.so preauth"
CHECK = "auth [success=2 default=ignore] pam_unix.so"
ONE = CHECK.replace("=2", "=1")
SPARED = "auth [success=1 default=ignore] pam_succeed_if.so user ingroup admin"
AUTHSELECT = (
    "auth required pam_env.so",
    "auth required pam_faildelay.so delay=2000000",
    "auth required pam_faillock.so preauth silent",
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular",
    "auth [default=1 ignore=ignore success=ok] pam_localuser.so",
    "auth sufficient pam_unix.so",
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular",
    "auth sufficient pam_sss.so forward_pass",
    "auth required pam_faillock.so authfail",
    "auth required pam_deny.so",
    "account required pam_faillock.so",
    "account required pam_unix.so",
)
AFTER = "auth [default=die] pam_faillock.so authfail"
RESET = "account required pam_faillock.so"
LOGINS = ("login", "sshd", "sudo", "su")


def _quality(*lines: str, **options: str) -> Pam:
    return pam(lines or (QUALITY, UNIX, DENY, PERMIT), "passwd", pwquality=options)


def _option(good: list[dict[str, str]], bad: list[dict[str, str]]) -> Case:
    misplaced = (
        _quality(BARE, QUALITY, DENY, PERMIT, **good[0]),  # judged after it was stored
        _quality(UNIX, QUALITY, DENY, PERMIT, **good[0]),  # nobody gives pam_unix a password
        _quality(UNIX, DENY, PERMIT, **good[0]),
        _quality("password optional pam_pwquality.so", BARE, DENY, PERMIT, **good[0]),
        _quality(QUALITY.replace("requisite", "required"), BARE, DENY, PERMIT, **good[0]),
        _quality(QUALITY, HISTORY_OPEN, UNIX, DENY, PERMIT, **good[0], enforcing="0"),
        _quality(SKIP, QUALITY, BARE, DENY, PERMIT, **good[0]),
    )
    required = QUALITY.replace("requisite", "required")
    return Case(
        (
            *((_quality(**options),) for options in good),
            (_quality(required, HISTORY, UNIX, DENY, PERMIT, **good[0]),),
        ),
        (*((_quality(**options),) for options in bad), *((stack,) for stack in misplaced)),
    )


def _logins(*lines: str, **faillock: str) -> Pam:
    every = lines or (BEFORE, CHECK, AFTER, RESET)
    return pam((*every, "auth requisite pam_deny.so", "auth required pam_permit.so"), *LOGINS,
               faillock=faillock)  # fmt: skip


def _su(*lines: str) -> Pam:
    unix = ("auth [success=1 default=ignore] pam_unix.so", "auth requisite pam_deny.so")
    return pam(("auth sufficient pam_rootok.so", *lines, *unix, "auth required pam_permit.so"),
               "su")  # fmt: skip


def _history(line: str) -> Pam:
    return pam((QUALITY, line, UNIX, DENY, PERMIT), "passwd")


OLD_PAM = Packages({"libpam-modules": "1.5.2-6+deb12u1"}, {})
NEW_PAM = Packages({"libpam-modules": "1.7.0-5"}, {})


def _history_conf(setting: str) -> Pam:
    key, _, value = setting.partition("=")
    lines = (QUALITY, "password requisite pam_pwhistory.so use_authtok", UNIX, DENY, PERMIT)
    return pam(lines, "passwd", pwhistory={key: value})


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
        (
            (_history(HISTORY),),
            (
                NEW_PAM,
                _history_conf("remember=24"),
            ),
        ),
        (
            (_history(HISTORY.replace("24", "5")),),
            (OLD_PAM, _history_conf("remember=24")),  # which does not read the file
            (
                pam(
                    (QUALITY, HISTORY.replace("requisite", "optional"), BARE, DENY, PERMIT),
                    "passwd",
                ),
            ),
            (pam((QUALITY, UNIX, HISTORY, DENY, PERMIT), "passwd"),),
            (pam((QUALITY, UNIX), "passwd"),),
        ),
    ),
    "pam-password-history-root": Case(
        ((_history(HISTORY),),), ((_history(HISTORY.replace(" enforce_for_root", "")),),)
    ),
    "pam-hash-method": Case(
        (
            (pam((UNIX,), "passwd"),),
            (pam((UNIX.replace("yescrypt", "sha512"),), "passwd"),),
            (pam((UNIX.replace("yescrypt", "md5 yescrypt"),), "passwd"),),
            (pam((UNIX.replace("yescrypt", ""),), "passwd"), login_defs(ENCRYPT_METHOD="SHA512")),
        ),
        (
            (pam((UNIX.replace("yescrypt", "md5"),), "passwd"),),
            (pam((UNIX + " md5",), "passwd"),),  # the last one counts
            (pam((UNIX.replace("yescrypt", ""),), "passwd"), login_defs(ENCRYPT_METHOD="MD5")),
            (pam((UNIX.replace("yescrypt", ""),), "passwd"), login_defs(PASS_MAX_DAYS="1")),
        ),
    ),
    "pam-empty-password": Case(
        ((_logins(),),),
        (
            (_logins(BEFORE, CHECK + " nullok", AFTER, RESET),),
            (_logins(BEFORE, CHECK + " nullok_secure", AFTER, RESET),),  # the same since Debian 11
        ),
    ),
    "pam-lockout": Case(
        (
            (_logins(),),
            (_logins(BEFORE, ONE, AFTER, "auth sufficient pam_faillock.so authsucc"),),
            (_logins(ONE, AFTER, "auth sufficient pam_faillock.so authsucc"),),  # pam_faillock(8)
            (_logins(*AUTHSELECT),),
        ),
        (
            (_logins(CHECK),),
            (_logins(CHECK.replace("=2", "=3"), BEFORE, AFTER, RESET),),
            (_logins(BEFORE, CHECK, RESET),),
            (_logins(BEFORE, CHECK, AFTER, "auth sufficient pam_faillock.so authsucc"),),  # jumped
            (_logins(SPARED, BEFORE, CHECK, AFTER, RESET),),
            (_logins(BEFORE, CHECK, AFTER, "account sufficient pam_unix.so", "account x y"),),
            (_logins(BEFORE + " deny=5", CHECK, AFTER + " deny=3", RESET),),  # never reaches 5
            (_logins(deny="0"),),
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
        (
            (_su("auth required pam_wheel.so"),),
            (_su("auth required pam_wheel.so use_uid group=sugroup"),),
            (_su("auth [success=ok default=die] pam_wheel.so trust"),),
        ),
        (
            (_su(),),
            (_su("auth sufficient pam_wheel.so trust"),),
            (_su("auth required pam_wheel.so deny group=nosu"),),
            (_su("auth required pam_wheel.so root_only"),),
            (_su("auth optional pam_wheel.so"),),
            (pam(("auth sufficient pam_unix.so", "auth required pam_wheel.so"), "su"),),
        ),
    ),
}
