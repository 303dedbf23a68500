from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from govctl.errors import TargetError
from scanners.host.collect import scan_tree
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.accounts import Accounts
from scanners.host.facts.paths import Paths
from scanners.host.facts.software import Listeners
from scanners.host.facts.sshd import Sshd
from scanners.host.facts.system import System
from scanners.host.facts.walk import WALK, Walk
from scanners.host.model import TREE_CONTENT_LIMIT, Missing, Raw
from scanners.host.rooted import Rooted
from scanners.host.tree import collect_tree

HASH = "$6$saltsalt$hashhashhash"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small system inside a folder that has a secret beside it."""
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    texts = {
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nan:x:1000:1000::/home/an:/bin/sh\n",
        "etc/shadow": f"root:{HASH}:19000:0:99999:7:::\nan:*:19000:0:99999:7:::\n",
        "etc/group": "root:x:0:\nan:x:1000:\n",
        "usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\nBROKEN=\'\n',
        "etc/ssh/sshd_config": "Include extra/*.conf\nPermitRootLogin yes\n",
        "etc/ssh/extra/a.conf": "PermitRootLogin no\n",
        "usr/sbin/sshd": "binary",
        "home/an/note": "x",
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "etc/os-release").symlink_to("../usr/lib/os-release")
    return root


def collected(root: Path, *texts: str) -> Raw:
    return collect_tree(root, wanted(SOURCES, live=False, texts=texts))


def test_a_tree_gives_facts(root: Path) -> None:
    facts = scan_tree(root)
    system, sshd, accounts = facts.get(System), facts.get(Sshd), facts.get(Accounts)
    assert isinstance(system, System)
    assert (system.distribution, system.version, system.kernel) == ("debian", "12", None)
    assert isinstance(sshd, Sshd)
    assert sshd.options["permitrootlogin"] == ("no",), "an include outside of the usual folder"
    assert isinstance(accounts, Accounts)
    assert [one.password for one in accounts.accounts] == ["sha512crypt", "locked"]
    assert accounts.accounts[1].home_mode == (root / "home/an").stat().st_mode & 0o7777
    assert isinstance(facts.get(Listeners), Missing)
    assert facts.target == str(root)


def test_hashes_are_nowhere_in_what_is_kept(root: Path) -> None:
    (root / "etc/motd").symlink_to("shadow")
    os.link(root / "etc/shadow", root / "etc/issue")
    raw = collected(root)
    assert HASH not in str(raw)
    assert raw.files["/etc/motd"].content is None
    assert raw.files["/etc/issue"].content is None


ESCAPES = {
    "an absolute link": "/secret",
    "a relative link": "../../secret",
    "far up": "../" * 50 + "secret",
    "through a folder link": "/up/secret",
    "a loop": "loop",
    "the kernel": "/proc/self/environ",
}


@pytest.mark.parametrize("target", ESCAPES.values(), ids=ESCAPES)
def test_links_never_lead_out_of_the_tree(root: Path, target: str) -> None:
    (root / "etc/loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    (root / "etc/motd").symlink_to(target)
    raw = collected(root)
    assert raw.files["/etc/motd"].content is None
    assert raw.files["/etc/motd"].target == target
    assert b"outside" not in b"".join(one.content or b"" for one in raw.files.values())


def test_absolute_links_start_at_the_root_of_the_tree(root: Path) -> None:
    (root / "etc/motd").symlink_to("/home/an/note")
    (root / "etc/issue").symlink_to("../../../../home/an/note")
    (root / "linked").symlink_to("/home")
    raw = collected(root, "/linked/an/*")
    assert raw.files["/etc/motd"].content == b"x"
    assert raw.files["/etc/issue"].content == b"x"
    assert raw.files["/linked/an/note"].content == b"x"


def test_a_folder_that_links_out_lists_nothing(root: Path, tmp_path: Path) -> None:
    (root / "etc/ssh/sshd_config.d").symlink_to(tmp_path)
    (tmp_path / "x.conf").write_text("PermitRootLogin yes\n")
    assert "/etc/ssh/sshd_config.d/x.conf" not in collected(root).files


def test_devices_pipes_sockets_and_giants_are_not_read(root: Path) -> None:
    os.mkfifo(root / "etc/motd")
    with (root / "etc/issue").open("wb") as giant:
        giant.truncate(TREE_CONTENT_LIMIT + 1)
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(root / "etc")
    server.bind("hosts")
    os.chdir(here)
    server.close()
    (root / "etc/shells").mkdir()
    raw = collected(root)
    kinds = {name: raw.files[f"/etc/{name}"].kind for name in ("motd", "issue", "hosts", "shells")}
    assert kinds == {"motd": "other", "issue": "file", "hosts": "other", "shells": "directory"}
    assert {raw.files[f"/etc/{name}"].content for name in kinds} == {None}


def test_names_that_are_no_utf8_are_kept(root: Path) -> None:
    (root / "etc/pam.d").mkdir()
    (root / "etc/pam.d" / os.fsdecode(b"\xff")).write_text("auth required x.so\n")
    assert "/etc/pam.d/\udcff" in collected(root).files


def test_the_walk_of_a_tree(root: Path) -> None:
    (root / "open").mkdir()
    (root / "open").chmod(0o777)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "home/an/note").chmod(0o4755)
    (root / "proc").mkdir()
    (root / "proc/x").write_text("")
    (root / "proc/x").chmod(0o666)
    (root / "away").symlink_to("..")
    walk = scan_tree(root).get(Walk)
    assert isinstance(walk, Walk)
    assert walk.world_writable_directories == ("/open",)
    assert walk.world_writable_files == ()
    assert walk.setuid == ("/home/an/note",)
    assert walk.complete
    if os.geteuid() == 0:
        os.chown(root / "open", 4242, 0)
        walk = scan_tree(root).get(Walk)
        assert isinstance(walk, Walk)
        assert walk.unowned == ("/open",)


def test_what_is_no_tree_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(TargetError):
            scan_tree(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(TargetError):
        scan_tree(tmp_path / "file")


def test_dots_stop_at_the_root(root: Path) -> None:
    tree = Rooted(root)
    assert tree.read("/../../../etc/../home/an/note", 10, frozenset()) == b"x"
    assert tree.glob("/../../*/ss*") == tree.glob("/*/ss*") or tree.glob("/etc/ss*") == ["/etc/ssh"]
    assert tree.read("/home/an/note/../note", 10, frozenset()) is None


def test_a_walk_by_itself_knows_the_names_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nshadow:x:42:\n")
    (tmp_path / "x").write_text("")
    if os.geteuid() == 0:
        os.chown(tmp_path / "x", 1, 42)
        walk = scan_tree(tmp_path, sources=[WALK]).get(Walk)
        assert isinstance(walk, Walk)
        assert (walk.unowned, walk.all_of("uq")) == ((), True)
        (tmp_path / "etc/passwd").unlink()
        walk = scan_tree(tmp_path, sources=[WALK]).get(Walk)
        assert isinstance(walk, Walk)
        assert (walk.without_user, walk.all_of("u"), walk.all_of("q")) == ((), False, True)


def test_a_tree_without_names_has_those_that_debian_gives_to_all(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/shadow").write_text("")
    paths = scan_tree(tmp_path).get(Paths)
    assert isinstance(paths, Paths)
    owner = paths.paths["/etc/shadow"].owner
    assert owner == ("root" if os.geteuid() == 0 else str(os.geteuid()))
