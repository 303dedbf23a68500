"""What others wrote where it wins: a comment afterwards, once, and nothing else of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import apt, others, rights, rsyslog, sudo, sudoers_text, systemd_drop_ins


@pytest.fixture(autouse=True)
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "refused", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Journal]\nStorage=none\n", "[Journal]\n# Storage=none\n"),
        ("[Journal]\nStorage=Persistent\n", "[Journal]\nStorage=Persistent\n"),
        ("[Journal]\nStorage=\n", "[Journal]\n# Storage=\n"),
        ("[Other]\nStorage=none\n", "[Other]\nStorage=none\n"),
        ("[Journal]\n storage=none\n", "[Journal]\n storage=none\n"),
        ("[Journal]\nSeal=\\\n# c\n  no\nStorage = \\\n none\nX=1",
         "[Journal]\nSeal=\\\n# c\n  no\n# Storage = \\\n#  none\nX=1"),
        ("[Journal]\n#Storage=none\n;Storage=none\n", "[Journal]\n#Storage=none\n;Storage=none\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_key_of_a_section_is_taken_out_of_force(text: str, expected: str) -> None:
    values = {"Storage": "persistent"}
    assert systemd_drop_ins.without_keys(text, "Journal", values) == expected
    assert systemd_drop_ins.without_keys(expected, "Journal", values) == expected


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Folders of drop-ins, the administrator's and the vendor's."""
    etc, vendor = tmp_path / "etc" / "x.conf.d", tmp_path / "lib" / "x.conf.d"
    etc.mkdir(parents=True)
    vendor.mkdir(parents=True)
    monkeypatch.setattr(systemd_drop_ins, "_FOLDERS", (str(etc.parent), str(vendor.parent)))
    monkeypatch.setattr(others, "_KEPT", f"{etc.parent}/")
    return etc, vendor


def _unopposed() -> bool:
    return systemd_drop_ins.unopposed("x.conf", "S", {"K": "1"}, dry=False)


def test_only_later_drop_ins_change_and_a_vendors_stays_as_it_is(
    systemd: tuple[Path, Path],
) -> None:
    etc, vendor = systemd
    wrong = "[S]\nK=2\nL=3\n"
    for path in (etc / "10.conf", etc / "zz-later.conf", vendor / "zzz.conf", vendor / "50.conf"):
        path.write_text(wrong)
    (vendor / "zzzz.conf").write_text(wrong)
    (etc / "zzzz.conf").symlink_to("/dev/null")
    (vendor / "zz-later.conf").write_text("[S]\nK=4\n")
    assert _unopposed()
    right = "[S]\n# K=2\nL=3\n"
    assert {path.name: path.read_text() for path in etc.iterdir()} == {
        "10.conf": wrong, "zz-later.conf": right, "zzz.conf": right, "zzzz.conf": ""
    }  # fmt: skip
    assert (vendor / "zzz.conf").read_text() == wrong
    assert not _unopposed()
    assert rights.refused == []


def test_a_link_to_what_is_not_kept_gives_its_place_to_a_file(
    systemd: tuple[Path, Path], tmp_path: Path
) -> None:
    etc, _vendor = systemd
    elsewhere, within = tmp_path / "elsewhere", etc.parent / "within"
    for path in (elsewhere, within):
        path.write_text("[S]\nK=2\n")
    (etc / "zz-x.conf").symlink_to(elsewhere)
    (etc / "zz-y.conf").symlink_to(within)
    assert _unopposed()
    assert elsewhere.read_text() == "[S]\nK=2\n"
    assert within.read_text() == "[S]\n# K=2\n"
    assert (etc / "zz-y.conf").is_symlink()
    assert (etc / "zz-x.conf").read_text() == "[S]\n# K=2\n"
    assert not (etc / "zz-x.conf").is_symlink()


LOOSE = {"family": "sudo.default", "option": "use_pty", "equals": "1"}
SHORT = {"family": "sudo.default", "option": "timestamp_timeout", "minimum": 0, "maximum": 15}
LOGGED = {"family": "sudo.logged", "path": ""}
LOGGED_THERE = {"family": "sudo.logged", "path": "/var/log/a"}
UMASK = {"family": "sudo.umask", "mask": "0022"}


@pytest.mark.parametrize(
    ("row", "setting", "loosens"),
    [
        (LOOSE, ("use_pty", "0", False), True),
        (LOOSE, ("use_pty", "1", True), False),
        (LOOSE, ("requiretty", "0", False), False),
        (SHORT, ("timestamp_timeout", "15", False), False),
        (SHORT, ("timestamp_timeout", "2.5", True), False),
        (SHORT, ("timestamp_timeout", "-1", True), True),
        (SHORT, ("timestamp_timeout", "x", True), True),
        (LOGGED, ("logfile", "/var/log/b", False), False),
        (LOGGED, ("logfile", "0", True), True),
        (LOGGED_THERE, ("logfile", "/var/log/b", False), True),
        (LOGGED_THERE, ("logfile", "/var/log/b", True), False),
        (UMASK, ("umask", "0077", False), False),
        (UMASK, ("umask", "0777", False), True),
        (UMASK, ("umask", "0002", False), True),
        (UMASK, ("umask", "0", False), True),
        (UMASK, ("umask", "99", False), True),
    ],
)
def test_what_loosens_is_told_from_what_is_as_strict(
    row: dict[str, Any], setting: tuple[str, str, bool], loosens: bool
) -> None:
    assert sudo._loosens(sudoers_text.Setting(*setting), row) is loosens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Defaults !use_pty\n", "# Defaults !use_pty\n"),
        ("Defaults insults, !use_pty , lecture=always # x",
         "# Defaults insults, !use_pty , lecture=always # x\nDefaults insults, lecture=always"),
        ('Defaults passprompt="a, # b", \\\n   !use_pty\nroot ALL=ALL\n',
         '# Defaults passprompt="a, # b", \\\n#    !use_pty\nDefaults passprompt="a, # b"\n'
         "root ALL=ALL\n"),
        ("Defaults:a, b !use_pty\n", "# Defaults:a, b !use_pty\n"),
        ("Defaults!/bin/x !use_pty\n", "# Defaults!/bin/x !use_pty\n"),
        ("Defaults use_pty\n", "Defaults use_pty\n"),
        ("# Defaults !use_pty\n", "# Defaults !use_pty\n"),
    ],
)  # fmt: skip
def test_other_settings_of_a_line_stay_in_force(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "sudoers"
    path.write_text(text)
    found = list(sudoers_text.lines("/nowhere/x", str(path)))
    for line in reversed(found):
        text = sudoers_text.without(line, text, lambda one: one[:2] == ("use_pty", "0"))
    assert text == expected


def test_what_is_included_comes_where_it_is_and_ours_counts_as_there(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    for name in ("a", "c", "no.read", "no~"):
        (folder / name).write_text(f"Defaults {name[0]}\n@include {tmp_path}/main\n")
    (folder / "c").chmod(0o666)  # sudo does not read what everybody may change
    main = tmp_path / "main"
    main.write_text(f"Defaults first\n#includedir {folder}\n@include gone\nDefaults last\n")
    ours = f"{folder}/b"
    said = [line.text for line in sudoers_text.lines(ours, str(main))
            if "include" not in line.text]  # fmt: skip
    assert said == ["Defaults first", "Defaults a", "", "Defaults last"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$FileCreateMode 0644\n", "# $FileCreateMode 0644\n$FileCreateMode 0640\n"),
        (" $filecreatemode 0666 # x\n", "#  $filecreatemode 0666 # x\n$FileCreateMode 0640\n"),
        ("$FileCreateMode 0600\n", "$FileCreateMode 0600\n"),
        ("#$FileCreateMode 0644\n", "#$FileCreateMode 0644\n"),
        ('action(fileCreateMode = "0664")', 'action(fileCreateMode = "0640")'),
        ('# fileCreateMode="0664"', '# fileCreateMode="0664"'),
    ],
)  # fmt: skip
def test_wide_modes_of_logs_are_narrowed(text: str, expected: str) -> None:
    assert rsyslog.narrowed(text, 0o640) == expected
    assert rsyslog.narrowed(expected, 0o640) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('module(load="imtcp")\nx\n', '# module(load="imtcp")\nx\n'),
        ('input(type="imudp"\n  port="1"\n)\nx\n', '# input(type="imudp"\n#   port="1"\n# )\nx\n'),
        ("$ModLoad imudp\n$UDPServerRun 514\n", "# $ModLoad imudp\n# $UDPServerRun 514\n"),
        ("$InputRELPServerRun 1\n", "# $InputRELPServerRun 1\n"),
        ("$InputPTCPServerRun 1\n", "# $InputPTCPServerRun 1\n"),
        ('module(load="imuxsock")\n$ModLoad x\n', 'module(load="imuxsock")\n$ModLoad x\n'),
    ],
)  # fmt: skip
def test_what_takes_messages_becomes_a_comment(text: str, expected: str) -> None:
    assert rsyslog.deafened(text) == expected
    assert rsyslog.deafened(expected) == expected


needs_apt = pytest.mark.skipif(shutil.which("apt-config") is None, reason="this system has no apt")


@pytest.fixture
def etc_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "apt.conf.d").mkdir()
    monkeypatch.setattr(apt, "_MAIN", f"{tmp_path}/apt.conf")
    monkeypatch.setattr(apt, "_DROPPED", f"{tmp_path}/apt.conf.d")
    monkeypatch.setattr(apt, "_OURS", f"{tmp_path}/apt.conf.d/zz-govctl")
    monkeypatch.setattr(others, "_KEPT", f"{tmp_path}/")
    return tmp_path


RECOMMENDS = {"id": "r", "family": "apt.setting", "option": "APT::Install-Recommends", "value": "0"}
SIGNED = {"id": "s", "family": "apt.verified", "options": ["APT::Get::AllowUnauthenticated"]}


def _apt(rows: list[dict[str, Any]], *, dry: bool = False) -> None:
    apt.main({"all": [RECOMMENDS, SIGNED], "rows": rows, "dry": dry, "offline": True})


@needs_apt
@pytest.mark.parametrize(
    "wins",
    [
        'APT::Install-Recommends "1";\n',
        'APT { Install-Recommends "true"; };',
        "#clear APT;\n",
        'apt::install-recommends:: "1"; // a list\n',
        "",
    ],
)
def test_apt_has_what_is_asked_whatever_wins_and_only_that(wins: str, etc_apt: Path) -> None:
    """Nothing is written to apt.conf where the drop-in does."""
    other = 'APT::Get::AllowUnauthenticated "1";\n'
    (etc_apt / "apt.conf").write_text(f"{other}{wins}")
    _apt([RECOMMENDS], dry=True)
    assert not (etc_apt / "apt.conf.d" / "zz-govctl").exists()
    _apt([RECOMMENDS])
    text = (etc_apt / "apt.conf").read_text()
    assert text.startswith(f"{other}{wins}")
    assert ("govctl" in text) is bool(wins)
    found = dict(apt._settings((etc_apt / "apt.conf.d" / "zz-govctl").read_text(), text))
    assert found["apt::install-recommends"] == "0"
    assert wins.startswith("#clear") or found["apt::get::allowunauthenticated"] == "1"
    _apt([RECOMMENDS])
    assert (etc_apt / "apt.conf").read_text() == text


@needs_apt
def test_what_apt_cannot_read_is_left_alone(etc_apt: Path) -> None:
    (etc_apt / "apt.conf").write_text('APT::Install-Recommends "1"')
    with pytest.raises(SystemExit, match=r"/etc/apt/apt\.conf"):
        _apt([RECOMMENDS])
    assert not (etc_apt / "apt.conf.d" / "zz-govctl").exists()


@needs_apt
def test_a_file_that_apt_reads_instead_of_apt_conf_is_told(etc_apt: Path) -> None:
    (etc_apt / "own").write_text('APT::Install-Recommends "1";\n')
    (etc_apt / "apt.conf.d" / "10").write_text(f'Dir::Etc::main "{etc_apt}/own";\n')
    _apt([RECOMMENDS])
    assert rights.refused == [f"{etc_apt}/apt.conf: APT::Install-Recommends is still set otherwise"]
