"""Clients of directories of people: sssd, nslcd; passwords and tokens never leave the host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import File, Missing, Raw, Reduced, Source
from scanners.host.reading import file_text, matching
from scanners.host.reductions import changed_lines

_SSSD_KEYS = (
    "services", "domains", "enabled", "id_provider", "auth_provider", "ldap_uri",
    "ldap_backup_uri", "ldap_id_use_start_tls", "ldap_tls_reqcert", "ldap_tls_cacert",
    "ldap_tls_cacertdir",
)  # fmt: skip
_NSLCD_KEYS = ("uri", "ssl", "tls_reqcert", "tls_cacertdir", "tls_cacertfile")
_LDAP_KEYS = ("TLS_CACERT", "TLS_CACERTDIR", "TLS_REQCERT")


@dataclass(frozen=True)
class Directory:
    """What the clients are told about how to reach the directory."""

    sssd: Mapping[str, Mapping[str, str]]
    """Section (`sssd`, `domain/x`) → key → value, all lower case; empty without sssd.conf."""
    nslcd: Mapping[str, str]
    """nslcd.conf(5), the last value of a key."""
    ldap: Mapping[str, str]
    """ldap.conf(5) of OpenLDAP's library, keys in lower case."""


def parse(raw: Raw) -> Directory | Missing:
    """Every file that is there; conf.d of sssd is read after its main file, by name."""
    sssd: dict[str, dict[str, str]] = {}
    main = matching(raw, "/etc/sssd/sssd.conf")
    for file in [*main, *matching(raw, "/etc/sssd/conf.d/*.conf")]:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        _sections(text, sssd)
    nslcd, ldap = _words(raw, "/etc/nslcd.conf"), _words(raw, "/etc/ldap/ldap.conf")
    if isinstance(nslcd, Missing):
        return nslcd
    return ldap if isinstance(ldap, Missing) else Directory(sssd, nslcd, ldap)


def _sections(text: str, found: dict[str, dict[str, str]]) -> None:
    section: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        head = re.fullmatch(r"\[([^\]]+)\]", line)
        key, equals, value = line.partition("=")
        if head:
            section = found.setdefault(head[1].strip().lower(), {})
        elif equals:
            section[key.strip().lower()] = value.strip().lower()


def _words(raw: Raw, path: str) -> dict[str, str] | Missing:
    file: File | None = raw.files.get(path)
    text = file_text(file) if file else ""
    if isinstance(text, Missing):
        return text
    fields = (line.split(None, 1) for line in text.splitlines())
    return {one[0].lower(): one[1].strip() for one in fields if len(one) == 2}


def _reduced(path: str, keys: tuple[str, ...], start: str) -> Reduced:
    return changed_lines(path, rf"^[[:space:]]*({start}({'|'.join(keys)})[[:space:]=])")


SOURCE = Source(
    Directory,
    parse,
    reduced=(
        _reduced("/etc/sssd/sssd.conf", _SSSD_KEYS, r"\[|"),
        _reduced("/etc/sssd/conf.d/*.conf", _SSSD_KEYS, r"\[|"),
        _reduced("/etc/nslcd.conf", _NSLCD_KEYS, ""),
        _reduced("/etc/ldap/ldap.conf", _LDAP_KEYS, ""),
    ),
)
