from __future__ import annotations

import pytest

from scanners.host.facts.paths import PATHS, WALK, Path, Paths, Walk
from scanners.host.facts.text_files import SOURCE as TEXT_FILES
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing, Raw
from tests.scanners.host.raws import file, output, raw

RECORDS = (
    b"p f 4755 /usr/bin/su\0p f 2755 /usr/bin/chage\0p d 1777 /tmp\0p d 777 /srv/open\0"
    b"p f 666 /srv/a file\nwith a line\0u f 644 /srv/stray\0p d 2775 /srv/group\0p f 6755 /both\0"
)


def test_a_walk_sorted_by_what_it_found() -> None:
    assert WALK.parse(raw({}, {"walk": RECORDS})) == Walk(
        world_writable_files=("/srv/a file\nwith a line",),
        world_writable_directories=("/srv/open",),
        unowned=("/srv/stray",),
        setuid=("/both", "/usr/bin/su"),
        setgid=("/both", "/usr/bin/chage"),
        complete=True,
    )


@pytest.mark.parametrize(
    ("said", "complete"),
    [
        (output(RECORDS, 0), True),
        (output(RECORDS, 1, "find: '/proc/9': No such file or directory"), True),
        (output(RECORDS, 1, "find: '/x': Permission denied"), False),
        (output(RECORDS, 124), False),
        (output(RECORDS, truncated=True), False),
        (output(RECORDS + b"p f 7", 0), False),
        (output(RECORDS + b"rubbish\0", 0), False),
        (output(b"", 0), True),
    ],
)
def test_a_walk_that_was_cut_short_says_so(said: object, complete: bool) -> None:
    fact = WALK.parse(raw({}, {"walk": said}))  # type: ignore[dict-item]
    assert isinstance(fact, Walk)
    assert fact.complete is complete


@pytest.mark.parametrize("said", [output(b"", 127), output(b"", 124), output(b"\0\xff\0", 0)])
def test_no_walk_is_no_fact(said: object) -> None:
    assert isinstance(WALK.parse(raw({}, {"walk": said})), Missing)  # type: ignore[dict-item]


def test_owners_have_the_names_of_the_hosts_own_files() -> None:
    fact = PATHS.parse(Raw(
        {
            "/etc/passwd": file("/etc/passwd", "root:x:0:0::/:/x\nsame:x:0:0::/:/x\n"),
            "/etc/group": file("/etc/group", "shadow:x:42:\n"),
            "/etc/shadow": file("/etc/shadow", b"", mode=0o640, gid=42),
            "/srv/x": file("/srv/x", None, kind="directory", mode=0o2775, uid=1000, gid=7),
        },
        {}, True, asked=("/etc/*", "/srv/x"),
    ))  # fmt: skip
    assert isinstance(fact, Paths)
    assert fact.paths["/etc/shadow"] == Path("/etc/shadow", "file", 0o640, "root", "shadow")
    assert fact.paths["/srv/x"] == Path("/srv/x", "directory", 0o2775, "1000", "7")
    assert fact.asked_for("/etc/gshadow")
    assert not fact.asked_for("/etc/ssh/sshd_config")


def test_texts_are_those_asked_for_and_unreadable_ones_are_named() -> None:
    files = {
        "/etc/motd": file("/etc/motd", b"Xin ch\xc3\xa0o \xff"),
        "/etc/issue": file("/etc/issue", None),
        "/etc/passwd": file("/etc/passwd", "root:x:0"),
        "/opt/note": file("/opt/note", "n"),
    }
    fact = TEXT_FILES.parse(Raw(files, {}, True, texts=("/opt/*",)))
    assert isinstance(fact, TextFiles)
    assert fact.texts == {"/etc/motd": "Xin chào \ufffd", "/opt/note": "n"}
    assert fact.unreadable == {"/etc/issue"}
    assert fact.asked_for("/etc/cron.allow")
