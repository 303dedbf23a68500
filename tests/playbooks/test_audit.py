"""Which audit rules rows become, what they watch, and what auditd's own files become."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import audit, audit_asked, audit_files, auditd, rights, texts
from playbooks.hosts.audit_asked import Part, kinds, merged, parts
from playbooks.hosts.auditd import activated, with_settings
from policies.families.auditd import SettingArgs
from scanners.host.formats import auditd_conf

CALLS = {"b64": frozenset({"chmod", "openat"}), "b32": frozenset({"chmod", "stime"})}
USERS = "-F auid>=1000 -F auid!=unset"


@pytest.fixture(autouse=True)
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "refused", [])


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("x86_64", {"b64": "x86_64", "b32": "i386"}),
        ("i686", {"b32": "i386"}),
        ("aarch64", {"b64": "aarch64"}),
    ],
)
def test_kinds_of_programs(machine: str, expected: dict[str, str]) -> None:
    assert kinds(machine) == expected


def _rules(*rows: dict[str, Any]) -> list[str]:
    text = merged(part for row in rows for part in parts(row, CALLS))
    assert text.endswith("-F key=govctl\n") or not text
    return [line.removeprefix("-a always,exit -F arch=").removesuffix(" -F key=govctl")
            for line in text.splitlines()]  # fmt: skip


def _row(family: str = "recorded", **args: object) -> dict[str, Any]:
    return {"family": f"audit.{family}", **args}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"syscalls": ["chmod"]}, [f"b64 -S chmod {USERS}", f"b32 -S chmod {USERS}"]),
        ({"syscalls": ["openat"]}, [f"b64 -S openat {USERS}"]),
        ({"syscalls": ["unheard-of"]}, []),
        ({"syscalls": ["fchmodat2"], "who": "anyone"}, ["b64 -S 452", "b32 -S 452"]),
        ({"syscalls": ["stime"], "who": "logged-in"}, ["b32 -S stime -F auid!=unset"]),
        ({"syscalls": ["stime"], "uid_min": 500}, ["b32 -S stime -F auid>=500 -F auid!=unset"]),
        ({"syscalls": ["stime"], "who": "anyone", "denied": True},
         ["b32 -S stime -F exit=-EACCES", "b32 -S stime -F exit=-EPERM"]),
        ({"syscalls": ["stime"], "who": "anyone", "set_clock": True, "as_another": True},
         ["b32 -S stime -F a0=0 -C euid!=uid"]),
    ],
)  # fmt: skip
def test_calls(args: dict[str, Any], expected: list[str]) -> None:
    assert _rules(_row(**args)) == expected


def test_calls_of_the_same_filters_go_into_one_rule() -> None:
    rows = [_row(syscalls=["stime"]), _row(syscalls=["stime"], who="anyone"),
            _row(syscalls=["chmod", "stime"])]  # fmt: skip
    assert _rules(*rows) == [
        f"b32 -S stime,chmod {USERS}", "b32 -S stime", f"b64 -S chmod {USERS}",
    ]  # fmt: skip


def _watched(*rows: dict[str, Any]) -> list[str]:
    return [rule.removeprefix("b64 ") for rule in _rules(*rows) if rule.startswith("b64")]


def test_of_a_file_the_name_is_watched_and_of_a_folder_and_a_program_what_they_lead_to(
    tmp_path: Path,
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "program").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "alias").symlink_to("real/program")
    files = _row(paths=[f"{tmp_path}/link/alias", f"{tmp_path}/link/"],
                 faillock=[f"{tmp_path}/new/"], who="anyone")  # fmt: skip
    assert _watched(files, files) == [
        f"-F path={tmp_path}/real/alias -F perm=wa",
        f"-F dir={tmp_path}/real -F perm=wa",
        f"-F dir={tmp_path}/new -F perm=wa",
    ]
    used = [_row("program", path=f"{tmp_path}/{name}", who="anyone") for name in ("alias", "gone")]
    assert _watched(*used) == [f"-F path={tmp_path}/real/program -F perm=x"]
    assert _watched(_row(paths=["/a b", "/a\tb/"])) == []


def test_programs_with_the_bits_are_found_but_not_behind_what_ignores_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, mode in (("u", 0o4755), ("g", 0o2755), ("plain", 0o755), ("a b", 0o4755)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    (tmp_path / "folder").mkdir(mode=0o755)
    (tmp_path / "folder").chmod(0o2755)
    monkeypatch.setattr(audit_asked, "starts", lambda without: [str(tmp_path), f"{tmp_path}/gone"])
    assert _watched(_row("privileged")) == [
        f"-F path={tmp_path}/{name} -F perm=x {USERS}" for name in "gu"
    ]


def test_a_rule_without_calls_has_no_list_of_them() -> None:
    assert merged([Part("-a x", "", "-F y")]) == "-a x -F y -F key=govctl\n"


def test_only_folders_are_made_once_each_and_below_run() -> None:
    rows: list[dict[str, Any]] = [
        {"paths": ["/etc/a/", "/etc/b"], "faillock": ["/var/run/faillock/"]},
        {"paths": ["/var/run/x/", "/etc/a/"]},
        {"path": "/usr/bin/su"},
    ]
    assert audit.watched_folders(rows) == ["/etc/a", "/run/x", "/run/faillock"]


def test_a_folder_that_is_there_stays_as_it_is_now_and_at_the_next_boot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "_TMPFILES", str(tmp_path / "tmpfiles"))
    (tmp_path / "there").mkdir(mode=0o700)
    folders = [str(tmp_path / name) for name in ("there", "a/new")]
    audit._make(folders, True, False)
    assert not (tmp_path / "a").exists() and not (tmp_path / "tmpfiles").exists()
    audit._make(folders, False, False)
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "new").stat().st_mode & 0o777 == 0o755
    assert f"d {tmp_path}/there - - - -\n" in (tmp_path / "tmpfiles").read_text()
    capsys.readouterr()
    audit._make(folders, False, False)
    assert capsys.readouterr().out == ""


def test_what_lies_below_run_is_not_made_in_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_TMPFILES", str(tmp_path / "tmpfiles"))
    audit._make(["/run/govctl-never"], False, True)
    assert not Path("/run/govctl-never").exists()
    assert "/run/govctl-never" in (tmp_path / "tmpfiles").read_text()


def _key(key: str = "freq", **args: object) -> dict[str, Any]:
    return {"family": "auditd.setting", "key": key, **args}


FREQ = _key(minimum=1, maximum=50)
FULL = _key("disk_full_action", one_of=["halt", "single"])
SPACE = _key("space_left_action", one_of=["email"], or_better=["single", "halt"])
SETTINGS = [
    ("freq = 10\n", [FREQ], "freq = 10\n"),
    ("freq = 010\n", [FREQ], "freq = 010\n"),
    ("freq = 99\n", [FREQ], "freq = 50\n"),
    ("freq = 0\n", [FREQ], "freq = 1\n"),
    ("freq = many\n", [FREQ], "freq = 50\n"),
    ("", [_key(minimum=5)], "freq = 5\n"),
    ("freq = 9\n", [FREQ, _key(maximum=20), _key(minimum=12)], "freq = 12\n"),
    ("a = b\n", [FREQ], "a = b\nfreq = 50\n"),
    ("freq = 10", [FREQ], "freq = 10\n"),
    ("FREQ = 99\n# x\nfreq = 0\ny = z\n", [FREQ], "# x\nfreq = 1\ny = z\n"),
    ("freq = 99\nfreq = 7\n", [FREQ], "freq = 99\nfreq = 7\n"),
    ("#freq = 9\n# freq = 9\nfreq=9\n", [FREQ], "#freq = 9\n# freq = 9\nfreq=9\nfreq = 50\n"),
    ("  freq  =  99  \n\n", [FREQ], "freq = 50\n\n"),
    ("freq =\n", [FREQ], "freq = 50\n"),
    ("disk_full_action = SINGLE\n", [FULL], "disk_full_action = SINGLE\n"),
    ("disk_full_action = exec /bin/x\n", [FULL], "disk_full_action = halt\n"),
    ("", [FULL, _key("disk_full_action", one_of=["SINGLE"])], "disk_full_action = single\n"),
    ("", [FULL, _key("disk_full_action", equals="exec")], "disk_full_action = halt\n"),
    ("", [_key("disk_full_action", one_of=["single|halt"])], "disk_full_action = single\n"),
    ("space_left_action = halt\n", [SPACE], "space_left_action = halt\n"),
    ("space_left_action = exec\n", [SPACE], "space_left_action = email\n"),
    ("log_format = RAW\n", [_key("log_format", equals="enriched")], "log_format = enriched\n"),
]


@pytest.mark.parametrize(("text", "rows", "expected"), SETTINGS)
def test_settings_hold_afterwards_and_what_is_as_asked_stays(
    text: str, rows: list[dict[str, Any]], expected: str
) -> None:
    assert with_settings(text, rows) == expected
    assert with_settings(expected, rows) == expected


@pytest.mark.parametrize("row", [FREQ, FULL, SPACE])
@pytest.mark.parametrize("text", [text for text, _rows, _expected in SETTINGS])
def test_the_verdict_on_a_setting_is_good_afterwards(row: dict[str, Any], text: str) -> None:
    found, _errors = auditd_conf.pairs(with_settings(text, [row]))
    args = SettingArgs.model_validate({
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items() if name != "family"
    })  # fmt: skip
    assert args.holds(found[row["key"]]) or found[row["key"]] in args.or_better


PROGRAM = "/sbin/audisp-syslog"
WHOLE = f"""\
active = yes
direction = out
path = {PROGRAM}
type = always
args = LOG_INFO
format = string
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", WHOLE),
        ("active = yes\n", f"active = yes\npath = {PROGRAM}\n"),
        ("Active = YES \npath = /x/y\n", "Active = YES \npath = /x/y\n"),
        ("active = no\npath = /x/y\nargs = 1 2\n", "path = /x/y\nargs = 1 2\nactive = yes\n"),
        (" active = yes\npath =\n", f"active = yes\npath = {PROGRAM}\n"),
        ("active = yes\nactive = no\n", f"active = yes\npath = {PROGRAM}\n"),
        ("# path = /x\nactive=yes", f"# path = /x\nactive=yes\nactive = yes\npath = {PROGRAM}\n"),
        ("path = /x/y\nactive = yes", "path = /x/y\nactive = yes\n"),
    ],
)
def test_a_plugin_is_active_afterwards(text: str, expected: str) -> None:
    assert activated(text, PROGRAM) == expected
    assert activated(expected, PROGRAM) == expected


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(auditd, "_CONF", str(tmp_path / "auditd.conf"))
    return tmp_path / "auditd.conf"


def _settle(*rows: dict[str, Any], dry: bool = False) -> None:
    auditd.settle_daemon({"all": [*rows], "rows": [*rows], "dry": dry, "offline": True})


def test_a_link_which_auditd_would_refuse_becomes_a_file(conf: Path) -> None:
    real = conf.with_name("real")
    real.write_text("freq = 10\n")
    real.chmod(0o600)
    conf.symlink_to(real)
    _settle(FREQ, dry=True)
    assert conf.is_symlink()
    _settle(FREQ)
    assert not conf.is_symlink() and conf.read_text() == "freq = 10\n"
    assert conf.stat().st_mode & 0o777 == 0o600


def test_a_wide_mode_is_narrowed_and_a_narrow_one_stays(
    conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conf.write_text("freq = 10\n")
    for mode, expected in ((0o644, 0o640), (0o600, 0o600)):
        conf.chmod(mode)
        _settle(FREQ)
        assert conf.stat().st_mode & 0o777 == expected
    assert capsys.readouterr().out.count("changed: ") == 1


def test_without_a_file_of_settings_there_is_none_afterwards(conf: Path) -> None:
    _settle(FREQ)
    assert not conf.exists()


def test_what_cannot_be_replaced_is_refused(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_options: object) -> None:
        raise OSError(30, "Read-only file system")

    conf.write_text("freq = 99\n")
    monkeypatch.setattr(auditd, "replace", refused)
    _settle(FREQ)
    assert rights.refused == [f"{conf}: Read-only file system"]


def test_a_plugin_that_leads_to_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditd, "_SYSLOG", str(tmp_path / "syslog.conf"))
    (tmp_path / "syslog.conf").symlink_to("/dev/null")
    _settle({"family": "auditd.plugin", "program": "sh"})
    assert rights.refused == [f"{tmp_path}/syslog.conf: it is no file"]
    assert texts.read(str(tmp_path / "syslog.conf")) == ""


SAID = """\
#!/bin/sh
cd {folder}
echo "${{0##*/}} $*" >> log
case "${{0##*/}} $*" in
  "auditctl -s") cat enabled ;;
  "auditctl -l") cat rules ;;
  "augenrules --check") cat check ;;
  "augenrules --load") cp new rules ;;
esac
"""
RULE = "-a always,exit -F arch=b64 -S chmod -F key=govctl\n"


@pytest.mark.parametrize(
    ("state", "stored", "lock", "check", "loads"),
    [
        ("enabled 1", RULE, "", "No change", False),
        ("enabled 1", RULE, "", "Rules have changed", True),
        ("enabled 0", RULE * 2, "", "No change", True),
        ("enabled 1", RULE, "# x\n-e 2\n", "No change", True),
        ("enabled 2", RULE * 2, "", "Rules have changed", False),
        ("", RULE * 2, "", "Rules have changed", False),
    ],
)
def test_rules_are_loaded_where_others_run(
    state: str, stored: str, lock: str, check: str, loads: bool,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name in ("auditctl", "augenrules"):
        (tmp_path / name).write_text(SAID.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    given = {"enabled": f"pid 0\n{state}\n", "rules": RULE, "check": check, "new": "new\n",
             "stored": f"-c\n{stored}", "lock": lock}  # fmt: skip
    for name, text in given.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(audit_files, "OURS", str(tmp_path / "stored"))
    monkeypatch.setattr(audit_files, "LOCK", str(tmp_path / "lock"))
    audit._load()
    assert ("augenrules --load" in (tmp_path / "log").read_text()) is loads
    assert capsys.readouterr().out == ("changed: audit rules: loaded\n" if loads else "")


def test_nothing_is_loaded_or_told_where_no_auditctl_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    audit._load()
    assert audit_asked.asked_rules([_row(syscalls=["chmod"])]) == ""
    assert capsys.readouterr().out == ""
