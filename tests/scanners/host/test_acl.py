from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.host import acl, probe
from scanners.host.collecting import Wanted
from scanners.host.tree import collect_tree
from tests.scanners.host.test_probe import run

ANY = 2**32 - 1
GETFACL = b"""\
# file: /srv/a b
# owner: 0
# group: 0
user::rw-
user:1000:rwx\t\t\t#effective:r-x
group::r--
group:4:r--
mask::r-x
other::---

# file: /srv/new\\012line
# owner: 0
# group: 0
# flags: -s-
user::rwx
group::r-x
group:33:---
mask::r-x
other::---

"""
MARKED = b"-rw-r-----+ 1 0 0 2 @ /tmp/a b\ndrwxr-x---  2 0 0 40 @ /tmp/plain\n"


def entry(tag: int, bits: int, number: int = ANY) -> bytes:
    return struct.pack("<HHI", tag, bits, number)


STORED = struct.pack("<I", 2) + b"".join(
    [entry(1, 6), entry(2, 7, 1000), entry(4, 4), entry(8, 4, 4), entry(16, 5), entry(32, 0)]
)
PLAIN = struct.pack("<I", 2) + entry(1, 6) + entry(4, 4) + entry(32, 0)


def test_getfacl_with_and_without_what_the_mask_takes_off() -> None:
    assert acl.listed(GETFACL) == {
        "/srv/a b": ("user:1000:r-x", "group:4:r--"),
        "/srv/new\nline": ("group:33:---",),
    }


def test_a_mark_alone_says_that_there_is_a_list() -> None:
    assert acl.listed(MARKED) == {"/tmp/a b": ("?",)}


def test_the_attribute_says_what_a_mark_stands_for() -> None:
    name = b"/tmp/a b".hex().encode()
    said = MARKED + b"acl " + STORED.hex().encode() + b" " + name + b"\n"
    assert acl.listed(said) == {"/tmp/a b": ("user:1000:r-x", "group:4:r--")}
    only_default = MARKED + b"acl - " + name + b"\n"
    assert acl.listed(only_default) == {"/tmp/a b": ()}
    assert acl.listed(MARKED + b"acl 00 " + name + b"\n") == {"/tmp/a b": ("?",)}


@pytest.mark.parametrize(
    ("attribute", "entries"),
    [
        (STORED, ("user:1000:r-x", "group:4:r--")),
        (PLAIN, ()),
        (b"", ()),
        (b"rubbish", ("?",)),
        (STORED[:-1], ("?",)),
        (struct.pack("<I", 1) + STORED[4:], ("?",)),
        (STORED + entry(64, 7), ("?",)),
    ],
)
def test_the_attribute_as_the_kernel_keeps_it(attribute: bytes, entries: tuple[str, ...]) -> None:
    assert acl.stored(attribute) == entries


@given(st.binary(max_size=200))
def test_nothing_is_read_from_garbage(data: bytes) -> None:
    assert all(one == "?" or one.count(":") == 2 for one in acl.stored(data))
    assert isinstance(acl.listed(data), dict)


@pytest.mark.skipif(os.geteuid() != 0, reason="the probe runs as root")
def test_a_host_and_a_tree_show_the_lists_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "listed").write_text("")
    (tmp_path / "plain").write_text("")
    (tmp_path / "link").symlink_to("listed")
    try:
        os.setxattr(tmp_path / "listed", "system.posix_acl_access", STORED)
    except OSError:
        pytest.skip("no access lists on this file system")
    live = run(Wanted((), (f"{tmp_path}/*",), (), (), ())).files
    tree = collect_tree(tmp_path, Wanted((), ("/*",), (), (), ())).files
    for files, base in ((live, str(tmp_path)), (tree, "")):
        assert files[f"{base}/plain"].acl == ()
        for name in ("listed", "link"):
            assert files[f"{base}/{name}"].acl == ("user:1000:r-x", "group:4:r--")
        end = files[f"{base}/link"].leads_to
        assert end is not None
        assert (end.kind, end.mode) == ("file", files[f"{base}/listed"].mode)
    assert tree["/listed"].acl == ("user:1000:r-x", "group:4:r--")
    assert probe.script(Wanted((), ("/x",), (), (), ()), "ab" * 16).count("getfacl -snp") == 1
