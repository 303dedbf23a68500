"""Audit rules as files and as `auditctl -l`, and auditd.conf."""

from __future__ import annotations

from dataclasses import replace

from policies.catalogue import checks
from policies.model import Check
from scanners.host.facts.mounts import Mount, Mounts
from scanners.host.facts.sudo import Sudo
from scanners.host.facts.walk import Walk
from scanners.host.formats.syscalls import exists
from tests.policies.auditing import auditd, rules, unasked
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import METAL, Facts, packages, path, paths

NEW = replace(METAL, kernel="6.12.57+deb13-amd64")
USERS = "-F auid>=1000 -F auid!=unset"
LISTED = "-F auid>=1000 -F auid!=-1"


def _only_b32(name: str) -> bool:
    return not exists(name, "x86_64")


def _arches(names: list[str]) -> list[str]:
    return [arch for arch in ("b64", "b32")
            if any(exists(name, "x86_64", arch) for name in names)]  # fmt: skip


def _calls(check: Check) -> Case:
    """Rules for system calls: apart, together, wide and narrow, running and stored."""
    names = list(check.args["syscalls"])
    who = {"anyone": "", "logged-in": " -F auid!=unset"}.get(
        check.args.get("who", "users"), f" {USERS}"
    )
    more = " -C euid!=uid" if check.args.get("as_another") else ""
    exits = [" -F exit=-EACCES", " -F exit=-EPERM"] if check.args.get("denied") else [""]
    watches = "".join(f"-w {one} -p wa -k net\n" for one in check.args.get("paths", ()))

    def text(filters: str, arches: list[str], codes: list[str] = exits, extra: str = "") -> str:
        lines = []
        for arch in arches:
            known = [name for name in names if exists(name, "x86_64", arch)]
            start = f"-a always,exit -F arch={arch} -S {','.join(known)}"
            lines += [f"{start}{code}{more}{filters}{extra} -k x\n" for code in codes]
        return "".join(lines) + watches

    both = _arches(names)
    good = text(who, both)
    apart = "".join(
        f"-a exit,always -F arch={arch} -S {name}{code}{more}{who} -F key=x\n"
        for arch in both for name in names for code in exits if exists(name, "x86_64", arch)
    ) + watches  # fmt: skip
    live = good.replace("-F auid!=unset", "-F auid!=-1").replace(" -k x", " -F key=x")
    never = f"-a never,exit -F arch={both[0]} -S {names[0]}\n"
    everything = "-a always,exit -S all -k all\n" + watches
    bad = [
        rules(""),
        rules(text(who, both[:1])) if len(both) > 1 else rules(watches),
        rules(text(who, both, extra=" -F uid=33")),
        rules(text(who, both, extra=" -F exe=/usr/bin/x")),
        rules(never + good),
        rules("-a never,task\n" + good),
        rules("-a task,never\n" + good, live),
        rules("-a always,exclude -F msgtype=SYSCALL\n" + good),
        rules(good + "-e 0\n"),
        rules(good, ""),  # the next boot would load it
        rules("", live),  # the next boot loses it
        rules(good, live, enabled=0),
        rules("-w /etc/x -p wq\n" + good),  # auditctl stops at the first line
        rules(good + "-D \n"),  # mawk leaves it where it stands
        rules(f"-a always,exit -S {names[0]} -F arch=b64\n" + good),
        unasked(""),
    ]
    if len(exits) > 1:
        bad += [rules(text(who, both, exits[:1])), rules(text(who, both, [" -F success=1"]))]
    if check.args.get("who", "users") == "users":
        bad += [rules(text(" -F auid>=2000 -F auid!=unset", both)), rules(text(" -F auid=0", both))]
    else:
        bad.append(rules(text(f" {USERS}", both)))
    fine = [
        rules(good),
        rules(apart),
        rules(good, live),
        rules(good, live + "-a never,user -F subj_type=crond_t\n", enabled=2),
        rules(everything),
        rules(good + "-D\n"),  # augenrules puts it first
        rules(good + never),  # the rule that records comes first
        rules("-a never,exit -F subj_type=crond_t\n" + good),  # no SELinux: it matches nothing
        rules("-a never,filesystem -F fstype=tracefs\n-a always,exclude -F msgtype=CWD\n" + good),
        rules("-c\n-w /etc/x -p wq\n" + good),
        rules(good.replace("unset", "4294967295")),
    ]
    if len(exits) > 1:
        fine.append(rules(text(who, both, [" -F success=0"])))
    return Case(tuple((NEW, fact) for fact in fine), tuple((NEW, fact) for fact in bad))


def _watches(check: Check) -> Case:
    """Watches of files and directories, old and new ways to write them."""
    every = list(check.args["paths"]) if isinstance(check.args["paths"], (list, tuple)) else list(
        check.args["paths"].default
    )  # fmt: skip
    every += check.args["faillock"].default if "faillock" in check.args else []
    facts = (packages("apparmor", "selinux-basics"),)
    old = "".join(f"-w {one} -p wa -k x\n" for one in every)
    listed = "".join(f"-w {one.rstrip('/')} -p wa -k x\n" for one in every)

    def new(arches: tuple[str, ...], perm: str = "wa", more: str = "") -> str:
        return "".join(
            f"-a always,exit{arch} -F {'dir' if one.endswith('/') else 'path'}={one}"
            f" -F perm={perm}{more} -F key=x\n"
            for one in every for arch in arches
        )  # fmt: skip

    both = (" -F arch=b64", " -F arch=b32")
    first = every[0].rstrip("/")
    folder = first.rsplit("/", 1)[0]
    good = [
        rules(old),
        rules(old, listed),
        rules(old.replace(" wa", " aw")),
        rules(old.replace(" -p wa", "")),
        rules(old.replace(" -p wa", " -p rwxa"), listed.replace(" -p wa", " -p rwxa")),
        rules(new(("",))),
        rules(new(both)),
        rules("".join(f"-w {one} -p w -k x\n-w {one} -p a -k y\n" for one in every)),
        rules(old + "".join(f"-w {one} -p r -k x\n-W {one} -p r -k x\n" for one in every)),
        rules(old.replace("/var/run/", "/run/")),
        rules("-w /etc -p wa\n-w /var/log -p wa\n-w /run -p wa\n-w /usr/share -p wa\n"),
    ]
    bad = [
        rules(""),
        rules(old.replace(" wa", " w")),
        rules(old.replace(" wa", " r")),
        rules(new(both[:1])),
        rules(new(("",), more=" -F auid>=1000")),
        rules(new(("",), more=" -F success=1")),
        rules(old.replace(f"-w {every[0]} ", f"-w {first}2 ")),
        rules(old.replace(f"-w {every[0]} ", f"-w {first}/below/it ")),
        rules(f"-a never,exit -F dir={folder}\n" + new(("",)).replace("path=", "dir=")),
        rules(f"-a never,exit -F path={first}\n-a never,exit -F dir={first}\n" + new(("",))),
        rules("-a never,task\n" + old),
        rules(old, ""),
        rules("", listed),
        rules("-w /a -p r\n-w /a -p r\n" + old),  # "Rule exists": nothing after it is loaded
        rules(f"{old}-W {every[0]} -p wa -k x\n"),
        unasked(""),
    ]
    return Case(tuple((*facts, fact) for fact in good), tuple((*facts, fact) for fact in bad))


def _program(check: Check) -> Case:
    """Rules for one program, by its path, its directory, or every execution."""
    name = check.args["path"]
    there = paths(path(name, 0o755))

    def uses(where: str, filters: str = USERS, perm: str = "x") -> str:
        return f"-a always,exit -F {where} -F perm={perm} {filters} -k priv\n"

    live = f"-a always,exit -S all -F path={name} -F perm=x {LISTED} -F key=priv\n"
    every = "".join(
        f"-a always,exit -F arch={arch} -S execve -S execveat {USERS} -k run\n"
        for arch in ("b64", "b32")
    )
    folder = name.rsplit("/", 1)[0]
    good = [
        rules(uses(f"path={name}"), live),
        rules(uses(f"path={name.removeprefix('/usr')}")),
        rules(uses(f"path={name}", "")),
        rules(uses(f"dir={folder}")),
        rules(f"-w {name} -p x -k priv\n"),
        rules(every),
        rules("".join(uses(f"arch={arch} -F path={name}") for arch in ("b64", "b32"))),
    ]
    bad = [
        rules(""),
        rules(uses(f"path={name}", perm="wa")),
        rules(uses(f"path={name}", "-F auid=0")),
        rules(uses(f"path={name}x")),
        rules(uses(f"arch=b64 -F path={name}")),
        rules(every.splitlines()[0]),
        rules(f"-a never,exit -F path={name}\n" + uses(f"path={name}")),
        rules(uses(f"path={name}"), ""),
    ]
    # the kernel watches no link
    bad.append(replace(rules(uses(f"path={name}")), links={name: "/usr/bin/elsewhere"}))
    good.append(replace(rules(uses("path=/usr/bin/kmod")), links={name: "/usr/bin/kmod"}))
    return Case(tuple((there, fact) for fact in good), tuple((there, fact) for fact in bad))


def _privileged() -> Case:
    walk = Walk((), (), (), ("/usr/bin/sudo", "/usr/bin/su"), ("/usr/bin/crontab",), True)
    text = "".join(
        f"-a always,exit -F path=/usr/bin/{name} -F perm=x {USERS} -k privileged\n"
        for name in ("sudo", "su", "crontab")
    )
    media = replace(walk, setuid=(*walk.setuid, "/media/usb/su"))
    nosuid = Mount("/media/usb", "/dev/sdb1", "ext4", frozenset({"nosuid", "rw"}))
    return Case(
        (
            (walk, rules(text)),
            (walk, rules(f"-a always,exit -F dir=/usr/bin -F perm=x {USERS}\n")),
            (media, rules(text), Mounts((nosuid,), ())),
            (Walk((), (), (), (), (), True), rules("")),
        ),
        (
            (walk, rules(text.split("\n", 1)[1])),
            (media, rules(text)),
            (walk, rules("")),
            (walk, rules(f"-a always,exit -F dir=/bin -F perm=x -F uid=0 {USERS}\n")),
            (replace(walk, complete=False), rules("")),
        ),
    )


def _settings(key: str, good: list[str], bad: list[str | None]) -> Case:
    here = packages("auditd")
    broken = (here, auditd({key: good[0], "nonsense": "1"}))
    return Case(
        tuple((here, auditd({key: value})) for value in good),
        (*((here, auditd({key: value})) for value in bad), broken),
    )


def _plugin(name: str, text: str) -> Facts:
    return packages("auditd"), auditd(None, {name: text})


SUDO = Sudo(True, {"logfile": "/var/log/sudo.log"}, ())
SYSLOG = (
    "active = yes\ndirection = out\npath = /sbin/audisp-syslog\ntype = always \nargs = LOG_INFO\n"
)
LOCK = "-w /etc/passwd -p wa\n"

CASES: Cases = {
    "audit-immutable": Case(
        (
            (rules(f"{LOCK}-e 2\n"),),
            (rules(f"-e 2\n{LOCK}"),),  # augenrules puts it last
            (rules(f"-e 1\n{LOCK}-e 2\n"),),
            (rules(f"{LOCK}-e 2\n", LOCK, enabled=2),),
        ),
        (
            (rules(LOCK),),
            (rules(f"{LOCK}-e 1\n"),),
            (rules(f"-e 2\n{LOCK}-e 1\n"),),
            (rules(f"{LOCK}#-e 2\n"),),
            (rules(f"{LOCK}-e 2"),),  # runs on into the next file's first line
            (rules(f"{LOCK} -e 3\n"),),
            (rules(f"{LOCK}{LOCK}-e 2\n"),),  # auditctl stops before it
            (rules(f"{LOCK}-e 2\n", LOCK),),
            (rules(LOCK, LOCK, enabled=2),),
        ),
    ),
    "audit-privileged": _privileged(),
    "audit-sudo-log": Case(
        ((SUDO, rules("-w /var/log/sudo.log -p wa -k sudo\n")), (SUDO, rules("-w /var/log\n"))),
        (
            (SUDO, rules("")),
            (replace(SUDO, defaults={}), rules("-w /var/log/sudo.log -p wa\n")),
            (replace(SUDO, defaults={"logfile": "0"}), rules("")),
            (replace(SUDO, defaults={"logfile": "/srv/sudo"}), rules("-w /var/log/sudo.log -p wa")),
        ),
    ),
    "audit-installed": one(packages("auditd"), packages(), packages("auditd-extras")),
    "audit-plugins-installed": one(packages("audispd-plugins"), packages("auditd")),
    "auditd-syslog": Case(
        (_plugin("syslog.conf", SYSLOG), _plugin("own.conf", SYSLOG)),
        (
            _plugin("syslog.conf", ""),
            _plugin("syslog.conf", SYSLOG.replace("yes", "no")),
            _plugin("syslog.conf", SYSLOG.replace("= yes", "=yes")),
            _plugin("syslog.conf", SYSLOG.partition("\n")[2]),
            _plugin("syslog.conf", SYSLOG.replace("/sbin/audisp-syslog", "/opt/gone")),
            _plugin("syslog.conf.bak", SYSLOG),
        ),
    ),
    "auditd-disk-error": _settings(
        "disk_error_action", ["syslog", "SINGLE", "halt"], ["SUSPEND", "ignore"]
    ),
    "auditd-disk-error-single": _settings(
        "disk_error_action", ["single", "SINGLE"], ["syslog", "halt", None]
    ),
    "auditd-disk-full": _settings("disk_full_action", ["halt", "single"], ["SUSPEND", None]),
    "auditd-disk-full-single": _settings("disk_full_action", ["Single"], ["halt", "rotate"]),
    "auditd-mail": _settings("action_mail_acct", ["root"], ["nobody", "an@example.vn"]),
    "auditd-admin-space": _settings(
        "admin_space_left_action", ["halt", "SINGLE"], ["SUSPEND", "email", None]
    ),
    "auditd-space": _settings(
        "space_left_action", ["email", "EXEC /usr/local/bin/x", "halt"], ["SYSLOG", "ignore", None]
    ),
    "auditd-log-size": _settings("max_log_file", ["6", "8", "100"], ["5", "0", "-6", None]),
    "auditd-log-kept": _settings("max_log_file_action", ["keep_logs"], ["ROTATE", "ignore", None]),
    "auditd-log-rotated": _settings("max_log_file_action", ["ROTATE"], ["keep_logs", None]),
    "auditd-log-count": _settings("num_logs", ["5", "99"], ["4", None, "x"]),
    "auditd-flush": _settings("freq", ["50", "20"], ["51", "0", None]),
    "auditd-local-events": _settings("local_events", ["yes", "YES"], ["no", "maybe"]),
    "auditd-log-format": _settings("log_format", ["ENRICHED"], ["RAW", None]),
    "auditd-overflow": _settings("overflow_action", ["SYSLOG", "halt"], ["ignore", "suspend"]),
    "auditd-write-logs": _settings("write_logs", ["yes"], ["no"]),
}  # fmt: skip
for _check in checks():
    if _check.family == "audit.recorded":
        CASES[_check.id] = _calls(_check) if _check.args.get("syscalls") else _watches(_check)
    elif _check.family == "audit.program":
        CASES[_check.id] = _program(_check)
