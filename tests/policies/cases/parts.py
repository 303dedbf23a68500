"""Parts of checks: what one public rule asks, whatever another finds in the same files."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import transport, trees
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts, account, people


def _walks(good: list[str], bad: list[str]) -> Case:
    return Case(
        tuple(trees._walked(one) for one in ("H /home/an", *good)),
        tuple(trees._walked(one) for one in bad),
    )


def _places(kind: str, place: str) -> dict[str, Case]:
    owner, group, mode = (
        f"c {kind} 755 33 0 {place}", f"c {kind} 755 0 50 {place}", f"c {kind} 775 0 0 {place}",
    )  # fmt: skip
    return {
        "owner": _walks([group, mode], [owner]),
        "group": _walks([owner, mode], [group]),
        "mode": _walks([owner, group], [mode]),
    }


def _kinds(
    owner: Facts, group: Facts, mode: Facts, good: Facts, names: tuple[str, str, str]
) -> Cases:
    """By the names of the rules about owner, group and mode."""
    wrong = (owner, group, mode)
    return {
        name: Case((good, *(one for one in wrong if one is not wrong[number])), (wrong[number],))
        for number, name in enumerate(names)
    }


def _logs(mode: int, uid: int, gid: int) -> Facts:
    return trees._walked(f"l f {mode:o} {uid} {gid} /var/log/app.log")


def _people(**home: Any) -> Facts:
    return (people(account(**home)),)


_COMMANDS, _COMMAND = _places("d", "/usr/local/bin"), _places("f", "/usr/bin/x")
_LIBRARIES, _LIBRARY = _places("d", "/usr/lib/x"), _places("f", "/usr/lib/libx.so")
_OWN, _OPEN = _people(home_mode=0o750), _people(home_mode=0o755)
_FOREIGN, _GONE = _people(home_uid=0), _people(home_mode=None, home_uid=None)
_TLS = """\
$DefaultNetstreamDriver gtls
$DefaultNetstreamDriverCAFile /etc/ssl/certs/log-ca.pem
$ActionSendStreamDriverMode 1
$ActionSendStreamDriverAuthMode x509/name
"""
_SCRIPT = """\
global(DefaultNetstreamDriver="gtls"
       DefaultNetstreamDriverCAFile="/etc/ssl/certs/log-ca.pem")
*.* action(type="omfwd" target="log.example" port="6514" protocol="tcp"
           StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name")
"""


def _stream(setting: str, other: str) -> Case:
    """`other` is a wrong value; nothing but this setting decides, wherever it stands."""
    value = next(line.split()[-1] for line in _TLS.splitlines() if f"{setting} " in line)
    lone = f"${setting} {value}\n"
    unset = "".join(line for line in _TLS.splitlines(True) if f"{setting} " not in line)
    short = setting.removeprefix("ActionSend")
    return Case(
        (
            transport._rsyslog(lone),
            transport._rsyslog(f"  ${setting.lower()}  {value}\n"),
            transport._rsyslog(transport.DEBIAN_RSYSLOG, tls=f"{_TLS}*.* @@log.example:6514\n"),
            transport._rsyslog(_SCRIPT),
        ),
        (
            transport._rsyslog(transport.DEBIAN_RSYSLOG),
            transport._rsyslog(f"#{lone}"),
            transport._rsyslog(unset),
            transport._rsyslog(_SCRIPT.replace(f'{short}="{value}"', f'{short}="{other}"')),
        ),
    )


_WHERE = "*.* @@192.0.2.1:5000\n"

CASES: Cases = {
    "dir-ownership-binary-dirs": _COMMANDS["owner"],
    "dir-permissions-binary-dirs": _COMMANDS["mode"],
    "dir-system-commands-group-root-owned": _COMMANDS["group"],
    "file-ownership-binary-dirs": _COMMAND["owner"],
    "file-permissions-binary-dirs": _COMMAND["mode"],
    "file-groupownership-system-commands": _COMMAND["group"],
    "dir-ownership-library-dirs": _LIBRARIES["owner"],
    "dir-permissions-library-dirs": _LIBRARIES["mode"],
    "file-ownership-library-dirs": _LIBRARY["owner"],
    "file-permissions-library-dirs": _LIBRARY["mode"],
    "accounts-home-exists": Case((_OWN, _OPEN, _FOREIGN), (_GONE,)),
    "file-ownership-home-directories": Case((_OWN, _OPEN, _GONE), (_FOREIGN,)),
    "file-permissions-home-directories": Case((_OWN, _FOREIGN, _GONE), (_OPEN,)),
    **_kinds(
        _logs(0o640, 1000, 4), _logs(0o640, 0, 1000), _logs(0o644, 0, 0), _logs(0o640, 0, 4),
        ("file-ownerships-var-log", "file-groupownerships-var-log", "permissions-local-var-log"),
    ),
    **_kinds(
        trees._audit(0o640, uid=1000), trees._audit(0o640, 50), trees._audit(0o644),
        trees._audit(0o600),
        ("file-ownership-var-log-audit", "file-group-ownership-var-log-audit",
         "file-permissions-var-log-audit"),
    ),
    **_kinds(
        trees._written(trees._log("auth.log", uid=1000)),
        trees._written(trees._log("auth.log", gid=50)),
        trees._written(trees._log("auth.log", 0o644)), trees._written(trees._log("auth.log")),
        ("rsyslog-files-ownership", "rsyslog-files-groupownership", "rsyslog-files-permissions"),
    ),
    "rsyslog-remote-tls": Case(
        (transport._rsyslog(_SCRIPT), transport._rsyslog(f"{_TLS}{_WHERE}")),
        (transport._rsyslog(_WHERE), transport._rsyslog(_TLS),
         transport._rsyslog(_SCRIPT.replace("x509/name", "anon"))),
    ),
    "rsyslog-remote-tls-cacert": _stream("DefaultNetstreamDriverCAFile", ""),
    "rsyslog-stream-authmode": _stream(
        "ActionSendStreamDriverAuthMode", "anon"
    ),
    "rsyslog-stream-mode": _stream(
        "ActionSendStreamDriverMode", "0"
    ),
    "rsyslog-stream-driver": _stream("DefaultNetstreamDriver", "ptcp"),
    "journald-disable-forward-to-syslog": Case(
        (transport._journal("[Journal]\nForwardToSyslog=no\n", "rsyslog"),
         transport._journal(None, a="[Journal]\nForwardToSyslog=no\n")),
        (transport._journal("[Journal]\n#ForwardToSyslog=no\n", "rsyslog"),
         transport._journal("[Journal]\nForwardToSyslog=yes\n")),
    ),
    "journald-forward-to-syslog": Case(
        (transport._journal("[Journal]\nForwardToSyslog=yes\n"), transport._journal(None)),
        (transport._journal("[Journal]\nForwardToSyslog=no\n"),
         transport._journal("[Journal]\n#\n", z="[Journal]\nForwardToSyslog=0\n")),
    ),
    "systemd-journal-upload-url": Case(
        (transport._upload("[Upload]\nURL=log.example\n"),),
        (transport._upload("[Upload]\n#URL=log.example\n"), transport._upload(None)),
    ),
    "systemd-journal-upload-server-tls": Case(
        (transport._upload(f"[Upload]\n{transport.KEYS}"),
         transport._upload(f"[Upload]\nURL=log.example\n{transport.KEYS}")),
        (transport._upload("[Upload]\nURL=log.example\n"),
         transport._upload(f"[Upload]\nURL=http://log.example\n{transport.KEYS}"),
         transport._upload(f"[Upload]\n{transport.KEYS.partition(chr(10))[2]}")),
    ),
}  # fmt: skip
