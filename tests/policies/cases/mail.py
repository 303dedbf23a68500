"""Mail, avahi and package sources, read by the real parsers."""

from __future__ import annotations

from typing import Any

from scanners.host.facts import apt_sources, postfix, text_files
from scanners.host.facts.software import Listener, Listeners
from scanners.host.model import File, Missing
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, packages
from tests.scanners.host.raws import raw


def _read(parse: Any, files: dict[str, str | File], *needed: str) -> Facts:
    fact = parse(raw({"/var/lib/dpkg/status": "", **dict(files)}))
    assert not isinstance(fact, Missing)
    return (fact, packages(*needed))


def _mail(main: str | None = None, aliases: str | None = None, master: str | None = None) -> Facts:
    files: dict[str, str | File] = {}
    if master is not None:
        files["/etc/postfix/master.cf"] = master
    if main is not None:
        files["/etc/postfix/main.cf"] = main
    if aliases is not None:
        files["/etc/aliases"] = aliases
    return _read(postfix.parse, files, "postfix")


def _listens(*sockets: tuple[int, str]) -> Facts:
    return (Listeners(tuple(Listener("tcp", address, port, "x") for port, address in sockets)),)


DEBIAN_MAIN = """\
# See /usr/share/postfix/main.cf.dist for a commented, more complete version
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
myhostname = box.example
mydomain = example
alias_maps = hash:/etc/aliases
mydestination = $myhostname, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104
  [::1]/128
inet_interfaces = {interfaces}
inet_protocols = all
"""


def _postfix(interfaces: str, more: str = "") -> Facts:
    return _mail(DEBIAN_MAIN.format(interfaces=interfaces) + more)


def _avahi(text: str) -> Facts:
    path = "/etc/avahi/avahi-daemon.conf"
    facts = text_files.TextFiles({path: text}, frozenset(), (path,))
    return (facts, packages("avahi-daemon"))


def _sources(**files: str) -> Facts:
    paths: dict[str, str | File] = {
        "/etc/apt/" + name.replace("__", "/").replace("_", "."): text
        for name, text in files.items()
    }
    return _read(apt_sources.parse, paths)


LINES = """\
# deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main
deb https://mirror.debian.org/debian bookworm main non-free-firmware
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://ftp.vn.debian.org/debian bookworm main
"""
STANZAS = """\
Types: deb deb-src
URIs: http://security.debian.org/debian-security
 https://mirror.debian.org/debian
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: https://packages.example/apt
Suites: stable
"""

CASES: Cases = {
    "mail-local-only": Case(
        (
            _listens(),
            _listens((25, "127.0.0.1"), (25, "::1"), (22, "*")),
            _listens((587, "127.0.0.1")),
        ),
        (_listens((25, "0.0.0.0")), _listens((25, "127.0.0.1"), (465, "*")), _listens((587, "::"))),
    ),
    "mail-postfix-interfaces": Case(
        (
            _postfix("loopback-only"),
            _postfix("localhost"),
            _postfix("127.0.0.1, [::1]"),
            _postfix("all", "inet_interfaces =\n  127.0.0.1\n  ::1\n"),
        ),
        (
            _postfix("all"),
            _mail("# nothing\n"),
            _mail("inet_interfaces = loopback-only\n", master="0.0.0.0:25 inet n - y - - smtpd\n"),
            _postfix("loopback-only, 10.0.0.1"),
            _postfix("$myhostname, localhost"),
            _postfix("loopback-only", "inet_interfaces = all\n"),
        ),
    ),
    "mail-root-alias": Case(
        (
            _mail(aliases="# x\npostmaster:    root\nroot: admin@example\n"),
            _mail(aliases="Root:\tan,\n\t binh@example\n"),
            _mail(aliases='"root": an\n'),
        ),
        (
            _mail(),
            _mail(aliases="postmaster: root\n"),
            _mail(aliases="root: /dev/null\n"),
            _mail(aliases="# root: an\n"),
            _mail(aliases="root: root\n"),
            _mail(aliases="root:\n"),
        ),
    ),
    "mail-postmaster-alias": Case(
        (_mail(aliases="postmaster:    root\n"),), (_mail(aliases="mailer-daemon: postmaster\n"),)
    ),
    "mail-relay": Case(
        (_postfix("all", "relayhost = [smtp.$mydomain]:587\n"),),
        (_postfix("all"), _mail(""), _postfix("all", "#relayhost = smtp.example\n")),
    ),
    "avahi-publishing": Case(
        (_avahi("[server]\nuse-ipv4=yes\n[publish]\ndisable-publishing=yes\n"),),
        (
            _avahi("[publish]\n#disable-publishing=yes\n"),
            _avahi("disable-publishing=yes\n"),
            _avahi("[publish]\ndisable-publishing=no\n"),
            _avahi(""),
        ),
    ),
    "apt-official-sources": Case(
        (
            _sources(sources_list=LINES, sources_list_d__debian_sources=STANZAS),
            _sources(
                sources_list_d__debian_sources=STANZAS,
                sources_list_d__old_save="deb https://packages.example/ x main\n",
            ),
        ),
        (
            _sources(sources_list=""),
            _sources(sources_list=LINES + "deb https://packages.example/apt stable main\n"),
            _sources(sources_list="deb https://mirror.debian.org.example/debian x main\n"),
            _sources(sources_list="deb https://mirror.debian.org@packages.example/ x main\n"),
            _sources(sources_list="deb [trusted=yes] https://mirror.debian.org/debian x main\n"),
            _sources(sources_list="deb file:/srv/mirror x main\n"),
            _sources(sources_list_d__x_sources=STANZAS.replace("Enabled: no\n", "")),
        ),
    ),
}
