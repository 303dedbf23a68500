"""passwd, shadow, group and login.defs; machines of several hands."""

from __future__ import annotations

from typing import Any

from scanners.host.facts.accounts import Accounts, Group, LoginDefs
from scanners.host.facts.system import System
from tests.policies.cases.model import Case, Cases, one
from tests.policies.cases.pam_stacks import SESSION, host
from tests.policies.hosts import DAEMON, ROOT, account, files, login_defs, people

AN = account()
GROUPS = (Group("root", 0, ()), Group("daemon", 1, ()), Group("an", 1000, ()))
SHELLS = files({"/etc/shells": "# valid login shells\n/bin/sh\n/bin/bash\n"})
SHADOW = Group("shadow", 42, ())


def _known(*accounts: object, groups: tuple[Group, ...] = GROUPS) -> Accounts:
    return Accounts((ROOT, DAEMON, *accounts), groups)  # type: ignore[arg-type]


def _aged(password: str = "yescrypt", **fields: Any) -> Accounts:
    return people(account(password=password, **fields))


def _defs(key: str, good: list[str], bad: list[str]) -> Case:
    return Case(
        tuple((login_defs(**{key: value}),) for value in good),
        tuple((login_defs(**{key: value}),) for value in bad),
    )


UBUNTU = System("ubuntu", "24.04", "box", None, "6.8.0", "none")


def _session(lines: str, **values: str) -> tuple[object, ...]:
    """Debian's stacks with lines at the end of common-session, and login.defs."""
    return host(common_session=f"{SESSION}{lines}\n"), login_defs(**values)


CASES: Cases = {
    "accounts-empty-password": one(people(AN), people(account(password="none"))),
    "accounts-shadowed": one(
        people(AN, account("binh", 1001, password="none")),  # empty in shadow: another question
        people(account(password="unshadowed", shadowed=False)),
        people(account(password="none", shadowed=False)),
    ),
    "accounts-hash-method": Case(
        ((_aged(),), (_aged("sha512crypt"),), (_aged("locked"),)),
        ((_aged("md5crypt"),), (_aged("descrypt"),), (_aged("sha256crypt"),)),
    ),
    "accounts-uid-zero": one(people(AN), people(account("toor", 0))),
    "accounts-gid-zero": Case(
        ((people(AN),), (people(account("operator", 11, gid=0, shell="/usr/sbin/nologin")),)),
        (
            (people(account("an", 1000, gid=0)),),
            (people(account("operator", 11, gid=0)),),
            (Accounts((account("root", 0, gid=1),), GROUPS),),
        ),
    ),
    "accounts-root-locked": one(
        people(AN), Accounts((account("root", 0, password="yescrypt"),), GROUPS)
    ),
    "accounts-system-shells": Case(
        (
            (people(AN),),
            (people(account("www", 33, shell="/bin/false")),),
            (people(account("svc", 700)), login_defs(UID_MIN="500")),
        ),
        (
            (people(account("svc", 1500)), login_defs(UID_MIN="2000")),
            (people(account("postgres", 110)),),
            (people(account("nobody", 65534, shell="/bin/sh")),),
        ),
    ),
    "accounts-shellless-locked": Case(
        (
            (people(AN),),
            (people(account(password="yescrypt")), SHELLS),
            (people(account("kiosk", shell="/opt/kiosk")), SHELLS),
            (Accounts((account("root", 0, shell="/opt/sh", password="yescrypt"),), ()), SHELLS),
        ),
        (
            (people(account("ftp", 14, shell="/usr/sbin/nologin", password="yescrypt")),),
            (people(account("kiosk", shell="/opt/kiosk", password="yescrypt")), SHELLS),
            (people(account("kiosk", shell="/opt/kiosk", password="none")), SHELLS),
        ),
    ),
    "accounts-unique-uid": one(people(AN), people(AN, account("binh", 1000))),
    "accounts-unique-name": one(people(AN), people(AN, account("an", 1001))),
    "accounts-unique-gid": one(_known(AN), _known(AN, groups=(*GROUPS, Group("dup", 1000, ())))),
    "accounts-unique-group": one(_known(AN), _known(AN, groups=(*GROUPS, Group("an", 1001, ())))),
    "accounts-groups-exist": one(_known(AN), _known(account("binh", 1001, gid=4242))),
    "accounts-shadow-group": one(
        _known(AN, groups=(*GROUPS, SHADOW)),
        _known(AN, groups=(*GROUPS, Group("shadow", 42, ("an",)))),
        _known(account("an", 1000, gid=42), groups=(*GROUPS, SHADOW)),
    ),
    "accounts-homes": Case(
        ((people(AN),), (people(account(home_mode=0o700)),)),
        (
            (people(account(home_mode=0o755)),),
            (people(account(home_mode=0o770)),),
            (people(account(home_mode=None, home_uid=None)),),
            (people(account(home_uid=0)),),
        ),
    ),
    "accounts-password-max-days": _defs("PASS_MAX_DAYS", ["60", "1"], ["99999", "-1", "0", ""]),
    "accounts-password-min-days": _defs(
        "PASS_MIN_DAYS", ["1", "7", "010", "0x7"], ["0", "-1", "08", "00", "7 # days", "7.5"]
    ),
    "accounts-password-warn-days": _defs("PASS_WARN_AGE", ["7", "14"], ["6", "0"]),
    "accounts-encrypt-method": _defs(
        "ENCRYPT_METHOD", ["YESCRYPT", "yescrypt", "SHA512"], ["MD5", "DES"]
    ),
    "accounts-umask-sessions": Case(
        (
            _session("session optional pam_umask.so", UMASK="027"),
            _session("session optional pam_umask.so umask=0077 nousergroups"),
            _session("session optional pam_umask.so", UMASK="027", USERGROUPS_ENAB="yes"),
            (*_session("session optional pam_umask.so umask=027", USERGROUPS_ENAB="yes"), UBUNTU),
        ),
        (
            _session("", UMASK="027"),  # nothing gives it to the session
            _session("session optional pam_umask.so", UMASK="022"),
            _session("session optional pam_umask.so usergroups", UMASK="077"),
            _session("session optional pam_umask.so umask=u=rwx,g=rx,o=", UMASK="027"),
            (
                *_session("session optional pam_umask.so", UMASK="027", USERGROUPS_ENAB="yes"),
                UBUNTU,
            ),
            _session(
                "session optional pam_umask.so umask=027\nsession optional pam_umask.so umask=002"
            ),
            _session(
                "session [success=1 default=1] pam_permit.so\n"
                "session optional pam_umask.so umask=027"
            ),
        ),
    ),
    "accounts-umask": _defs("UMASK", ["027", "077", "0027"], ["022", "002", "x"]),
    "accounts-password-age": Case(
        ((_aged(max_days=60),), (_aged("locked", max_days=99999),)),
        (
            (_aged(max_days=99999),),
            (_aged(max_days=None),),
            (_aged(max_days=-1),),
            (_aged("none", max_days=9000),),
        ),
    ),
    "accounts-inactive-default": Case(
        (
            (LoginDefs({}, {"INACTIVE": "45"}),),
            (LoginDefs({}, {"INACTIVE": "0"}),),
            (LoginDefs({}, {"INACTIVE": " 055"}),),
        ),
        (
            (LoginDefs({}, {"INACTIVE": "-1"}),),
            (LoginDefs({}, {"INACTIVE": "46"}),),
            (LoginDefs({}, {"INACTIVE": '"30"'}),),  # useradd knows no quotes
            (LoginDefs({}, {"INACTIVE": "30 "}),),
            (LoginDefs({}, {}),),
        ),
    ),
    "accounts-inactive": Case(
        ((_aged(inactive_days=45),), (_aged("locked"),)),
        ((_aged(inactive_days=None),), (_aged(inactive_days=90),), (_aged(inactive_days=-1),)),
    ),
    "accounts-shell-timeout": Case(
        (
            (files({"/etc/profile": "", "/etc/profile.d/x.sh": "TMOUT=300\nexport TMOUT\n"}),),
            (files({"/etc/profile": "readonly TMOUT=60"}),),
            (files({"/etc/profile": "", "/etc/bash.bashrc": "TMOUT=600\nreadonly TMOUT\n"}),),
            (files({"/etc/profile": "  declare -xr TMOUT='900'"}),),
            (files({"/etc/profile": "TMOUT=300 # not; TMOUT=0\n"}),),
            (files({"/etc/profile": "unset i\nfi\n# ours\nreadonly TMOUT=900\n"}),),
            (files({"/etc/profile": "case $- in *i*) TMOUT=300;; esac\n"}),),
        ),
        (
            (files({"/etc/profile": "# TMOUT=300\n"}),),
            (files({"/etc/profile": "TMOUT=0\n"}),),
            (files({"/etc/profile": "TMOUT=7200\n"}),),
            (files({"/etc/profile": "TMOUT=300; export TMOUT; TMOUT=0\n"}),),
            (files({"/etc/profile": "TMOUT=300\n", "/etc/profile.d/z.sh": "unset TMOUT\n"}),),
            (files({"/etc/profile": "TMOUT=300\n", "/etc/bash.bashrc": "export TMOUT=\n"}),),
            (files({"/etc/profile": "TMOUT=300\n", "/etc/profile.d/z.sh": "export TMOUT=0\n"}),),
        ),
    ),
}
