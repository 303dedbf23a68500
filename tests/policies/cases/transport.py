"""Time sources and logs on their way, read by the real parsers."""

from __future__ import annotations

from typing import Any

from scanners.host.facts import journal_upload, logging
from scanners.host.model import File, Missing
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, packages
from tests.scanners.host.raws import file, raw


def _read(parse: Any, files: dict[str, str | File], *needed: str) -> Facts:
    fact = parse(raw(dict(files)))
    assert not isinstance(fact, Missing)
    return (fact, packages(*needed))


def _chrony(main: str, **more: str) -> Facts:
    files: dict[str, str | File] = {
        "/usr/sbin/chronyd": file("/usr/sbin/chronyd", None),
        "/etc/chrony/chrony.conf": main,
    }
    files |= {f"/etc/chrony/{name.replace('__', '/')}": text for name, text in more.items()}
    return _read(logging.parse_time, files, "chrony")


def _timesyncd(main: str | None, **drop_ins: str) -> Facts:
    program = "/usr/lib/systemd/systemd-timesyncd"
    files: dict[str, str | File] = {program: file(program, None)}
    if main is not None:
        files["/etc/systemd/timesyncd.conf"] = main
    files |= {f"/etc/systemd/timesyncd.conf.d/{name}.conf": text for name, text in drop_ins.items()}
    return _read(logging.parse_time, files, "systemd-timesyncd")


DEBIAN_CHRONY = """\
confdir /etc/chrony/conf.d
pool 2.debian.pool.ntp.org iburst
sourcedir /run/chrony-dhcp
sourcedir /etc/chrony/sources.d
makestep 1 3
"""
SERVERS = "server 0.debian.pool.ntp.org iburst\nserver 1.debian.pool.ntp.org iburst\n"


def _rsyslog(main: str, **parts: str) -> Facts:
    files: dict[str, str | File] = {"/etc/rsyslog.conf": main}
    files |= {f"/etc/rsyslog.d/{name}.conf": text for name, text in parts.items()}
    return _read(logging.parse_logging, files, "rsyslog")


DEBIAN_RSYSLOG = """\
module(load="imuxsock") # provides support for local system logging
#module(load="imudp")
#input(type="imudp" port="514")
#module(load="imtcp")
#input(type="imtcp" port="514")
$IncludeConfig /etc/rsyslog.d/*.conf
*.*;auth,authpriv.none -/var/log/syslog
"""
TCP = 'module(load="imtcp"\n  StreamDriver.Name="gtls")\ninput(type="imtcp" port="6514")\n'
LEGACY_TCP = "$ModLoad imtcp.so\n$InputTCPServerRun 514\n"
LEGACY_UDP = "$ModLoad imudp\n$UDPServerRun 514\n"
LOCAL_UDP = "$ModLoad imudp\n$UDPServerAddress 127.0.0.1\n$UDPServerRun 514\n"


def _journal(main: str | None, package: str | None = None, **drop_ins: str) -> Facts:
    files: dict[str, str | File] = {} if main is None else {"/etc/systemd/journald.conf": main}
    files |= {f"/etc/systemd/journald.conf.d/{name}.conf": text for name, text in drop_ins.items()}
    return _read(logging.parse_logging, files, *([package] if package else []))


def _upload(main: str | None, **drop_ins: str) -> Facts:
    files: dict[str, str | File] = {}
    if main is not None:
        files["/etc/systemd/journal-upload.conf"] = main
    files |= {
        f"/etc/systemd/journal-upload.conf.d/{name}.conf": text for name, text in drop_ins.items()
    }
    return _read(journal_upload.parse, files, "systemd-journal-remote")


KEYS = """\
ServerKeyFile=/etc/ssl/private/journal-upload.pem
ServerCertificateFile=/etc/ssl/certs/journal-upload.pem
TrustedCertificateFile=/etc/ssl/ca/trusted.pem
"""


CASES: Cases = {
    "time-chrony-sources": Case(
        (
            _chrony(DEBIAN_CHRONY),
            _chrony(SERVERS),
            _chrony(DEBIAN_CHRONY, **{"sources.d__x": "server 192.0.2.1\n"}),
        ),  # no *.sources: not read
        (
            _chrony(""),
            _chrony("server ntp.example iburst\n"),
            _chrony(DEBIAN_CHRONY, **{"sources.d__x.sources": "server ntp.example iburst\n"}),
            _chrony(SERVERS + "peer 192.0.2.1\n"),
        ),
    ),
    "time-timesyncd-sources": Case(
        (
            _timesyncd("[Time]\n#NTP=\n"),  # Debian's compiled fallback is the pool
            _timesyncd("[Time]\nNTP=0.debian.pool.ntp.org 1.debian.pool.ntp.org\n"),
            _timesyncd("[Time]\nNTP=ntp.example\n", a="[Time]\nNTP=\nNTP=2.debian.pool.ntp.org\n"),
        ),
        (
            _timesyncd("[Time]\nNTP=ntp.example\n"),
            _timesyncd("[Time]\nNTP=ntp.example\n", a="[Time]\nNTP=0.debian.pool.ntp.org\n"),
            _timesyncd("[Time]\nFallbackNTP=\n"),
            _timesyncd(None, a="[Time]\nFallbackNTP=time.example\n"),
        ),
    ),
    "time-chrony-no-pools": Case(
        (_chrony(SERVERS),),
        (_chrony(DEBIAN_CHRONY), _chrony(SERVERS + "pool ntp.example maxsources 2\n"), _chrony("")),
    ),
    "journal-forward-off": Case(
        (
            _journal("[Journal]\nForwardToSyslog=no\n"),
            _journal(None, a="[Journal]\nForwardToSyslog=0\n"),
            _journal("[Journal]\nForwardToSyslog=yes\n", b="[Journal]\nForwardToSyslog=off\n"),
        ),
        (
            _journal(None),
            _journal("[Journal]\n#ForwardToSyslog=no\n"),
            _journal("[Journal]\nForwardToSyslog=no\n", b="[Journal]\nForwardToSyslog=true\n"),
        ),
    ),
    "journal-forward": Case(
        (_journal(None, "rsyslog"), _journal("[Journal]\nForwardToSyslog=1\n", "rsyslog")),
        (
            _journal("[Journal]\nForwardToSyslog=no\n", "rsyslog"),
            _journal(
                "[Journal]\nForwardToSyslog=yes\n", "rsyslog", a="[Journal]\nForwardToSyslog=f\n"
            ),
        ),
    ),
    "logging-no-inputs": Case(
        (
            _rsyslog(DEBIAN_RSYSLOG),
            _rsyslog(DEBIAN_RSYSLOG, a=LOCAL_UDP),
            _rsyslog(DEBIAN_RSYSLOG, a='input(type="imfile" File="/var/log/x" Tag="x")\n'),
        ),
        (
            _rsyslog(DEBIAN_RSYSLOG, a=TCP),
            _rsyslog(DEBIAN_RSYSLOG, a=LEGACY_TCP),
            _rsyslog(DEBIAN_RSYSLOG, a=LEGACY_UDP),
            _rsyslog(DEBIAN_RSYSLOG + LEGACY_UDP),
            _rsyslog('include(file="/etc/rsyslog.d/*.conf")\n', a=TCP),
            _rsyslog('module(load="imrelp")\ninput(type="imrelp" port="2514" tls="on")\n'),
            _rsyslog('module(load="imtcp")\ninput(type="imtcp" port=["514","515"])\n'),
        ),
    ),
    "logging-input-tcp": Case(
        (
            _rsyslog(DEBIAN_RSYSLOG, a=TCP),
            _rsyslog(DEBIAN_RSYSLOG, a=LEGACY_TCP),
            _rsyslog('module(load="imptcp")\ninput(type="imptcp" port="514")\n'),
        ),
        (
            _rsyslog(DEBIAN_RSYSLOG),
            _rsyslog(LEGACY_UDP),
            _rsyslog("$InputTCPServerRun 514\n"),
            _rsyslog('module(load="imtcp")\n'),
            _rsyslog('module(load="imtcp")\ninput(type="imtcp" port="1" address="127.0.0.1")\n'),
        ),
    ),
    "logging-input-udp": Case(
        (_rsyslog(LEGACY_UDP), _rsyslog('module(load="imudp")\ninput(type="imudp" port="514")\n')),
        (_rsyslog(DEBIAN_RSYSLOG), _rsyslog(TCP), _rsyslog(LOCAL_UDP)),
    ),
    "journal-upload-server": Case(
        (
            _upload("[Upload]\nURL=https://log.example:19532\n"),
            _upload("[Upload]\nURL=log.example\n"),
            _upload("[Upload]\n# URL=\n", a="[Upload]\nURL=http://10.0.0.9\n"),
        ),
        (
            _upload(None),
            _upload("[Upload]\n# URL=\n"),
            _upload("URL=https://log.example\n"),
            _upload("[Upload]\nURL=https://log.example\n", z="[Upload]\nURL=\n"),
        ),
    ),
    "journal-upload-tls": Case(
        (
            _upload(f"[Upload]\nURL=https://log.example\n{KEYS}"),
            _upload(f"[Upload]\n{KEYS}", a="[Upload]\nURL=log.example\n"),
        ),
        (
            _upload(f"[Upload]\nURL=http://log.example\n{KEYS}"),
            _upload(f"[Upload]\n{KEYS}"),
            _upload("[Upload]\nURL=https://log.example\n"),
            _upload(
                f"[Upload]\nURL=https://log.example\n{KEYS}",
                b="[Upload]\nTrustedCertificateFile=-\n",
            ),
        ),
    ),
}
