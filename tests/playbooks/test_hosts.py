"""What runs on hosts, as far as it needs none: files are changed in one step and only where due."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from playbooks.hosts import boot, crashes, logins, mounts, rights, strewn, sysctl, texts
from playbooks.hosts.rights import Wanted

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("now", "widest", "then"),
    [(0o600, 0o640, 0o600), (0o644, 0o640, 0o640), (0o4755, 0o755, 0o755), (0o400, 0o777, 0o400)],
)
def test_rights_are_taken_away_and_never_given(
    tmp_path: Path, now: int, widest: int, then: int
) -> None:
    path = tmp_path / "x"
    path.touch()
    path.chmod(now)
    rights.settle(str(path), Wanted(widest=widest), dry=True)
    assert _mode(path) == now
    rights.settle(str(path), Wanted(widest=widest), dry=False)
    assert _mode(path) == then


def test_a_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "target"
    target.touch()
    target.chmod(0o666)
    (tmp_path / "link").symlink_to(target)
    rights.settle(str(tmp_path / "link"), Wanted(widest=0o600), dry=False)
    assert _mode(target) == 0o666
    assert capsys.readouterr().out == ""


def test_a_link_is_removed_and_not_its_target_and_a_folder_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    names = ("link", "folder", "none")
    for dry in (True, False):
        for name in names:
            rights.remove(str(tmp_path / name), dry=dry)
        assert (tmp_path / "link").is_symlink() is dry
    assert (tmp_path / "target").exists() and (tmp_path / "folder").exists()
    assert capsys.readouterr().out == f"changed: {tmp_path}/link removed\n" * 2


@needs_root
def test_a_strangers_program_does_not_become_roots_with_its_setuid(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    os.chown(path, 4242, 4242)
    path.chmod(0o6755)
    rights.settle(str(path), Wanted(uid=0, gid=0), dry=False)
    found = path.stat()
    assert (found.st_uid, found.st_gid, _mode(path)) == (0, 0, 0o755)


def test_a_change_is_one_line_whatever_the_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\nchanged: b\x1b[31m"
    path.touch()
    path.chmod(0o666)
    rights.settle(str(path), Wanted(widest=0o600), dry=False)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_the_walk_stays_in_its_tree(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "a" / "up").symlink_to("/etc")
    found = [entry.path.removeprefix(str(tmp_path)) for entry in strewn.walked(str(tmp_path))]
    assert found == ["", "/a", "/a/b", "/a/b/file"]


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old\n")
    target.chmod(0o640)
    link.symlink_to("target")
    texts.replace(str(link), "new\n")
    assert (target.read_text(), _mode(target), link.is_symlink()) == ("new\n", 0o640, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "target"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[Login]\nA=1\n"),
        ("[Login]\nB=2\n", "[Login]\nB=2\nA=1\n"),
        ("[Login]\nA=9\nA=8\n[X]\nA=7\n", "[Login]\nA=1\n[X]\nA=7\n"),
        ("[X]\nA=7\n", "[X]\nA=7\n[Login]\nA=1\n"),
        ("[Login]\na = 9\n\x0c#A=8\n[X]\n[Login]\nA=8\n", "[Login]\nA=1\n\x0c#A=8\n[X]\n[Login]\n"),
    ],
)
def test_a_key_is_set_in_its_section_alone(text: str, expected: str) -> None:
    assert texts.with_key(text, "Login", "A", "1") == expected
    assert texts.with_key(expected, "Login", "A", "1") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("umask 022", "umask 027"),
        ("umask 0077 # mine", "umask 0077 # mine"),
        ("[ x ] && umask 002; ls", "[ x ] && umask 027; ls"),
        ("umask u=rwx,g=rwx,o=rx", "umask 027"),
        ("umask u=rwx,g=,o=", "umask u=rwx,g=,o="),
        ("# umask 022", "# umask 022"),
        ("umask $mask", "umask $mask"),
    ],
)
def test_weak_masks_lose_bits_and_strict_ones_stay(line: str, expected: str) -> None:
    assert logins._closed(line, 0o027) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("TMOUT=9000", "TMOUT=900"),
        ("  readonly TMOUT='0'; export TMOUT", "  readonly TMOUT=900; export TMOUT"),
        ("TMOUT=300; export TMOUT; TMOUT=0", "TMOUT=300; export TMOUT; TMOUT=900"),
        ("case $- in *i*) TMOUT=$LONG;; esac", "case $- in *i*) TMOUT=900;; esac"),
        ("if x; then export TMOUT=; fi # TMOUT=0", "if x; then export TMOUT=900; fi # TMOUT=0"),
        ("unset -v A TMOUT B", "unset -v A B"),
        ("unset TMOUT; ls", "unset ; ls"),
        ("# TMOUT=0; unset TMOUT", "# TMOUT=0; unset TMOUT"),
        ("MY_TMOUT=0", "MY_TMOUT=0"),
    ],
)
def test_limits_of_idle_shells_are_shortened_wherever_they_stand(line: str, expected: str) -> None:
    assert logins._shortened(line, 900) == expected


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        ("a  /x\text4  defaults 0 2 # c", ["nodev"], "a  /x\text4  defaults,nodev 0 2 # c"),
        ("a /x ext4 rw,suid,dev 0 2", ["nodev", "nosuid"], "a /x ext4 rw,nodev,nosuid 0 2"),
        ("a /x ext4 nodev,noexec 0 2", ["nodev"], "a /x ext4 nodev,noexec 0 2"),
        ("a /x ext4", ["nodev"], "a /x ext4 defaults,nodev"),
    ],
)
def test_options_are_added_to_a_line_that_stays(
    line: str, options: list[str], expected: str
) -> None:
    assert mounts._with_options(line, options) == expected


@pytest.mark.parametrize(
    ("row", "removed", "added"),
    [
        ({"name": "pti", "value": "on", "against": ["nopti"]}, ["nopti", "pti"], ["pti=on"]),
        ({"name": "iommu", "value": "force", "style": "elements"}, [], ["iommu=force"]),
        ({"name": "slab_nomerge", "style": "flag"}, ["slab_nomerge"], ["slab_nomerge"]),
    ],
)
def test_what_takes_an_argument_back_is_removed(
    row: dict[str, object], removed: list[str], added: list[str]
) -> None:
    assert boot._wanted({"family": "boot.argument", **row}) == (removed, added)


@pytest.mark.parametrize(
    ("line", "wide"),
    [
        ("* hard core 0", False),
        ("* soft core unlimited", False),
        ("root - core unlimited", True),
        ("@staff -", True),
        ("* hard core 1", True),
        ("* hard nofile 1000", False),
    ],
)
def test_wider_limits_are_told_from_others(line: str, wide: bool) -> None:
    assert crashes._is_wide(line.split(), "core", 0) is wide


def test_rows_on_one_key_get_a_value_that_suits_them_all() -> None:
    loose = {"family": "sysctl.value", "key": "k", "values": ["1", "2"]}
    strict = {"family": "sysctl.value", "key": "k", "values": ["2"]}
    assert sysctl._allowed({"rows": [loose], "all": [loose]}) == {"k": ["1", "2"]}
    assert sysctl._allowed({"rows": [loose], "all": [loose, strict]}) == {"k": ["2"]}
    assert sysctl._with("# x\nj = 7\nk = 0\nk = 3\n", {"k": "2"}) == "# x\nj = 7\nk = 2\n"


def test_what_is_loaded_is_listed_before_no_module_may_be_loaded_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the next start this comes before what loads its modules later, such as nftables."""
    (tmp_path / "forbidden.conf").write_text("install usb-storage /bin/false\nblacklist floppy\n")
    (tmp_path / "modules").write_text(
        "nf_tables 303104 25 - Live 0x0\nusb_storage 1 0 - Live 0x0\nfloppy 1 0 - Live 0x0\n"
    )
    monkeypatch.setattr(sysctl, "_MODULES", str(tmp_path / "modules"))
    monkeypatch.setattr(sysctl, "_MODPROBE", (str(tmp_path / "*.conf"),))
    monkeypatch.setattr(sysctl, "_LOADED", str(tmp_path / "loaded"))
    monkeypatch.setattr(sysctl, "_OURS", str(tmp_path / "ours"))
    row = {"family": "sysctl.value", "key": "kernel.modules_disabled", "values": ["1"]}
    request = {"rows": [row], "all": [row], "dry": False, "offline": True}
    sysctl.main(request)
    assert not (tmp_path / "loaded").exists()  # an image knows nothing of its machine
    monkeypatch.setattr(sysctl, "_apply", lambda key, value, dry: None)
    sysctl.main({**request, "offline": False})
    assert (tmp_path / "loaded").read_text() == f"{texts.HEADER}nf_tables\n"
    assert "+nf_tables" in capsys.readouterr().out


def test_a_change_is_told_with_its_diff_and_a_plan_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    path.write_text("a\n\nb\n")
    texts.settle_text(str(path), lambda text: text.replace("b", "c"), dry=True)
    assert capsys.readouterr().out == (
        f"changed: {path}\n| @@ -1,3 +1,3 @@\n|  a\n|  \n| -b\n| +c\n"
    )
    assert path.read_text() == "a\n\nb\n"
