from __future__ import annotations

from dataclasses import replace

from scanners.host.facts.paths import PATHS, Path, Paths
from scanners.host.facts.text_files import SOURCE as TEXT_FILES
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Raw, Standing
from tests.scanners.host.raws import file


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


def test_a_link_is_what_it_leads_to_and_an_access_list_names_people() -> None:
    files = {
        "/etc/passwd": file("/etc/passwd", "root:x:0:0::/:/x\nan:x:1000:1000::/:/x\n"),
        "/etc/group": file("/etc/group", "adm:x:4:\n"),
        "/etc/motd": replace(
            file("/etc/motd", None, kind="link", mode=0o777, target="/run/motd"),
            leads_to=Standing("file", 0o666, 1000, 4), acl=("user:1000:rw-", "group:7:r--"),
        ),
        "/etc/dead": file("/etc/dead", None, kind="link", mode=0o777, target="/nowhere"),
        "/etc/secret": replace(file("/etc/secret", None), acl=("?",)),
    }  # fmt: skip
    fact = PATHS.parse(Raw(files, {}, True, asked=("/etc/*",)))
    assert isinstance(fact, Paths)
    end = fact.paths["/etc/motd"].end
    assert end is not None
    assert (end.kind, end.mode, end.owner, end.group) == ("file", 0o666, "an", "adm")
    assert end.acl == ("user:an:rw-", "group:7:r--")
    assert fact.paths["/etc/dead"].end is None
    assert fact.paths["/etc/secret"].acl == ("?",)


def test_who_reads_the_journal_of_their_own_is_no_stranger() -> None:
    folder = "/var/log/journal/6fec0ecb34344a1e992892520ead74b7"
    given = {
        f"{folder}/user-1000.journal": ("user:1000:r--", "group:4:r--"),
        f"{folder}/user-1000@0f-0a-1.journal": ("user:1000:r--", "group:4:r--"),
        f"{folder}/user-1001.journal": ("user:1000:r--", "user:1001:rw-"),
        f"{folder}/system.journal": ("user:1000:r--",),
    }
    files = {
        "/etc/passwd": file("/etc/passwd", "root:x:0:0::/:/x\nan:x:1000:1000::/:/x\n"),
        "/etc/group": file("/etc/group", "adm:x:4:\n"),
        **{path: replace(file(path, None), acl=acl) for path, acl in given.items()},
    }
    fact = PATHS.parse(Raw(files, {}, True, asked=(f"{folder}/*",)))
    assert isinstance(fact, Paths)
    assert [fact.paths[path].acl for path in given] == [
        ("group:adm:r--",), ("group:adm:r--",), ("user:an:r--", "user:1001:rw-"), ("user:an:r--",),
    ]  # fmt: skip


def test_globs_name_paths_as_the_shell_would() -> None:
    names = ("/etc/a.conf", "/etc/.b.conf", "/etc/d/c.conf", "/etc/[x]")
    fact = Paths({name: Path(name, "file", 0o644, "root", "root") for name in names})
    assert [path.path for path in fact.under(["/etc/*.conf", "/etc/a.conf"])] == ["/etc/a.conf"]
    assert [path.path for path in fact.under(["/etc/*/*.conf"])] == ["/etc/d/c.conf"]
    assert [path.path for path in fact.under(["/etc/[[]x]"])] == ["/etc/[x]"]
