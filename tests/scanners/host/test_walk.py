from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scanners.host.facts.walk import _WALK, SHOWN, WALK, Entry, Walk
from scanners.host.model import Missing, Output, Raw
from scanners.host.tree_walk import walk
from tests.scanners.host.raws import file, output, raw

END = b"e 0\0"
_BY_NAME = {"unowned", "without_user", "without_group"}
RECORDS = (
    b"s f 4755 0 0 /usr/bin/su\0g f 2755 0 42 /usr/bin/chage\0c f 2755 0 42 /usr/bin/chage\0"
    b"d d 777 0 0 /srv/open\0d d 1777 33 33 /var/www/upload\0w f 666 0 0 /srv/a file\nwith a line\0"
    b"u f 644 4242 0 /srv/stray\0q f 644 0 4242 /srv/lost\0s f 6755 0 0 /both\0g f 6755 0 0 /both\0"
    b"l f 644 0 0 /var/log/dpkg.log\0H /home/an\0o f 644 0 0 /home/an/x\0a /mnt/nfs\0n l 4000\0"
)


def test_a_walk_sorted_by_what_it_found() -> None:
    assert WALK.parse(raw({}, {"walk": RECORDS + END})) == Walk(
        world_writable_files=("/srv/a file\nwith a line",),
        world_writable_directories=("/srv/open",),
        unowned=("/srv/lost", "/srv/stray"),
        setuid=("/both", "/usr/bin/su"),
        setgid=("/both", "/usr/bin/chage"),
        complete=True,
        foreign_directories=("/var/www/upload",),
        system=(Entry("/usr/bin/chage", "f", 0o2755, 0, 42),),
        logs=(Entry("/var/log/dpkg.log", "f", 0o644, 0, 0),),
        foreign_in_homes=(Entry("/home/an/x", "f", 0o644, 0, 0),),
        homes=frozenset({"/home/an"}),
        away=frozenset({"/mnt/nfs"}),
        left_off={"l": 4000},
        without_user=("/srv/stray",),
        without_group=("/srv/lost",),
    )


@pytest.mark.parametrize(
    ("said", "complete"),
    [
        (output(RECORDS + END), True),
        (output(RECORDS + b"e 1\0", 0, "find: '/proc/9': No such file or directory"), True),
        (output(RECORDS + b"e 1\0", 0, "find: '/x': Permission denied"), False),
        (output(RECORDS + b"e 1\0"), False),
        (output(RECORDS), False),
        (output(RECORDS, 124), False),
        (output(RECORDS + END, truncated=True), False),
        (output(RECORDS + b"s f 7"), False),
        (output(RECORDS + b"rubbish\0" + END), False),
        (output(END), True),
    ],
)
def test_a_walk_that_was_cut_short_says_so(said: Output, complete: bool) -> None:
    fact = WALK.parse(raw({}, {"walk": said}))
    assert isinstance(fact, Walk)
    assert fact.complete is complete


@pytest.mark.parametrize(
    "said", [output(b""), output(b"", 127), output(b"", 124), output(b"\0\xff\0"), output(b"e 1\0")]
)
def test_no_walk_is_no_fact(said: Output) -> None:
    assert isinstance(WALK.parse(raw({}, {"walk": said})), Missing)


def test_what_was_left_off_or_lies_elsewhere_proves_nothing() -> None:
    fact = WALK.parse(raw({}, {"walk": RECORDS + END}))
    assert isinstance(fact, Walk)
    assert fact.all_of("wdu")
    assert not fact.all_of("lw")
    assert fact.went_into("/var/log")
    assert not fact.went_into("/mnt/nfs/deep")
    assert not fact.went_into("/mnt")


PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\nan:x:1000:1000::/home/an/:/bin/sh\n"
    "svc:x:1001:1001::/home/svc:/usr/sbin/nologin\nbinh:x:1002:1000::/srv/binh:/bin/bash\n"
    "nobody:x:65534:65534::/nonexistent:/bin/sh\n"
)
GROUP = "root:x:0:\nan:x:1000:\nadm:x:4:\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with something of everything, as root would have made it."""
    wanted = {
        "etc/passwd": (PASSWD, 0o644, 0, 0),
        "etc/group": (GROUP, 0o644, 0, 0),
        "usr/bin/tool": ("", 0o775, 0, 0),
        "usr/bin/of-adm": ("", 0o755, 0, 4),
        "usr/lib/libx.so": ("", 0o644, 33, 0),
        "usr/libnot": ("", 0o666, 0, 0),
        "var/log/auth.log": ("", 0o640, 0, 4),
        "var/log/app/a.log": ("", 0o644, 0, 0),
        "home/an/.profile": ("", 0o644, 1000, 1000),
        "home/an/deep/x": ("", 0o600, 1002, 1000),
        "home/an/deep/special": ("", 0o4700, 1000, 1000),
        "home/another": ("", 0o644, 7, 7),
        "home/svc/x": ("", 0o666, 0, 0),
        "srv/binh/g": ("", 0o640, 1002, 4),
        "srv/new\nline": ("", 0o666, 0, 0),
    }
    root = tmp_path / "root"
    for name, (text, mode, uid, gid) in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.chown(path, uid, gid)
        path.chmod(mode)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "srv/theirs").mkdir()
    os.chown(root / "srv/theirs", 1000, 0)
    (root / "srv/theirs").chmod(0o1777)
    (root / "usr/lib/link").symlink_to("/nowhere")
    return root


def _raw() -> Raw:
    files = {path: file(path, text) for path, text in
             (("/etc/passwd", PASSWD), ("/etc/group", GROUP))}  # fmt: skip
    return Raw(files, {}, False)


def _of_tree(root: Path) -> Walk:
    fact = WALK.parse(Raw({}, {"walk": walk(root, _raw())}, False))
    assert isinstance(fact, Walk)
    return fact


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@needs_root
def test_a_tree_is_judged_by_where_things_lie(root: Path) -> None:
    fact = _of_tree(root)
    assert fact.complete
    assert {one.path for one in fact.system} == {
        "/usr/bin/tool", "/usr/bin/of-adm", "/usr/lib/libx.so"
    }  # fmt: skip
    assert {one.path for one in fact.logs} == {"/var/log/auth.log", "/var/log/app/a.log"}
    assert fact.foreign_directories == ("/srv/theirs",)
    assert fact.homes == {"/home/an", "/srv/binh"}
    assert {one.path for one in fact.foreign_in_homes} == {"/home/an/deep", "/home/an/deep/x"}
    assert {one.path for one in fact.regrouped_in_homes} == {"/home/an/deep", "/srv/binh/g"}
    assert {one.path for one in fact.open_in_homes} == {
        "/home/an/deep", "/home/an/.profile", "/home/an/deep/special"
    }  # fmt: skip


@needs_root
def test_the_live_walk_of_the_same_files_says_the_same(root: Path) -> None:
    """The script with every absolute place moved into the tree; paths come back without it."""
    script = _WALK.replace("find / $starts", f"find {root}")
    for place in ("/usr/", "/lib", "/bin", "/sbin", "/var/log/"):
        script = script.replace(f"-path {place}", f"-path {root}{place}")
        script = script.replace(f"-path '{place}", f"-path '{root}{place}")
    script = script.replace("/etc/passwd", f"{root}/etc/passwd")
    moved = PASSWD.replace(":/home/", f":{root}/home/").replace(":/srv/", f":{root}/srv/")
    (root / "etc/passwd").write_text(moved)
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False, timeout=60)
    said = Output("walk", done.stdout.replace(os.fsencode(root), b""), done.stderr, 0, 0.0)
    live, tree = WALK.parse(Raw({}, {"walk": said}, True)), _of_tree(root)
    assert isinstance(live, Walk)
    for name in vars(tree):
        if name != "away" and name not in _BY_NAME:  # of this machine: its mounts, its names
            assert _plain(getattr(live, name)) == _plain(getattr(tree, name)), name


def _plain(value: object) -> object:
    return set(value) if isinstance(value, tuple) else value


def test_of_very_many_only_the_number_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "root/srv"
    folder.mkdir(parents=True)
    for number in range(SHOWN + 5):
        path = folder / f"f{number}"
        path.write_text("")
        path.chmod(0o666)
    fact = _of_tree(tmp_path / "root")
    assert len(fact.world_writable_files) == SHOWN
    assert fact.left_off["w"] == SHOWN + 5
    assert not fact.all_of("w")


def test_the_script_is_right_in_every_shell_that_is_here() -> None:
    for shell in ("dash", "bash", "busybox"):
        if shutil.which(shell):
            command = [shell, "sh"] if shell == "busybox" else [shell]
            done = subprocess.run([*command, "-n"], input=_WALK, text=True, check=False)
            assert done.returncode == 0
