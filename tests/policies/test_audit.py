"""A whole set of rules as administrators write it, and what containers, trees and links change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.catalogue import checks
from policies.judge import judge
from policies.model import Finding
from scanners.host.facts.audit import AuditRules
from scanners.host.facts.mounts import Mount, Mounts
from scanners.host.facts.sudo import Sudo
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from tests.policies.auditing import rules, unasked
from tests.policies.hosts import CONTAINER, METAL, TREE, ask, host, packages, path, paths

USERS = "-F auid>=1000 -F auid!=unset"
SETUID = ("/usr/bin/chsh", "/usr/bin/passwd", "/usr/bin/su", "/usr/bin/sudo")
BENCHMARK = f"""\
## 6.2.3.1 and 6.2.3.2
-w /etc/sudoers -p wa -k scope
-w /etc/sudoers.d -p wa -k scope
-a always,exit -F arch=b64 -C euid!=uid -F auid!=unset -S execve -k user_emulation
-a always,exit -F arch=b32 -C euid!=uid -F auid!=unset -S execve -k user_emulation
-w /var/log/sudo.log -p wa -k sudo_log_file
## time
-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time-change
-a always,exit -F arch=b32 -S adjtimex,settimeofday,stime -k time-change
-a always,exit -F arch=b64 -S clock_settime -F a0=0x0 -k time-change
-a always,exit -F arch=b32 -S clock_settime -F a0=0x0 -k time-change
-w /etc/localtime -p wa -k time-change
## network
-a always,exit -F arch=b64 -S sethostname,setdomainname -k system-locale
-a always,exit -F arch=b32 -S sethostname,setdomainname -k system-locale
-w /etc/issue -p wa -k system-locale
-w /etc/issue.net -p wa -k system-locale
-w /etc/hosts -p wa -k system-locale
-w /etc/networks -p wa -k system-locale
-w /etc/network/ -p wa -k system-locale
## access
{
    "".join(
        f'''-a always,exit -F arch={arch} -S creat,open,openat,truncate,ftruncate,open_by_handle_at -F exit={code} {USERS} -k access
'''
        for arch in ("b64", "b32")
        for code in ("-EACCES", "-EPERM")
    )
}\
## identity
-w /etc/group -p wa -k identity
-w /etc/passwd -p wa -k identity
-w /etc/gshadow -p wa -k identity
-w /etc/shadow -p wa -k identity
-w /etc/security/opasswd -p wa -k identity
-w /etc/nsswitch.conf -p wa -k identity
-w /etc/pam.conf -p wa -k identity
-w /etc/pam.d -p wa -k identity
## permissions
{
    "".join(
        f'''-a always,exit -F arch={arch} -S chmod,fchmod,fchmodat {USERS} -F key=perm_mod
-a always,exit -F arch={arch} -S chown,fchown,lchown,fchownat {USERS} -F key=perm_mod
-a always,exit -F arch={arch} -S setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr {USERS} -F key=perm_mod
-a always,exit -F arch={arch} -S mount {USERS} -k mounts
-a always,exit -F arch={arch} -S rename,unlink,unlinkat,renameat {USERS} -F key=delete
-a always,exit -F arch={arch} -S init_module,finit_module,delete_module,create_module,query_module {USERS} -k kernel_modules
'''
        for arch in ("b64", "b32")
    )
}\
## sessions and logins
-w /var/run/utmp -p wa -k session
-w /var/log/wtmp -p wa -k session
-w /var/log/btmp -p wa -k session
-w /var/log/lastlog -p wa -k logins
-w /var/run/faillock -p wa -k logins
-w /etc/apparmor/ -p wa -k MAC-policy
-w /etc/apparmor.d/ -p wa -k MAC-policy
## programs
{
    "".join(
        f'''-a always,exit -F path=/usr/bin/{name} -F perm=x {USERS} -k priv_cmd
'''
        for name in ("chcon", "setfacl", "chacl", "kmod", "sudo", "su", "passwd", "chsh")
    )
}\
-a always,exit -F path=/usr/sbin/usermod -F perm=x {USERS} -k usermod
-e 2
"""  # noqa: E501 - rules are as long as they are
FACTS = (
    METAL,
    packages("auditd", "apparmor", "sudo"),
    Sudo(True, {"logfile": "/var/log/sudo.log"}, ()),
    Walk((), (), (), SETUID, (), True),
    paths(*(path(f"/usr/bin/{name}", 0o755) for name in ("chcon", "setfacl", "chacl", "kmod")),
          path("/usr/sbin/usermod", 0o755)),
)  # fmt: skip


def _benchmark(fact: AuditRules) -> list[Finding]:
    chosen = [check for check in checks() if check.family.startswith("audit.")
              and check.references.get("cis", ("",))[0].startswith("6.2.3.")]  # fmt: skip
    assert len(chosen) > 50
    return judge(host(*FACTS, fact), chosen)


def _failures(findings: list[Finding]) -> list[str]:
    return [f"{one.check}: {one.reason.render('en')}" for one in findings if one.status != "pass"]


def test_a_benchmarks_rules_pass_all_its_items() -> None:
    assert _failures(_benchmark(rules(BENCHMARK))) == []


def test_they_pass_as_the_kernel_prints_them() -> None:
    lines = [line for line in BENCHMARK.splitlines() if line[:2] in ("-a", "-w")]
    listed = "\n".join(lines).replace("auid!=unset", "auid!=-1") + "\n"
    assert _failures(_benchmark(rules(BENCHMARK, listed, enabled=2))) == []


LINES = [line for line in BENCHMARK.splitlines(keepends=True) if not line.startswith("#")]


@pytest.mark.parametrize("number", range(0, len(LINES), 3))
def test_without_any_one_of_them_something_fails(number: int) -> None:
    assert _failures(_benchmark(rules("".join(LINES[:number] + LINES[number + 1 :]))))


def _ask(fact: AuditRules, system: System = METAL, **args: Any) -> tuple[str, str]:
    finding = ask("audit.recorded", args, fact, system)
    return finding.status, finding.reason.render("en")


WATCH = "-w /etc/passwd -p wa\n"


def test_what_differs_between_now_and_the_next_boot_is_told() -> None:
    args: dict[str, Any] = {"paths": ["/etc/passwd"], "who": "anyone"}
    assert _ask(rules(WATCH, ""), **args) == (
        "fail", "the rules that run leave out w /etc/passwd (b64), a /etc/passwd (b64), "
        "w /etc/passwd (b32), a /etc/passwd (b32); only the next boot would load what is stored",
    )  # fmt: skip
    assert _ask(rules("", WATCH), **args)[1].startswith("the rules that run suffice")


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (rules(WATCH, WATCH), "nothing locks the audit rules after the next boot: "
         "no rule says -e 2"),
        (rules(WATCH, WATCH, enabled=2), "nothing locks the audit rules after the next boot: "
         "no rule says -e 2"),
        (rules(f"{WATCH}-e 2\n", WATCH), "the audit rules can be changed: "
         "only the next boot locks them"),
    ],
)  # fmt: skip
def test_rules_that_can_be_changed_are_told_by_when(fact: AuditRules, reason: str) -> None:
    finding = ask("audit.immutable", {}, fact, METAL)
    assert (finding.status, finding.reason.render("en")) == ("fail", reason)


def test_a_line_that_stops_the_loading_is_named() -> None:
    status, reason = _ask(rules("-w passwd\n" + WATCH), paths=["/etc/passwd"], who="anyone")
    assert status == "fail"
    assert reason.endswith("auditctl stops at /etc/audit/rules.d/50-own.rules:1: -w passwd "
                           "(The path must start with '/')")  # fmt: skip


def test_running_rules_that_nobody_may_read_are_no_pass() -> None:
    args: dict[str, Any] = {"paths": ["/etc/passwd"], "who": "anyone"}
    assert _ask(unasked(WATCH), **args)[0] == "not-evaluated"
    assert _ask(unasked(""), **args)[0] == "fail"


def test_without_auditd_nothing_is_recorded() -> None:
    fact = replace(rules(WATCH), installed=False)
    assert _ask(fact, paths=["/etc/passwd"]) == (
        "fail", "auditd is not installed: nothing is recorded"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("syscalls", "text", "status"),
    [
        (["chmod"], "", "not-applicable"),
        (["stime"], "", "not-applicable"),
        (["fchmodat"], "-a always,exit -F arch=b64 -S fchmodat\n", "pass"),
        (["fchmodat"], "-a always,exit -S fchmodat\n", "pass"),
        (["fchmodat"], "", "fail"),
        (["rename", "renameat"], "-a always,exit -F arch=b64 -S renameat\n", "pass"),
    ],
)
def test_other_processors_have_other_calls(syscalls: list[str], text: str, status: str) -> None:
    assert _ask(rules(text, machine="aarch64"), syscalls=syscalls)[0] == status


def test_a_tree_of_an_unknown_processor_is_not_judged() -> None:
    fact = rules("-a always,exit -S chmod\n", machine="riscv64")
    assert _ask(fact, syscalls=["chmod"])[0] == "not-evaluated"


@pytest.mark.parametrize(
    ("kernel", "status"),
    [("6.1.0-28-amd64", "not-applicable"), ("6.6.0", "fail"), ("6.12.57+deb13-amd64", "fail"),
     (None, "not-evaluated"), ("garbage", "not-evaluated")],
)  # fmt: skip
def test_a_call_that_older_kernels_lack(kernel: str | None, status: str) -> None:
    live, tree = (
        replace(METAL, kernel=kernel),
        replace(TREE, own_kernels=(kernel,) if kernel else ()),
    )
    for system in (live, tree):
        assert _ask(rules(""), system, syscalls=["fchmodat2"], since="6.6")[0] == status


def test_the_newest_kernel_of_a_tree_counts() -> None:
    system = replace(TREE, own_kernels=("6.1.0-28-amd64", "6.12.5-amd64"))
    assert _ask(rules(""), system, syscalls=["fchmodat2"], since="6.6")[0] == "fail"


@pytest.mark.parametrize(
    ("system", "status"),
    [(CONTAINER, "not-applicable"), (TREE, "pass"),
     (replace(TREE, own_kernels=("6.1.0-28-amd64",)), "pass"),
     (replace(CONTAINER, own_kernels=("6.1.0-28-amd64",)), "not-applicable")],
)  # fmt: skip
def test_the_rules_belong_to_the_kernels_owner(system: System, status: str) -> None:
    check = next(check for check in checks() if check.id == "audit-passwd")
    assert judge(host(system, rules(WATCH)), [check])[0].status == status


@pytest.mark.parametrize(
    ("never", "status"),
    [
        ("-a never,exit -F auid=unset", "pass"),  # daemons: not those who logged in
        ("-a never,exit -F arch=b64 -S fchmod", "pass"),
        ("-a never,exit -F auid<1000", "pass"),
        ("-a never,exit -F auid=0", "pass"),
        ("-a never,user -F uid=0", "pass"),
        ("-a never,exit -F uid=33", "fail"),
        ("-a never,exit -F exe=/usr/bin/backup", "fail"),
        ("-a never,exit -F dir=/home", "fail"),
        ("-a never,exit -F auid>=5000", "fail"),
        ("-A never,exit -F arch=b32 -S chmod", "fail"),
        ("-a never,exit -F success=0", "fail"),
        ("-a never,task -F uid=33", "fail"),
        ("-a always,exclude -F auid=0", "pass"),
        ("-a always,exclude -F auid=1005", "fail"),
    ],
)
def test_exceptions_that_come_first(never: str, status: str) -> None:
    both = "".join(f"-a always,exit -F arch={arch} -S chmod {USERS}\n" for arch in ("b64", "b32"))
    assert _ask(rules(f"{never}\n{both}"), syscalls=["chmod"])[0] == status


@pytest.mark.parametrize(
    ("never", "status"),
    [
        ("-A never,exit -F arch=b64 -S 90", "fail"),  # chmod
        ("-A never,exit -F arch=b64 -S 91", "pass"),  # fchmod
        ("-A never,exit -F arch=b64 -S 0x5a", "fail"),
        ("-A never,exit -F arch=b64 -S 0132", "fail"),
        ("-A never,exit -F arch=b64 -S 15", "pass"),
        ("-A never,exit -F arch=b32 -S 15", "fail"),  # chmod of 32-bit programs
        ("-A never,exit -F arch=b32 -S 90", "pass"),  # mmap
        ("-A never,exit -S 90", "fail"),
        ("-A never,exit -S 15", "fail"),  # rt_sigreturn, and chmod of 32-bit programs
        ("-A never,exit -S rt_sigreturn", "fail"),
        ("-A never,exit -S 91,92", "pass"),
        ("-A never,exit -S fchmod", "pass"),
        ("-A never,exit -S 2000", "pass"),
        ("-A never,exit -F arch=0xc000003e -S 90", "fail"),
        ("-A never,exit -F arch=c000003e -S chmod", "fail"),
        ("-A never,exit -F arch=B64 -S chmod", "fail"),
        ("-A never,exit -F arch!=b64 -S 15", "fail"),
    ],
)
def test_exceptions_are_compared_by_the_numbers_of_calls(never: str, status: str) -> None:
    both = "".join(f"-a always,exit -F arch={arch} -S chmod {USERS}\n" for arch in ("b64", "b32"))
    assert _ask(rules(f"{never}\n{both}"), syscalls=["chmod"])[0] == status


def test_a_number_is_compared_where_the_rules_name_calls_that_nobody_here_knows() -> None:
    both = "".join(f"-a always,exit -F arch={arch} -S chmod {USERS}\n" for arch in ("b64", "b32"))
    running = "-a never,exit -F arch=b64 -S {},not_yet_known\n" + both.replace("unset", "-1")
    for number, status in (("90", "fail"), ("91", "pass")):
        fact = rules(both, running.format(number))
        assert _ask(fact, syscalls=["chmod"])[0] == status


def test_a_number_may_be_any_call_of_a_machine_that_nobody_here_knows() -> None:
    own = f"-a always,exit -F arch=b64 -S chmod {USERS}\n"
    for never, status in (("", "pass"), ("-A never,exit -F arch=b64 -S 90\n", "fail")):
        fact = rules(never + own, never + own.replace("unset", "-1"), machine="riscv64")
        assert _ask(fact, syscalls=["chmod"])[0] == status


def test_another_name_of_a_call_is_the_same_call() -> None:
    both = "".join(f"-a always,exit -F arch={arch} -S kexec_load\n" for arch in ("b64", "b32"))
    never = "-A never,exit -F arch=b32 -S sys_kexec_load\n"
    assert _ask(rules(both), syscalls=["kexec_load"], who="anyone")[0] == "pass"
    assert _ask(rules(never + both), syscalls=["kexec_load"], who="anyone")[0] == "fail"


def test_a_rule_for_one_file_decides_after_the_others() -> None:
    own = "-a always,exit -F path=/etc/passwd -F perm=wa\n"
    args: dict[str, Any] = {"paths": ["/etc/passwd"], "who": "anyone"}
    assert _ask(rules("-a never,exit -F dir=/etc\n" + own), **args)[0] == "pass"
    assert _ask(rules(own + "-a never,exit -F path=/etc/passwd\n"), **args)[0] == "pass"
    folder = "-w /etc -p wa\n"
    assert _ask(rules(folder + "-a never,exit -F path=/etc/passwd\n"), **args)[0] == "fail"
    assert _ask(rules("-a never,exit -F dir=/etc\n" + folder), **args)[0] == "fail"


W = (
    "-S open,rename,creat,unlink,truncate,ftruncate,mkdir,rmdir,link,symlink,mknod,acct,swapon,"
    "quotactl,openat,mkdirat,mknodat,unlinkat,renameat,linkat,symlinkat,fallocate,renameat2"
)
A = ("chmod,fchmod,chown,fchown,lchown,setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,"
     "fremovexattr,fchownat,fchmodat")  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "status"),
    [("-S all", "pass"), (f"{W},{A}", "pass"), (W, "fail"), ("-S open,openat", "fail")],
)
def test_a_permission_that_auditctl_turned_into_calls(calls: str, status: str) -> None:
    stored = "".join(f"-a always,exit -F arch={arch} -F path=/etc/passwd -F perm=wa -F key=x\n"
                     for arch in ("b64", "b32"))  # fmt: skip
    running = stored.replace(" -F path", f" {calls} -F path")
    assert _ask(rules(stored, running), paths=["/etc/passwd"], who="anyone")[0] == status


@pytest.mark.parametrize(
    ("watch", "status"),
    [("-w /var -p wa", "fail"), ("-w /var/log -p wa", "pass"), ("-w /var/log/wtmp -p wa", "pass"),
     ("-a always,exit -F dir=/var -F perm=wa", "fail")],
)  # fmt: skip
def test_a_watch_of_a_directory_ends_at_mount_points(watch: str, status: str) -> None:
    args: dict[str, Any] = {"paths": ["/var/log/wtmp"], "who": "anyone"}
    root, log = (Mount(target, "x", "ext4", frozenset({"rw"})) for target in ("/", "/var/log"))
    fact = rules(watch + "\n")
    assert ask("audit.recorded", args, fact, Mounts((root, log), ())).status == status
    assert ask("audit.recorded", args, fact, Mounts(None, (root, log))).status == status
    assert ask("audit.recorded", args, fact, Mounts((root,), ())).status == "pass"


@pytest.mark.parametrize(("kind", "status"), [("tracefs", "pass"), ("0xef53", "fail")])
def test_file_systems_that_are_left_out(kind: str, status: str) -> None:
    fact = rules(f"-a never,filesystem -F fstype={kind}\n{WATCH}")
    assert _ask(fact, paths=["/etc/passwd"], who="anyone")[0] == status


def test_labels_count_where_selinux_is() -> None:
    both = "-a never,exit -F subj_type=crond_t\n-a always,exit -S all\n"
    assert _ask(rules(both), syscalls=["chmod"])[0] == "pass"
    fact = rules(both, others={"/etc/selinux/config": "SELINUX=enforcing\n"})
    assert _ask(fact, syscalls=["chmod"])[0] == "fail"


def test_a_program_that_is_a_link() -> None:
    link = {"/usr/sbin/modprobe": "/usr/bin/kmod"}
    there = paths(path("/usr/sbin/modprobe", 0o777, kind="link"))

    def status(name: str, args: dict[str, str], *facts: object) -> str:
        fact = replace(rules(f"-w {name} -p x\n"), links=link)
        return str(ask("audit.program", args, fact, *facts).status)

    args = {"path": "/usr/sbin/modprobe"}
    assert status("/sbin/modprobe", args, there) == "fail"
    assert status("/bin/kmod", args, there) == "pass"
    assert status("/bin/kmod", args, paths()) == "not-applicable"
    assert status("/bin/kmod", args, paths(asked=())) == "not-evaluated"


def test_a_walk_that_was_cut_short_is_no_pass() -> None:
    walk = Walk((), (), (), ("/usr/bin/su",), (), False)
    watch = rules("-w /usr/bin/su -p x\n")
    assert ask("audit.privileged", {}, watch, walk).status == "not-evaluated"
    assert ask("audit.privileged", {}, rules(""), walk).status == "fail"
