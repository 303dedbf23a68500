"""Mail, dconf, AIDE, package sources, journal-upload: what the programs make of their files."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts import aide, apt_sources, dconf, journal_upload, postfix
from scanners.host.facts.apt_sources import AptSources
from scanners.host.facts.dconf import Dconf
from scanners.host.facts.journal_upload import JournalUpload
from scanners.host.facts.postfix import Mail
from scanners.host.formats import aide_conf
from scanners.host.formats.aide_conf import Rule, attributes, watched
from scanners.host.model import File, Missing
from tests.scanners.host.raws import file, raw


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inet_interfaces = all", "all"),
        ("inet_interfaces=loopback-only\n", "loopback-only"),
        ("inet_interfaces =\n  127.0.0.1\n# between\n\n\t::1\n", "127.0.0.1 ::1"),
        ("inet_interfaces = a\ninet_interfaces = b\n", "b"),
        ("#inet_interfaces = a\n", None),
        ("x = 127.0.0.1\ninet_interfaces = $x, ${x}, $(x)\n", "127.0.0.1, 127.0.0.1, 127.0.0.1"),
        ("inet_interfaces = $inet_interfaces\n", "$inet_interfaces"),
        ("a = $b$b$b$b\nb = $c$c$c$c\nc = $a\ninet_interfaces = ok\n", "ok"),
    ],
)
def test_a_parameter_of_postfix(text: str, value: str | None) -> None:
    fact = postfix.parse(raw({"/etc/postfix/main.cf": text}))
    assert isinstance(fact, Mail)
    assert fact.postfix is not None
    assert fact.postfix.get("inet_interfaces") == value


def test_addresses_in_the_master_file_of_postfix() -> None:
    master = "smtp inet n - y - - smtpd\n127.0.0.1:10025 inet n - n - - smtpd\n  -o x=y\n"
    master += "[::1]:587 inet n - y - - smtpd\n#10.0.0.1:25 inet\npickup unix n - y 60 1 pickup\n"
    fact = postfix.parse(raw({"/etc/postfix/master.cf": master}))
    assert isinstance(fact, Mail)
    assert fact.hosts == ("127.0.0.1", "::1")


def test_a_password_in_the_files_of_postfix_stays_on_the_host() -> None:
    reduced = postfix.SOURCE.reduced[0]
    assert b"geheim" not in reduced.reduce(b"x = ldap://u:geheim@h/\ny_password = geheim\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deb http://a.example/debian x main", [("http://a.example/debian", False)]),
        (
            "#deb http://a.example x main\ndeb-src\thttp://b.example x",
            [("http://b.example", False)],
        ),
        ("deb [ arch=amd64 trusted=yes ] file:/x y z", [("file:/x", True)]),
        ("deb [trusted=no] cdrom:[Debian 12]/ x main", [("cdrom:[Debian", False)]),
        ("rpm http://a.example x\ndebris x\n", []),
    ],
)
def test_lines_of_apt(text: str, expected: list[tuple[str, bool]]) -> None:
    fact = apt_sources.parse(raw({"/etc/apt/sources.list": text}))
    assert isinstance(fact, AptSources)
    assert [(one.uri, one.trusted) for one in fact.sources] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Types: deb\nURIs: http://a http://b\n", [("http://a", False), ("http://b", False)]),
        ("types: deb\nuris:\n http://a\n http://b\nTrusted: yes\n",
         [("http://a", True), ("http://b", True)]),
        ("Enabled: no\nURIs: http://a\n\n# x\nURIs: http://b\n", [("http://b", False)]),
        ("Enabled: yes\n# URIs: http://a\nURIs: http://b", [("http://b", False)]),
        ("Enabled: false # not now\nURIs: http://b", [("http://b", False)]),
        ("Enabled:\nURIs: http://b\n\nEnabled: FALSE\nURIs: http://c", [("http://b", False)]),
    ],
)  # fmt: skip
def test_stanzas_of_apt(text: str, expected: list[tuple[str, bool]]) -> None:
    fact = apt_sources.parse(raw({"/etc/apt/sources.list.d/x.sources": text}))
    assert isinstance(fact, AptSources)
    assert [(one.uri, one.trusted) for one in fact.sources] == expected


def test_drop_ins_of_journal_upload_win_and_vendors_file_is_the_last_resort() -> None:
    fact = journal_upload.parse(raw({
        "/usr/lib/systemd/journal-upload.conf": "[Upload]\nURL=vendor\n",
        "/etc/systemd/journal-upload.conf.d/10.conf": "[Upload]\nServerKeyFile=/k\n",
        "/usr/lib/systemd/journal-upload.conf.d/10.conf": "[Upload]\nServerKeyFile=/never\n",
    }))  # fmt: skip
    assert fact == JournalUpload({"url": "vendor", "serverkeyfile": "/k"})


def test_a_profile_of_dconf_in_etc_stands_before_the_vendors() -> None:
    fact = dconf.parse(raw({
        "/etc/dconf/profile/gdm": "user-db:user\nsystem-db:gdm # ours\n",
        "/usr/share/dconf/profile/gdm": "user-db:user\nsystem-db:vendor\n",
        "/etc/dconf/db/gdm": file("/etc/dconf/db/gdm", None),
        "/etc/dconf/db/gdm.d/00": "[a/b]\nc=1\n# d=1\n[/x]\ny=2\n",
        "/etc/dconf/db/gdm.d/01": "[a/b]\nc=3\n",
        "/etc/dconf/db/gdm.d/locks/l": "# /n\n/a/b/c\n/x/\n",
    }))  # fmt: skip
    assert isinstance(fact, Dconf)
    assert fact.gdm.values == {"a/b/c": "3", "x/y": "2"}
    assert fact.gdm.locked == {"a/b/c", "x/"}
    assert not fact.user.found


def test_a_keyfile_that_cannot_be_read_is_no_fact() -> None:
    path = "/etc/dconf/db/local.d/00"
    files: dict[str, str | File] = {
        "/etc/dconf/profile/user": "user-db:user\nsystem-db:local\n",
        path: file(path, None),
    }
    assert isinstance(dconf.parse(raw(files)), Missing)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("p+i+sha512", "p i sha512"),
        ("Mine-n", "p"),
        ("X", "acl selinux xattrs e2fsattrs caps"),
        ("E+p", "p"),
        ("", ""),
        ("p + u", "p u"),
    ],
)
def test_groups_of_attributes(expression: str, expected: str) -> None:
    config = aide_conf.read("Mine = p+n\n", lambda _path, _names: [])
    assert attributes(expression, config.groups) == set(expected.split())


def _rules(text: str) -> list[Rule]:
    return aide_conf.read(text, lambda _path, _names: []).rules


@pytest.mark.parametrize(
    ("rules", "decides"),
    [
        ("/ p\n/usr u\n/usr/sbin/ g\n", "/usr/sbin/"),
        ("/usr/sbin/x p\n/usr/sbin u\n", "/usr/sbin/x"),
        ("/usr/sbin/(x|y)$ p\n/ u\n", "/usr/sbin/(x|y)$"),
        ("/usr/sbin/x$ f p\n/usr/sbin/x u\n", "/usr/sbin/x$"),
        ("=/usr/sbin$ p\n", None),
        ("/ p\n!/usr/sbin/x\n", None),
        ("/ p\n!/usr/sbin/(a+)+b\n", "/"),
        ("/ p\n!/usr/sbin/((x+)+)+$\n", None),
        ("/usr/sbin/((x+)+)+$ p\n/ u\n", "/usr/sbin/((x+)+)+$"),
        ("/usr/sbin/(x p\n/ u\n", "/"),
        ("/other p\n", None),
    ],
)
def test_the_rule_that_decides(rules: str, decides: str | None) -> None:
    rule = watched("/usr/sbin/x", _rules(rules))
    assert (rule.pattern if rule else None) == decides


def test_a_hostile_pattern_does_not_take_for_ever() -> None:
    hostile = [Rule("select", "/usr/" + "(a*)*" * 20 + "$", frozenset("p")),
               Rule("never", "/usr/" + ".*" * 40 + "x", frozenset())]  # fmt: skip
    started = time.process_time()
    assert watched("/usr/" + "a" * 60 + "!", hostile) is None
    assert time.process_time() - started < 60


def test_conditions_and_includes_of_aide() -> None:
    text = """\
@@define DBDIR /x
@@ifdef DBDIR
database_in=file:@@{DBDIR}/aide.db
@@else
/else p
@@endif
@@if not defined FOO
/not p
@@endif
@@ifndef DBDIR
/never p
@@endif
@@include /etc/aide/more
@@x_include /etc/aide/aide.conf.d ^[a-z]+$
"""
    fact = aide.parse(raw({
        "/etc/aide/aide.conf": text,
        "/etc/aide/aide.conf.d/plain": "/plain p\n",
        "/etc/aide/aide.conf.d/not.this": "/dotted p\n",
        "/etc/aide/aide.conf.d/program": file("/etc/aide/aide.conf.d/program", "#!/bin/sh\n",
                                              mode=0o755),
    }))  # fmt: skip
    assert not isinstance(fact, Missing)
    assert [rule.pattern for rule in fact.rules] == ["/not", "/plain"]
    assert fact.generated
    assert (fact.database, fact.database_exists) == ("/x/aide.db", None)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="@{}i f=/!-+p()*\\\n$x_includedR ", max_size=60))
def test_no_text_breaks_the_reader_of_aide(text: str) -> None:
    config = aide_conf.read(text, lambda _path, _names: [("@@include x", False)])
    watched("/sbin/x", config.rules)
