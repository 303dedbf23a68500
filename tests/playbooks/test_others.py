"""Lines of others that win over ours: which ones are taken out of force, and how."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import audit_files, modules, others, rights, sshd_others, sysctl, texts
from playbooks.hosts.audit_rules import may_hide, read_rule
from policies.families._audit import Events, recorded
from scanners.host.formats.augenrules import lines_of, load

NAMES = ["cramfs", "usb_storage"]


@pytest.fixture(autouse=True)
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "refused", [])


def test_lines_become_comments_and_their_neighbours_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os.path, "realpath", lambda path: f"/etc{path}")
    given: dict[str, str] = {}
    monkeypatch.setattr(others, "replace", lambda path, text, **_how: given.update({path: text}))
    path = tmp_path / "x.conf"
    path.write_text("a\nb\\\nc\nd")
    assert others.take_out(str(path), [1, 2], home="/etc/x.d", dry=True)
    assert given == {}
    assert others.take_out(str(path), [1, 2], home="/etc/x.d", dry=False)
    assert given == {str(path): "a\n# b\\\n# c\nd"}
    assert "| +# c" in capsys.readouterr().out


def test_a_packages_file_is_overridden_and_stays(tmp_path: Path) -> None:
    path, home = tmp_path / "vendor.conf", tmp_path / "etc"
    path.write_text("a\nb\n")
    assert others.take_out(str(path), [0], home=str(home), dry=False)
    assert path.read_text() == "a\nb\n"
    assert (home / "vendor.conf").read_text() == "# a\nb\n"


def test_a_link_out_of_etc_gives_its_place_to_a_file(tmp_path: Path) -> None:
    path, home = tmp_path / "vendor.conf", tmp_path / "etc"
    path.write_text("a\n")
    home.mkdir()
    (home / "vendor.conf").symlink_to(path)
    assert others.take_out(str(home / "vendor.conf"), [0], home=str(home), dry=False)
    assert path.read_text() == "a\n"
    assert not (home / "vendor.conf").is_symlink()
    assert (home / "vendor.conf").read_text() == "# a\n"


def test_a_file_that_has_no_other_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "main.conf"
    path.write_text("a\n")
    assert not others.overrule(str(path), lambda text: f"# {text}", dry=False)
    assert path.read_text() == "a\n"
    assert rights.refused == [f"{path}: it is {path}, of which nothing is kept"]


def test_what_is_no_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "masked").symlink_to("/dev/null")
    with pytest.raises(OSError, match="/dev/null"):
        texts.replace(str(tmp_path / "masked"), "x\n")
    assert not texts.settle_text(str(tmp_path / "masked"), lambda _text: "x\n", dry=False)
    assert len(rights.refused) == 1
    assert os.path.realpath(tmp_path / "masked") == "/dev/null"


def test_drop_ins_are_read_by_name_and_the_first_folders_count(tmp_path: Path) -> None:
    for name in ("etc/b.conf", "etc/x.alias", "usr/a.conf", "usr/b.conf", "usr/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folders = [str(tmp_path / "etc"), str(tmp_path / "usr")]
    found = others.drop_ins(folders, (".conf", ".alias"))
    assert [path.removeprefix(f"{tmp_path}/") for path in found] == [
        "usr/a.conf", "etc/b.conf", "etc/x.alias",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "loads"),
    [
        ("install cramfs /sbin/modprobe -i cramfs", True),
        ("install cram* /sbin/modprobe -i cramfs", True),
        ("install usb-storage /bin/true; /sbin/modprobe -i usb-storage", True),
        ("install cram[a-z]s x", True),
        ("install cramfs /bin/true", False),
        ("install cramfs /usr/bin/false # never", False),
        ("install squashfs /sbin/modprobe -i squashfs", False),
        ("# install cramfs x", False),
        ("blacklist cramfs", False),
        ("alias cramfs x", False),
        ("install cramfs", False),
    ],
)
def test_which_lines_of_modprobe_load_what_is_to_stay_out(line: str, loads: bool) -> None:
    assert modules._loads(line.split(None, 2), NAMES) is loads


def test_lines_that_a_backslash_joins_are_one() -> None:
    text = "# a \\\nb\ninstall x \\\n y\n"
    assert [numbers for numbers, _words in modules._logical(text)] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("line", "otherwise"),
    [
        ("kernel.sysrq = 176", True),
        ("-kernel/sysrq=176", True),
        ("kernel.sysrq=0", False),
        ("kernel.sysrq =  0", False),
        ("# kernel.sysrq=176", False),
        ("; kernel.sysrq=176", False),
        ("-kernel.sysrq", False),
        ("kernel.sys*=176", False),  # a pattern reaches no key that is named in full
        ("net.ipv4.conf.*.rp_filter = 0", True),
        ("net/ipv4/conf/eth*/rp_filter = 0", True),
        ("net.ipv4.conf.*.rp_filter = 1", False),
        ("net.ipv6.conf.*.rp_filter = 0", False),
        ("net.ipv4.conf.eth0.rp_filter = 0", False),  # named in full, and asked so where it is
    ],
)
def test_which_settings_say_otherwise(line: str, otherwise: bool) -> None:
    allowed = {"kernel.sysrq": ["0"], "-net.ipv4.conf.*.rp_filter": ["1"]}
    assert sysctl._says_otherwise(line, allowed) is otherwise


_TRIES = {"family": "sshd.option", "option": "maxauthtries", "minimum": 1, "maximum": 4}
_ROOT = {"family": "sshd.option", "option": "permitrootlogin", "equals": "no"}
_PASSWORD = {"family": "sshd.option", "option": "permitrootlogin",
             "one_of": ["no", "without-password"]}  # fmt: skip
_GRACE = {"family": "sshd.option", "option": "logingracetime", "minimum": 1, "maximum": 60}
_BANNER = {"family": "sshd.option", "option": "banner", "equals": "/etc/issue.net"}
_REKEY = {"family": "sshd.rekey", "size": "512M", "time": "1h"}
_ALIVE = {"family": "sshd.keepalive", "seconds": 900}
_FORWARDING = {"family": "sshd.no-tcp-forwarding"}


@pytest.mark.parametrize(
    ("row", "line", "refused"),
    [
        (_TRIES, "MaxAuthTries 10", True),
        (_TRIES, "maxauthtries=3 # few", False),
        (_ROOT, "\tPermitRootLogin yes", True),
        (_ROOT, '"permitrootlogin" "no"', False),
        (_ROOT, "PasswordAuthentication yes", False),
        (_PASSWORD, "PermitRootLogin prohibit-password", False),
        (_GRACE, "LoginGraceTime 2m", True),
        (_GRACE, "LoginGraceTime 1m", False),
        (_BANNER, "Banner none", True),
        (_REKEY, "RekeyLimit 1G 1h", True),
        (_REKEY, "ClientAliveInterval 2h", False),
        (_REKEY, "RekeyLimit 512M none", True),
        (_REKEY, "RekeyLimit 100M 30m", False),
        (_ALIVE, "ClientAliveInterval 0", True),
        (_ALIVE, "ClientAliveInterval 5m", False),
        (_ALIVE, "ClientAliveCountMax 0", True),
        (_FORWARDING, "AllowTcpForwarding local", True),
        (_FORWARDING, "AllowTcpForwarding no", False),
    ],
)
def test_which_options_loosen_what_a_row_asks(
    row: dict[str, Any], line: str, refused: bool
) -> None:
    inside = f"{line}\nMatch User an\n{line}\n"
    assert sshd_others.in_match(inside, [row]) == ([2] if refused else [])


def test_options_of_sshds_start_are_left_out_and_stay_as_a_comment() -> None:
    text = "# mine\nSSHD_OPTS='-4 -o PermitRootLogin=yes -oMaxAuthTries=2'\n"
    after = sshd_others.started(text, [_ROOT, _TRIES])
    assert after == f"# mine\n# {text.splitlines()[1]}\nSSHD_OPTS='-4 -oMaxAuthTries=2'\n"
    assert sshd_others.started(after, [_ROOT, _TRIES]) == after


_WHO = "-F auid>=1000 -F auid!=unset"
ASKED = {
    "calls": f"-a always,exit -F arch=b64 -S chmod,fchmod {_WHO} -F key=govctl",
    "denied": f"-a always,exit -F arch=b64 -S openat -F exit=-EACCES {_WHO} -F key=govctl",
    "file": "-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa -F key=govctl",
    "folder": "-a always,exit -F arch=b64 -F dir=/etc/sudoers.d -F perm=wa -F key=govctl",
    "program": f"-a always,exit -F arch=b64 -F path=/usr/bin/su -F perm=x {_WHO} -F key=govctl",
}
_LOGINS = (1000, 4294967294)
EVENTS = {
    "calls": [Events("b64", "x86_64", frozenset({name}), logins=_LOGINS)
              for name in ("chmod", "fchmod")],
    "denied": [Events("b64", "x86_64", frozenset({"openat"}), logins=_LOGINS, exit=-13)],
    "file": [Events("b64", "x86_64", path="/etc/passwd", permission=one) for one in "wa"],
    "folder": [Events("b64", "x86_64", path="/etc/sudoers.d", permission=one, directory=True)
               for one in "wa"],
    "program": [Events("b64", "x86_64", path="/usr/bin/su", permission="x", logins=_LOGINS)],
}  # fmt: skip
NEVER = (
    "-a never,exit -F arch=b64 -S chmod",
    "-A never,exit -F arch=b64 -S chmod",
    "-A never,exit -F arch=b32 -S chmod",
    "-A never,exit -S chmod",
    "-A never,exit -F arch=b64 -S getpid",
    "-A never,exit -F arch=b64 -S execve -F exe=/usr/bin/su",
    "-A never,exit -F arch=b64 -S execve -F exe=/usr/bin/ls",
    "-A exit,never -F auid=0",
    "-A never,exit -F auid>=1000",
    "-A never,exit -F auid=unset",
    "-A never,exit -F auid<500",
    "-A never,exit -F auid!=1000",
    "-A never,exit -F uid=33",
    "-A never,exit -F exit=-EPERM",
    "-A never,exit -F success=1",
    "-A never,exit -F success=no",
    "-A never,exit -F dir=/etc -F perm=w",
    "-A never,exit -F dir=/srv",
    "-A never,exit -F path=/etc/passwd",
    "-a never,exit -F path=/etc/passwd -F perm=wa",
    "-a never,exit -F path=/etc/sudoers.d/x",
    "-a never,exit -F path=/srv/x",
    "-A never,exit -F path=/bin/su -F perm=x",
    "-A never,exit -F perm=r",
    "-A never,exit -F subj_type=crond_t",
    "-A never,exit -S all",
    "-a never,task",
    "-a always,task",
    "-a never,filesystem -F fstype=0x6969",
    "-a never,filesystem -F fstype=tracefs",
    "-a always,exclude -F msgtype=SYSCALL",
    "-a never,exclude -F msgtype=1300",
    "-a always,exclude -F msgtype=CWD",
    "-a always,exclude -F auid=unset",
    "-a never,user -F uid=33",
    "-A always,exit -F arch=b64 -S chmod",
)


@pytest.mark.parametrize("line", NEVER)
@pytest.mark.parametrize("kind", ASKED)
def test_a_rule_is_taken_out_just_where_the_verdict_would_fail_for_it(kind: str, line: str) -> None:
    """Ours first, as augenrules has them, then somebody's."""
    text = f"-c\n{ASKED[kind]}\n{line}\n"
    rules = load(lines_of("/etc/audit/audit.rules", text), "x86_64")
    assert not rules.refused
    holds = all(recorded(rules, one).recorded for one in EVENTS[kind])
    rule, ours = read_rule(line), read_rule(ASKED[kind])
    assert rule is not None
    assert ours is not None
    assert may_hide(rule, ours) is not holds


@pytest.mark.parametrize(
    ("line", "gawk", "gone"),
    [
        ("-D", False, False),  # augenrules puts it first
        (" -D", False, True),
        (" -D", True, False),
        ("-D ", False, True),
        ("-D -k govctl", True, True),
        ("-D -k mine", True, False),
        ("# -D -k govctl", True, False),
        ("-d always,exit -F dir=/x -F perm=wa", True, True),
        ("-d always,exit -F perm=wa -F dir=/x", True, True),
        ("-d always,exit -F perm=wa -F dir=/y", True, False),
        ("-w /etc/passwd -p wa", True, False),
    ],
)
def test_lines_that_remove_rules(
    line: str, gawk: bool, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_files, "_GAWK", ("/",) if gawk else ())
    ours = read_rule("-a always,exit -F dir=/x -F perm=wa")
    assert ours is not None
    assert audit_files._takes_away(line, [ours]) is gone


@pytest.mark.parametrize(
    ("lines", "recorded_rows", "locks", "gone"),
    [
        (["a:-e 0"], True, False, ["a"]),
        (["a:-e 0", "b:-e 1"], True, False, []),
        (["a:-e 0", "b:-e 0"], True, False, ["b", "a"]),
        (["a:-e 1", "ours:-e 2"], True, True, []),
        (["ours:-e 2", "z:-e 1"], True, True, ["z"]),
        (["ours:-e 2", "z:-e 1"], True, False, []),
        (["ours:-e 2", "z:-e 2"], True, True, []),
        (["a: -e 1", "ours:-e 2"], True, True, []),
        (["a: -e 2", "b:-e 0"], True, False, []),  # locked before it is switched off
    ],
)
def test_the_last_switch_counts(
    lines: list[str],
    recorded_rows: bool,
    locks: bool,
    gone: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_files, "_GAWK", ())
    monkeypatch.setattr(audit_files, "LOCK", "ours")
    given = [audit_files._Line(one.partition(":")[0], 0, one.partition(":")[2]) for one in lines]
    assert [one.path for one in audit_files._switches(given, recorded_rows, locks)] == gone
