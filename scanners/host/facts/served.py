"""What small network services give away: SNMP, DHCP; communities and keys never leave the host."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import file_text, matching
from scanners.host.reductions import changed_lines

_SNMP = (
    "/etc/snmp/snmpd.conf",
    "/etc/snmp/snmpd.local.conf",
    "/etc/snmp/snmpd.conf.d/*.conf",
    "/usr/share/snmp/snmpd.conf",
    "/usr/share/snmp/snmpd.local.conf",
    "/var/lib/snmp/snmpd.conf",
)
_DHCPD = ("/etc/dhcp/dhcpd.conf", "/etc/dhcp/dhcpd6.conf", "/etc/dhcp/dhcpd.conf.d/*")
_DHCLIENT = ("/etc/dhcp/dhclient.conf",)


@dataclass(frozen=True)
class Served:
    """What these services are told to give away or to take."""

    communities: tuple[str, ...]
    """`rocommunity=public`: what gives access, and the community if it is a well-known one,
    else `rocommunity ***`; in the order of the files."""
    dhcp_options: frozenset[str]
    """Options that a DHCP server of ISC sends."""
    dhcp_requested: frozenset[str] | None
    """Options that the DHCP client of ISC asks for; None: its own list, without a file of its."""
    dhcp_superseded: frozenset[str] = frozenset()
    """Options of which the client takes its own value, whatever the server says."""
    included: frozenset[str] = frozenset()
    """`snmp`, `server`, `client`: whose files name others, which were not read."""


def parse(raw: Raw) -> Served | Missing:
    """All of them; files that do not exist give nothing away."""
    texts = []
    for globs in (_SNMP, _DHCPD, _DHCLIENT):
        parts = [file_text(file) for glob in globs for file in matching(raw, glob)
                 if file.kind != "directory"]  # fmt: skip
        for part in parts:
            if isinstance(part, Missing):
                return part
        texts.append("\n".join(map(str, parts)))
    snmp, server, client = texts
    asked = re.findall(r"^[ \t]*(?:also[ \t]+)?request\b([^;]*)", client, re.MULTILINE)
    taken = re.findall(r"^[ \t]*supersede[ \t]+([a-z0-9.-]+)", client, re.MULTILINE)
    return Served(
        tuple(line for line in map(str.strip, snmp.splitlines())
              if line and not line.lower().startswith("include")),
        frozenset(re.findall(r"(?:^|[;{\s])option[ \t]+([a-z0-9.-]+)[ \t]+(?!code\b)", server)),
        frozenset(" ".join(asked).replace(",", " ").split()) if asked else None,
        frozenset(taken),
        frozenset(name for name, text in zip(("snmp", "server", "client"), texts, strict=True)
                  if _INCLUDE.search(text)),
    )  # fmt: skip


_INCLUDE = re.compile(
    r"^[ \t]*(?:include(?:File)?\b|includeDir[ \t]+(?!/etc/snmp/snmpd\.conf\.d/?[ \t]*$))",
    re.MULTILINE | re.IGNORECASE,
)
_COMMUNITY = r"(r[ow]community6?)"
_TO_SECURITY = r"(com2sec(6|unix)?)"
_NAMES = r"\"?(public|private)\"?"
_SNMP_LINES = (
    rf"^[[:space:]]*({_COMMUNITY}|{_TO_SECURITY}|include(file|dir))[[:space:]]",
    (
        (r"[[:space:]]#.*", ""),
        (rf"^[[:space:]]*{_COMMUNITY}[[:space:]]+{_NAMES}([[:space:]].*)?$", r"\1=\2"),
        (rf"^[[:space:]]*{_COMMUNITY}[[:space:]].*", r"\1 ***"),
        (rf"^[[:space:]]*{_TO_SECURITY}[[:space:]].*[[:space:]]{_NAMES}[[:space:]]*$", r"\1=\3"),
        (rf"^[[:space:]]*{_TO_SECURITY}[[:space:]].*", r"\1 ***"),
    ),
)
_SERVER_LINES = (
    r"(option|^[[:space:]]*include)[[:space:]]",
    (
        (r"#.*", ""),
        (r"\"[^\"]*\"", '""'),
        (r"secret[[:space:]]+[^;]*", "secret"),
    ),
)
_CLIENT_LINES = (
    r"^[[:space:]]*((also[[:space:]]+)?request|supersede|include|([a-z0-9.-]+[[:space:]]*[,;][[:space:]]*)+$)",
    (
        (r"#.*", ""),
        (r"^([[:space:]]*supersede[[:space:]]+[a-z0-9.-]+).*", r"\1;"),
    ),
)

SOURCE = Source(
    Served,
    parse,
    reduced=(
        *(changed_lines(path, *_SNMP_LINES) for path in _SNMP),
        *(changed_lines(path, *_SERVER_LINES) for path in _DHCPD),
        *(changed_lines(path, *_CLIENT_LINES) for path in _DHCLIENT),
    ),
)
