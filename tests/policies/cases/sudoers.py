"""sudoers as Debian ships it, and as other hands change it."""

from __future__ import annotations

from scanners.host.facts.sudo import SOURCE, Sudo
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, path, paths
from tests.scanners.host.raws import file, raw

DEBIAN = """Defaults\tenv_reset
Defaults\tmail_badpass
Defaults\tsecure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults\tuse_pty
root\tALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
"""
DROP = "/etc/sudoers.d/50-x"


def sudo(drop: str = "", *, name: str = DROP, mode: int = 0o440, main: str = DEBIAN) -> Sudo:
    fact = SOURCE.parse(raw({
        "/usr/bin/sudo": file("/usr/bin/sudo", None, mode=0o4755),
        "/etc/sudoers": file("/etc/sudoers", main, mode=0o440),
        name: file(name, drop + "\n", mode=mode),
    }))  # fmt: skip
    assert isinstance(fact, Sudo), fact
    return fact


def flag(option: str) -> Case:
    return Case(
        (
            (sudo(f"Defaults {option}"),),
            (sudo(f'Defaults mailto="a,b", \\\n    {option}'),),
            (sudo(f"Defaults !{option}\nDefaults {option}"),),
        ),
        (
            (sudo(),),
            (sudo(f"Defaults {option}\nDefaults !{option}"),),
            (sudo(f"Defaults {option}\nDefaults:an !{option}"),),
            (sudo(f"Defaults:an {option}"),),
            (sudo(f"Defaults {option}", name="/etc/sudoers.d/x.bak"),),
            (sudo(f"Defaults {option}", name="/etc/sudoers.d/x~"),),
            (sudo(f"Defaults {option}", mode=0o666),),  # sudo does not read it
        ),
    )


def allowed(*drops: str) -> tuple[Facts, ...]:
    return tuple((sudo(drop),) for drop in drops)


PROGRAM = "/usr/bin/sudo"

CASES: Cases = {
    "sudo-ignore-dot": flag("ignore_dot"),
    "sudo-noexec": flag("noexec"),
    "sudo-requiretty": flag("requiretty"),
    "sudo-umask": Case(
        allowed("", "Defaults umask=0027", "Defaults umask=077"),
        allowed("Defaults umask=0002", "Defaults umask=0777", "Defaults !umask",
                "Defaults:an umask=0"),
    ),
    "sudo-authentication": Case(
        allowed("", "an ALL=(ALL) ALL", "root ALL=(ALL) NOPASSWD: ALL", "Defaults authenticate",
                "an ALL=(ALL) NOPASSWD: PASSWD: ALL", "# an ALL=(ALL) NOPASSWD: ALL",
                "an ALL=(ALL) ALL, NOPASSWD: !/bin/sh"),
        allowed(
            "an ALL=(ALL) NOPASSWD: ALL",
            "an ALL=(ALL) NOPASSWD:ALL",
            "Defaults !authenticate",
            "Defaults:an !authenticate",
            "Defaults!/bin/ls !authenticate",
            "Defaults exempt_group=adm",
            "User_Alias OPS = an, binh\nOPS ALL = NOPASSWD: /bin/ls",
            "an ALL=NOPASSWD: /usr/bin/env A\\=b",
            "an ALL=PASSWD: /bin/ls, NOPASSWD: /bin/cat",
            "# a comment ends with its line \\\nan ALL=(ALL) NOPASSWD: ALL",
            '"%domain admins" ALL=(ALL) NOPASSWD: ALL',
            "%domain\\ admins ALL=(ALL) NOPASSWD: ALL",
            "an web=/bin/ls : db=(www) NOPASSWD: /bin/cat",
            "an fe80::1=NOPASSWD: /bin/cat",
            "an ALL=(ALL) CWD=/tmp NOPASSWD: ALL",
        ),
    ),
    "sudo-nopasswd-vdsm": Case(
        allowed("", "vdsm ALL=(ALL) NOPASSWD: VDSM", "User_Alias V = vdsm\nV ALL=NOPASSWD: ALL"),
        allowed("%wheel ALL=(ALL) NOPASSWD: ALL", "vdsm, an ALL=NOPASSWD: ALL"),
    ),
    "sudo-group": Case(
        ((sudo(), paths(path(PROGRAM, 0o4755))), (sudo(), paths(path(PROGRAM, 0o4750)))),
        (
            (sudo(), paths(path(PROGRAM, 0o4755, group="adm"))),
            (sudo(), paths(path(PROGRAM, 0o4775))),
            (sudo(), paths(path(PROGRAM, 0o4755, "an"))),
        ),
    ),
    "sudo-arguments": Case(
        allowed("", 'an ALL=/bin/ls "", /usr/bin/id -u', "an ALL=(www) sudoedit /etc/hosts",
                "Cmnd_Alias LS = /bin/ls -l, /bin/ls -a\nan ALL=LS", "an ALL=!/bin/su",
                "an ALL=sha256:abc= /bin/ls -l"),
        allowed("%sudo ALL=(ALL:ALL) ALL", "an ALL=/bin/ls", "an ALL=/bin/ls -l, /bin/cat",
                "Cmnd_Alias LS = /bin/ls -l, /bin/ls\nan ALL=LS", "an ALL=/bin/cat *",
                "an ALL=(root) NOPASSWD: /usr/sbin/", "an ALL=sha256:abc= /bin/ls"),
    ),
    "sudo-no-negation": Case(
        allowed("", "%sudo ALL=(ALL:ALL) ALL", "an,!binh ALL=(ALL, !www) /bin/ls"),
        allowed("an ALL=(ALL) ALL, !/bin/su", "an ALL=ALL, ! /usr/bin/passwd root",
                "Cmnd_Alias SU = /bin/su, /bin/sh\nan ALL=ALL, !SU",
                "Cmnd_Alias OK = ALL, !/bin/su\nan ALL=OK"),
    ),
    "sudo-no-root": Case(
        allowed("", "an ALL=(www-data) /bin/ls", "an ALL=(ALL, !root) /bin/ls",
                "an ALL=(:adm) /bin/ls", "Runas_Alias DB = postgres, mysql\nan ALL=(DB) /bin/ls",
                "Defaults runas_default=www\nan ALL=/bin/ls"),
        allowed("%sudo ALL=(ALL:ALL) ALL", "an ALL=/bin/ls", "an ALL=(www, root) /bin/ls",
                "an ALL=(#0) /bin/ls", "Runas_Alias R = root\nan ALL=(R) /bin/ls",
                "an ALL=(www) /bin/ls, (root) /bin/cat"),
    ),
}  # fmt: skip
