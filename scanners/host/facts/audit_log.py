"""Where auditd writes, and for which group: auditd.conf(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import dirname

from scanners.host.model import Follow, Missing, Raw, Source
from scanners.host.reading import text_of

_FILE = "/etc/audit/auditd.conf"
_DEFAULT = "/var/log/audit/audit.log"
_KEY = "[Ll][Oo][Gg]_[Ff][Ii][Ll][Ee]"


@dataclass(frozen=True)
class AuditLog:
    """auditd's own configuration."""

    path: str
    group: str
    """The group that auditd gives its logs to."""

    @property
    def directory(self) -> str:
        """Where the log and its older parts lie."""
        return dirname(self.path)


def parse(raw: Raw) -> AuditLog | Missing:
    """The last line of a key counts; keys in any case, and auditd's own defaults without one."""
    text = text_of(raw, _FILE)
    if isinstance(text, Missing):
        return text
    values = {}
    for line in (text or "").splitlines():
        match = re.fullmatch(r"\s*([A-Za-z_]+)\s*=\s*(\S+)\s*", line, re.ASCII)
        if match:
            values[match[1].lower()] = match[2]
    path = values.get("log_file", _DEFAULT)
    return AuditLog(path if path.startswith("/") else _DEFAULT, values.get("log_group", "root"))


def _logs(suffix: str, end: str) -> Follow:
    """The log file (`end` empty) or its directory, as globs."""
    pattern = re.compile(
        rb"(?m)^[ \t]*" + _KEY.encode() + rb"[ \t]*=[ \t]*(/[^ \t\n]*)" + end.encode() + rb"[ \t]*$"
    )

    def names(content: bytes) -> tuple[str, ...]:
        return tuple(
            found.decode("utf-8", "surrogateescape") for found in pattern.findall(content) if found
        )

    sed = f"s#^[ \t]*{_KEY}[ \t]*=[ \t]*(/[^ \t]*){end}[ \t]*$#\\1#p"
    return Follow((_FILE,), sed, names, suffix=suffix, contents=False)


SOURCE = Source(
    AuditLog,
    parse,
    files=(_FILE,),
    stats=(dirname(_DEFAULT), f"{_DEFAULT}*"),
    follows=(_logs("*", ""), _logs("", "/[^/ \t\\n]*")),
)
