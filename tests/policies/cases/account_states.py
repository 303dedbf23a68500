"""Ages of passwords, shells and sessions; machines of several hands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanners.host.facts.accounts import Accounts, Group
from scanners.host.facts.logind import SOURCE
from scanners.host.facts.software import Packages
from scanners.host.facts.system import System
from scanners.host.facts.text_files import TEXTS, TextFiles
from scanners.host.model import Taken
from tests.policies.cases.model import Case, Cases, one
from tests.policies.cases.pam_stacks import LOGIN, host
from tests.policies.cases.reduced import read
from tests.policies.hosts import DAEMON, ROOT, TREE, Facts, account, files, login_defs, people

TODAY = 20_780
NOW = System("debian", "12", "box", None, "6.1.0", "none", clock=TODAY * 86_400 + 3_600)
SECRET = "yescrypt"


def aged(**fields: Any) -> Accounts:
    return people(account(password=SECRET, **fields))


def root(**fields: Any) -> Accounts:
    return Accounts((account("root", 0, **fields), DAEMON), (Group("root", 0, ()),))


def umask(texts: dict[str, str], umask: str = "022", pam: str = "") -> Facts:
    return files(texts, TEXTS), host(login=LOGIN + pam), login_defs(UMASK=umask)


PAM_UMASK = "session optional pam_umask.so\n"


def masks(path: str) -> Case:
    return Case(
        (
            umask({path: "umask 027\n"}),
            umask({path: "if [ -n x ]; then umask 0077; fi # umask 022\n"}),
            umask({path: "umask u=rwx,g=rx,o=\n"}),
            umask({path: "# umask 022\n"}, "027", PAM_UMASK),
            umask({}, pam=PAM_UMASK.replace(".so", ".so umask=0027")),
        ),
        (
            umask({path: "umask 022\n"}, "027", PAM_UMASK),
            umask({path: "umask 027\numask 002\n"}),
            umask({path: '[ "$UID" -gt 199 ] && umask 002 || umask 027\n'}),
            umask({path: "umask u=rwx,g=rwx,o=rx\n"}),
            umask({path: ""}, "027"),  # nothing gives login.defs to the session
            umask({path: ""}, "022", PAM_UMASK),
        ),
    )


def idle(version: str = "252.38-1~deb12u1", **texts: str) -> Facts:
    paths = {"main": "/etc/systemd/logind.conf", "drop": "/etc/systemd/logind.conf.d/50-x.conf",
             "vendor": "/usr/lib/systemd/logind.conf.d/50-x.conf",
             "late": "/usr/lib/systemd/logind.conf.d/60-y.conf"}  # fmt: skip
    found = read(SOURCE, {paths[name]: f"[Login]\n{text}\n" for name, text in texts.items()})
    return found, Packages({"systemd": version}, {})


def shells(*names: str) -> TextFiles:
    return files({"/etc/shells": "# /etc/shells: valid login shells\n" + "\n".join(names) + "\n"})


CASES: Cases = {
    "accounts-changed-in-past": Case(
        (
            (aged(changed=TODAY), NOW),
            (aged(changed=None), NOW),
            (people(account(changed=99_999)), NOW),  # no password
            (people(account()), System("debian", "12", "box", None, None, None)),
        ),
        (
            (aged(changed=TODAY + 30), NOW),
            (aged(changed=TODAY), replace(NOW, clock=3_600)),  # by its own clock it never expires
            (aged(changed=TODAY + 1), NOW),
            (aged(changed=TODAY + 1), TREE, Taken(TODAY * 86_400)),
        ),
    ),
    "accounts-root-terminals": one(
        files({"/etc/securetty": "# none\n"}),
        files({}),
        files({"/etc/securetty": "tty1\n"}),
    ),
    "accounts-password-min-length": one(
        login_defs(PASS_MIN_LEN="15"), login_defs(), login_defs(PASS_MIN_LEN="8")
    ),
    "accounts-root-max-days": one(
        root(max_days=99_999), root(max_days=None), root(max_days=100_000)
    ),
    "accounts-min-days": Case(
        ((aged(min_days=1),), (people(account(min_days=0)),)),
        ((aged(min_days=0),), (aged(min_days=None),)),
    ),
    "accounts-root-controlled": Case(
        ((root(),), (root(password=SECRET),)),
        ((root(password="none"),), (people(account("toor", 0, password="none")),)),
    ),
    "accounts-group-zero": one(
        people(),
        Accounts((ROOT,), (Group("root", 0, ()), Group("wheel", 0, ("an",)))),
    ),
    "accounts-umask-profile": masks("/etc/profile.d/x.sh"),
    "accounts-umask-bashrc": masks("/etc/bash.bashrc"),
    "accounts-umask-root": Case(
        (
            *masks("/root/.bashrc").good,
            umask({"/root/.bashrc": "# umask 022\n", "/etc/profile": "umask 027\n"}),
            umask({"/root/.bash_profile": "", "/etc/profile": "umask 022\n"}),  # asked elsewhere
        ),
        (
            *masks("/root/.profile").bad[:4],
            umask({"/root/.bashrc": "umask 022\n", "/etc/profile": "umask 027\n"}),
        ),
    ),
    "accounts-listed-shells": one(
        shells("/bin/sh", "/bin/bash", "# /usr/sbin/nologin"),
        shells("/bin/sh", "/usr/sbin/nologin"),
    ),
    "accounts-idle-session": Case(
        (
            idle(main="StopIdleSessionSec=300"),
            idle(main="#StopIdleSessionSec=infinity", drop="StopIdleSessionSec=5min"),
            idle(vendor="StopIdleSessionSec=infinity", drop="StopIdleSessionSec=4min 30s"),
        ),
        (
            idle(),
            idle(main="StopIdleSessionSec=0"),
            idle(main="StopIdleSessionSec=infinity"),
            idle(main="StopIdleSessionSec=300", drop="StopIdleSessionSec=10min"),
            idle(drop="StopIdleSessionSec=300", late="StopIdleSessionSec=infinity"),
            idle("247.3-7+deb11u4", main="StopIdleSessionSec=300"),
            idle(main="StopIdleSessionSec=soon"),
        ),
    ),
}
