from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts.audit import AUDITD, RULES, Auditd, AuditRules
from scanners.host.formats import auditd_conf
from scanners.host.formats.audit_fields import UNSET, Field, canonical
from scanners.host.formats.audit_rules import Rule, read
from scanners.host.formats.augenrules import RuleSet, joined, lines_of, load, version_key
from scanners.host.model import File, Missing, Output
from tests.policies.auditing import CONF, HEAD, STATUS, UNIT, rules
from tests.scanners.host.raws import file, output, raw


def _rule(line: str, machine: str = "x86_64") -> Rule:
    found = read(line, machine)
    assert found is not None and found.add is not None, found
    return found.add


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-a always,exit -S chmod -k x", "-a exit,always -S chmod -F key=x"),
        (
            "-a always,exit -F arch=b64 -S chmod,fchmod",
            "-aexit,always -F arch=b64 -Sfchmod -S chmod",
        ),
        ("-a always,exit -F arch=b64 -S 90", "-a always,exit -F arch=b64 -S chmod"),
        ("-a always,exit -F arch=b32 -S 15", "-a always,exit -F arch=i386 -S chmod"),
        ("-a always,exit -S chmod -F auid!=unset", "-a always,exit -S chmod -F auid!=unset  "),
        ("-w /etc/sudoers.d/ -p wa", "-w /etc/sudoers.d -p aw"),
        ("-w /etc/sudoers.d// -p wa", "-w  /etc//sudoers.d  -p  WA"),
        ("-a always,exit -S execve -C euid!=uid", "-a always,exit -S execve -C uid!=euid"),
        ("-w /bin/su -p x", "-w /usr/bin/su -p x"),
        ("-w /var/run/utmp -p wa", "-w /run/utmp -p wa"),
        ("-a always,EXIT -S chmod", "-a always,exit -S chmod"),
    ],
)
def test_two_ways_to_write_one_rule(one: str, other: str) -> None:
    assert _rule(one) == _rule(other)


@pytest.mark.parametrize("value", ["unset", "-1", "4294967295", "0xffffffff"])
def test_words_for_nobody_logged_in(value: str) -> None:
    fields = _rule(f"-a always,exit -S chmod -F auid!={value}").fields
    assert [(one.name, one.op, one.number) for one in fields] == [("auid", "!=", UNSET)]


@pytest.mark.parametrize(
    ("text", "number"),
    [("exit=-EACCES", -13), ("exit=-13", -13), ("exit!=EPERM", 1), ("exit=-ENOENT", None),
     ("a0=0x0", 0), ("a0=0", 0), ("success=no", 0), ("success=1", 1), ("uid=chrony", None),
     ("a0=0x" + "f" * 17, None), ("loginuid>=1000", 1000)],
)  # fmt: skip
def test_numbers(text: str, number: int | None) -> None:
    assert _rule(f"-a always,exit -S chmod -F {text}").fields[0].number == number


@pytest.mark.parametrize(
    "line",
    [
        "-a always,exit -S chmod -F arch=b64",  # arch comes first
        "-a always,exit -F arch=b64 -S stime",  # i386 alone has it
        "-a always,exit -S chmod -F",
        "-a always,exit -S chmod,",
        "-a always,exit -F arch=b64 -S chmodd",
        "-a always,exit -F arch=b64 -S chown32",
        "-a always,exit -S chmod -F auid",
        "-a always,exit -S chmod -F color=red",
        "-a always,exit,x -S chmod",
        "-a always -S chmod",
        "-a always,entry -S chmod",
        "-a sometimes,exit -S chmod",
        "-a\talways,exit -S chmod",
        "-F auid=0 -a always,exit -S chmod",
        "-a always,exit -w /etc/passwd",
        "-a always,user -S chmod",
        "-a always,exit -F path=/x -k key",
        "-p wa -w /etc/passwd",
        "-w etc/passwd -p wa",
        "-w /etc/passwd -p wq",
        "-w /etc/passwd -p wa -k two words",
        "-a always,exit -F arch=b64,b32 -S chmod",
        "-a always,exit -S chmod -F auid>=1000,auid!=unset",
        "-C uid>euid -a always,exit",
        "-w / -p wa",
        "-a always,exit -F path=/etc/sudoers.d/ -F perm=wa",
        "-e 3",
        "-e",
        "-R /etc/other.rules",
        "--unheard-of 1",
        "hello",
        "-Z",
        "\t# a comment behind a tab",
    ],
)
def test_what_auditctl_refuses(line: str) -> None:
    found = read(line, "x86_64")
    assert found is not None and found.error, found


@pytest.mark.parametrize(
    "line", ["-b 8192", "-f 1", "--backlog_wait_time 60000", "--backlog_wait_time=0", "-r 0",
             "--loginuid-immutable", "--reset-lost", "-a exit,possible -S chmod", "-q /a,/b", "-t"],
)  # fmt: skip
def test_what_changes_no_rule(line: str) -> None:
    found = read(line, "x86_64")
    assert found is not None
    assert not (found.add or found.delete or found.clear or found.error), found


def test_blanks_and_comments_are_nothing() -> None:
    assert [read(line, "x86_64") for line in ("", "   ", "# x", "  ## y")] == [None] * 4


def test_call_that_this_auditctl_does_not_know() -> None:
    line = "-a always,exit -F arch=b64 -S fchmodat2"
    known, unknown = read(line, "x86_64"), read(line, "x86_64", old=True)
    assert known is not None and known.add is not None
    assert unknown is not None and unknown.error == "Syscall name unknown: fchmodat2"
    number = read(line.replace("fchmodat2", "452"), "x86_64", old=True)
    assert number is not None and number.add == known.add


def test_names_sort_as_ls_sorts_them() -> None:
    names = ["9-a.rules", "10-a.rules", "10.rules", "100-z.rules", "a2.rules", "a10.rules",
             "audit.rules", "B.rules"]  # fmt: skip
    order = sorted((f"/etc/audit/rules.d/{name}" for name in names), key=version_key)
    assert [path.rsplit("/", 1)[1] for path in order] == [
        "9-a.rules", "10.rules", "10-a.rules", "100-z.rules", "B.rules", "a2.rules", "a10.rules",
        "audit.rules",
    ]  # fmt: skip


def _joined(*texts: str, gawk: bool = False) -> list[str]:
    files = [(f"/etc/audit/rules.d/{number}.rules", text) for number, text in enumerate(texts)]
    return [line.text for line in joined(files, gawk=gawk) if line.text]


def test_augenrules_puts_some_lines_first_and_the_lock_last() -> None:
    assert _joined("-e 1\n-w /a\n-D\n", "-w /b\n-e 2\n-b 9\n-f 2\n-w /c\n-b 8\n") == [
        "-D", "-b 8", "-f 2", "-w /a", "-w /b", "-w /c", "-e 2",
    ]  # fmt: skip


def test_with_mawk_only_lines_from_the_first_column_move() -> None:
    text = "-w /a\n -D\n -e 2\n-w /b\n"
    assert _joined(text) == ["-w /a", " -D", " -e 2", "-w /b"]
    assert _joined(text, gawk=True) == [" -D", "-w /a", "-w /b", " -e 2"]


def test_a_file_without_a_newline_at_its_end_runs_on() -> None:
    assert _joined("-w /a -k x", "-w /b\n") == ["-w /a -k x-w /b"]


def _load(text: str, machine: str = "x86_64") -> RuleSet:
    return load(lines_of("/etc/audit/audit.rules", text), machine)


@pytest.mark.parametrize(
    ("text", "left", "stopped"),
    [
        ("-w /a\n-w /b\n", ["-w /a", "-w /b"], False),
        ("-w /a\n-D\n-w /b\n", ["-w /b"], False),
        ("-w /a -k x\n-w /b -k y\n-D -k x\n", ["-w /b -k y"], False),
        ("-w /a -p wa\n-w /b\n-W /a -p wa\n", ["-w /b"], False),
        ("-a always,exit -S chmod\n-d always,exit -S chmod\n", [], False),
        ("-d always,exit -S chmod\n-w /a\n", [], True),
        ("-w /a\n-w /a\n-w /b\n", ["-w /a"], True),
        ("-i\n-w /a\n-w /a\n-w /b\n", ["-w /a", "-w /b"], False),
        ("-w /a\nnonsense\n-w /b\n", ["-w /a"], True),
        ("-c\n-w /a\nnonsense\n-w /b\n", ["-w /a", "-w /b"], False),
        ("-w /a\nnonsense\n-i\n-w /b\n", ["-w /a"], True),
        ("-w /a\n-e 2\n-w /b\n", ["-w /a"], True),
        ("-w /a\n-A never,exit -S chmod\n", ["-A never,exit -S chmod", "-w /a"], False),
        ("-w /a\r\n-w /b\r\n", ["-w /a", "-w /b"], False),
    ],
)
def test_what_the_kernel_has_after_loading(text: str, left: list[str], stopped: bool) -> None:
    found = _load(text)
    assert [one.text for one in found.rules] == left
    assert found.stopped is stopped


def test_what_is_refused_is_told_with_its_place() -> None:
    assert _load("-w /a\n\n-w b\n").refused == (
        "/etc/audit/audit.rules:3: -w b (The path must start with '/')",
    )


LISTED = """\
-a never,exit -F arch=b64 -S adjtimex -F auid=-1 -F uid=106
-a always,exit -F arch=b32 -S chmod,fchmod,fchmodat -F auid>=1000 -F auid!=-1 -F key=perm_mod
-a always,exit -F arch=b64 -S execve -C uid!=euid -F auid!=-1 -F key=user_emulation
-a always,exit -F arch=b64 -S clock_settime -F a0=0x0 -F key=time-change
-a always,exit -F arch=b64 -S open,creat -F exit=-EACCES -F auid>=1000 -F auid!=-1 -F key=access
-w /etc/sudoers -p wa -k scope
-w /etc/apparmor.d/ -p wa -k MAC-policy
-a always,exit -S all -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=-1 -F key=privileged
-a always,exclude -F msgtype=CWD
-a never,filesystem -F fstype=0x74726163
-a never,user -F subj_type=crond_t
"""


def test_the_running_rules() -> None:
    fact = rules("", LISTED, enabled=2)
    assert isinstance(fact.running, RuleSet)
    assert len(fact.running.rules) == len(LISTED.splitlines())
    assert fact.running.enabled == 2
    assert fact.running.rules[5].rule == _rule("-w /etc/sudoers -p aw -k scope")
    assert fact.running.rules[3].rule.fields[1] == Field("a0", "=", "0x0", 0)


def test_running_rules_may_name_calls_of_the_future() -> None:
    fact = rules("", "-a always,exit -F arch=b64 -S chmod,brand_new -F key=x\n")
    assert isinstance(fact.running, RuleSet)
    assert fact.running.rules[0].rule.syscalls == frozenset({"chmod", "brand_new"})


@pytest.mark.parametrize(
    ("status", "listed"),
    [
        (STATUS.format(enabled=1), "Error receiving rules list (x)\n"),
        (STATUS.format(enabled=1), ""),
        ("", "No rules\n"),
        (output("", 127), "No rules\n"),
        (STATUS.format(enabled=1), output("", 1, "Error sending rule list data request (x)")),
        (STATUS.format(enabled=1), output("-w /a\n", truncated=True)),
    ],
)
def test_running_rules_that_cannot_be_read_are_none(
    status: str | Output, listed: str | Output
) -> None:
    files = {"/sbin/auditctl": file("/sbin/auditctl", None)}
    outputs = {"machine": "x86_64\n", "audit-status": status, "audit-rules": listed}
    fact = RULES.parse(raw(files, outputs))
    assert isinstance(fact, AuditRules)
    assert fact.running is not None and not isinstance(fact.running, RuleSet)


DROP_IN = "[Service]\nExecStartPost=\nExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules\n"


@pytest.mark.parametrize(
    ("others", "left"),
    [
        ({}, ["-w /new"]),
        ({"/etc/systemd/system/auditd.service.d/augenrules.conf": DROP_IN}, ["-w /old"]),
        ({"/etc/systemd/system/auditd.service": DROP_IN}, ["-w /old"]),
        ({"/usr/lib/systemd/system/auditd.service": "[Service]\nExecStart=/sbin/auditd\n"}, []),
        ({"/usr/lib/systemd/system/auditd.service": "[Service]\nExecStart=/sbin/auditd\n",
          "/usr/lib/systemd/system/audit-rules.service":
          "[Service]\nType=oneshot\nExecStart=/sbin/augenrules --load\n"}, ["-w /new"]),
    ],
)  # fmt: skip
def test_the_unit_says_which_rules_are_loaded(
    others: dict[str, File | str], left: list[str]
) -> None:
    fact = rules("-w /new\n", others={"/etc/audit/audit.rules": "-w /old\n", **others})
    assert [one.text for one in fact.stored.rules] == left


def test_without_a_folder_of_rules_the_compiled_file_stays() -> None:
    files: dict[str, str | bytes | File] = {
             "/sbin/auditctl": file("/sbin/auditctl", None), "/etc/audit/audit.rules": "-w /old\n",
             "/lib/systemd/system/auditd.service": UNIT}  # fmt: skip
    fact = RULES.parse(raw(files))
    assert isinstance(fact, AuditRules)
    assert [one.text for one in fact.stored.rules] == ["-w /old"]


def test_a_rule_file_that_cannot_be_read_leaves_no_fact() -> None:
    hidden = file("/etc/audit/rules.d/x.rules", None)
    files = {"/sbin/auditctl": file("/sbin/auditctl", None), hidden.path: hidden,
             "/etc/audit/rules.d": file("/etc/audit/rules.d", None, kind="directory")}  # fmt: skip
    assert isinstance(RULES.parse(raw(files)), Missing)


@pytest.mark.parametrize(
    ("status", "stopped"),
    [("Package: auditd\nStatus: install ok installed\nVersion: 1:3.0.9-1\n", True),
     ("Package: x\nVersion: 1\n\nPackage: auditd\nPriority: optional\nVersion: 1:4.0.2-2\n", False),
     ("Package: x\nVersion: 1:3.0.9-1\n", False)],
)  # fmt: skip
def test_old_auditctl_stops_at_a_new_call(status: str, stopped: bool) -> None:
    fact = rules("-a always,exit -F arch=b64 -S fchmodat2\n-w /a\n",
                 others={"/var/lib/dpkg/status": status})  # fmt: skip
    assert fact.stored.stopped is stopped


def test_links_are_followed_by_hand() -> None:
    fact = rules("", others={
        "/usr/sbin/modprobe": file("/usr/sbin/modprobe", None, kind="link", target="../bin/kmod"),
        "/sbin/init": file("/sbin/init", None, kind="link", target="/lib/systemd/systemd"),
    })  # fmt: skip
    assert fact.links == {"/usr/sbin/modprobe": "/usr/bin/kmod",
                          "/usr/sbin/init": "/usr/lib/systemd/systemd"}  # fmt: skip


def _daemon(text: str) -> Auditd | Missing:
    return AUDITD.parse(raw({"/etc/audit/auditd.conf": text}))


def test_the_daemon_as_debian_installs_it() -> None:
    fact = _daemon(CONF)
    assert isinstance(fact, Auditd)
    assert fact.errors == ()
    assert fact.settings["log_format"] == "ENRICHED"
    assert fact.settings["overflow_action"] == "SYSLOG"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [("", "write_logs", "yes"), ("LOG_FORMAT = NOLOG\n", "write_logs", "no"),
     ("num_logs = 3\nnum_logs = 7\n", "num_logs", "7"),
     ("  NUM_LOGS   =   7  \n", "num_logs", "7"), ("#num_logs = 7\n", "num_logs", "0"),
     ("space_left_action = exec /usr/bin/x\n", "space_left_action", "exec"),
     ("disk_full_action = halt # x\n", "disk_full_action", "halt"),
     ("num_logs = 7" + " " * 160 + "\n", "num_logs", "0")],
)  # fmt: skip
def test_values_in_effect(text: str, key: str, value: str) -> None:
    settings, errors = auditd_conf.read(text)
    assert settings[key] == value and errors == ()


@pytest.mark.parametrize(
    "text", ["num_logs=5\n", "num_logs 5\n", "num_logs =\n", "colour = red\n", "freq = -1\n",
             "disk_full_action = email\n", "local_events = maybe\n", "num_logs\t=\t5\n",
             "num_logs = 5 # five\n", "max_log_file_action = keep_logs x\n"],
)  # fmt: skip
def test_lines_for_which_the_daemon_does_not_start(text: str) -> None:
    assert auditd_conf.read(text)[1]


@pytest.mark.parametrize(
    ("path", "same"),
    [("/bin/su", "/usr/bin/su"), ("/sbin", "/usr/sbin"), ("/binary", "/binary"), ("/", "/"),
     ("//etc//x/", "/etc/x"), ("/var/run", "/run"), ("/var/running", "/var/running")],
)  # fmt: skip
def test_paths_on_a_merged_system(path: str, same: str) -> None:
    assert canonical(path) == same


WORDS = ("-a", "-A", "-d", "-w", "-W", "-S", "-F", "-C", "-k", "-p", "-e", "-D", "-i",
         "always,exit", "never,exit", "chmod", "90", "all", "/etc/passwd", "wa", "auid>=1000",
         "arch=b64", "arch=", "exit=-EACCES", "a0=0x0", "2", "uid!=euid", "key=", "-b",
         "#", "9" * 40, "\u0663", "--", "-", "=")  # fmt: skip
LINES = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=10).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(
    lines=st.lists(LINES, max_size=8), machine=st.sampled_from(["x86_64", "i686", "aarch64", ""])
)
def test_reading_rules_never_fails(lines: list[str], machine: str) -> None:
    found = load(joined([("/a.rules", "\n".join(lines))], gawk=False), machine)
    assert isinstance(found, RuleSet)
    assert found.stopped <= bool(found.refused)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200) | LINES)
def test_reading_the_daemons_file_never_fails(text: str) -> None:
    settings_, _errors = auditd_conf.read(text)
    assert auditd_conf.DEFAULTS.keys() <= settings_.keys()


def test_debians_own_head_is_no_rule() -> None:
    found = _load(HEAD)
    assert found == RuleSet((), None)
