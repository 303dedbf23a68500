"""What is taken out of files before they leave a host, and files that are never read.

Each reduction is a program for `sed -E` (a running host) and the same in Python (a tree of files).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scanners.host.model import Reduced

FORBIDDEN = (
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/security/opasswd",
    "/etc/security/opasswd.old",
    "/etc/ssh/ssh_host_rsa_key",
    "/etc/ssh/ssh_host_ecdsa_key",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/chrony/chrony.keys",
)
"""Files whose content is never read whole, under whatever name (links are compared by inode)."""

_CRYPT_RULES = (
    (r"^([^:]*:!*)\$([a-z0-9-]{1,12})[$,][^:]*", r"\1$\2$"),
    (r"^([^:]*:[!*])[^:]*", r"\1"),
    (r"^([^:]*:x?)(:|$)", r"\1\2"),
    (r"^([^:]*):(_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})(:|$)", r"\1:?des\3"),
    (r"^([^:]*):[^:]*", r"\1:?"),
)
"""The first that matches decides; a line without a colon is dropped whole."""

_URL_RULE = (r"(://)[^/@[:space:]\"]*@", r"\1***@")
_SECRET_RULE = (
    r"((pass|passwd|password|pwd|secret|token)[[:space:]]*=[[:space:]]*)"
    r"(\"[^\"]*\"|[^\"[:space:])]+)",
    r"\1***",
)
_DATABASE_RULE = (r"(:om(my|pg)sql:[^,;]*,[^,;]*,)[^;]*", r"\1***")
_SETTINGS_RULES = (_URL_RULE, _SECRET_RULE, _DATABASE_RULE)


def crypt_methods(content: bytes) -> bytes:
    """passwd(5) or shadow(5) with each hash replaced by its method: `$y$`, `?des`, `?`."""
    return _by_line(content, _crypt_line)


def _crypt_line(line: bytes) -> bytes | None:
    if b":" not in line:
        return None
    for pattern, replacement in _CRYPT:
        reduced, count = pattern.subn(replacement, line, count=1)
        if count:
            return reduced
    return None


def _by_line(content: bytes, change: Callable[[bytes], bytes | None]) -> bytes:
    """As sed does it: a last line without a newline stays without one."""
    lines = content.split(b"\n")
    ends = [b"\n"] * (len(lines) - 1) + [b""]
    if lines[-1] == b"":
        lines, ends = lines[:-1], ends[:-1]
    changed = ((change(line), end) for line, end in zip(lines, ends, strict=True))
    return b"".join(line + end for line, end in changed if line is not None)


def _compiled(
    rules: tuple[tuple[str, str], ...], flags: int = 0
) -> tuple[tuple[re.Pattern[bytes], bytes], ...]:
    return tuple(
        (re.compile(_in_python(pattern).encode(), flags), replacement.encode())
        for pattern, replacement in rules
    )


def _in_python(pattern: str) -> str:
    """POSIX classes stand inside brackets here, alone or among other characters."""
    return pattern.replace("[:space:]", r" \t\r\f\v")


def _substitutions(rules: tuple[tuple[str, str], ...], flags: str = "") -> list[str]:
    return [f"s#{pattern}#{replacement}#{flags}" for pattern, replacement in rules]


_CRYPT = _compiled(_CRYPT_RULES)
_CRYPT_SED = "\n".join(["/:/!d", *(f"{step}\nt" for step in _substitutions(_CRYPT_RULES))]) + "\n"
_SETTINGS = _compiled(_SETTINGS_RULES, re.IGNORECASE)
_SETTINGS_SED = "\n".join(_substitutions(_SETTINGS_RULES, "gI")) + "\n"


def without_credentials(content: bytes) -> bytes:
    """A configuration without the user and password of URLs and without `password=` values."""
    return _by_line(content, _settings_line)


def _settings_line(line: bytes) -> bytes:
    for pattern, replacement in _SETTINGS:
        line = pattern.sub(replacement, line)
    return line


def accounts_file(path: str) -> Reduced:
    """passwd, shadow, group or gshadow without hashes."""
    return Reduced(path, _CRYPT_SED, crypt_methods)


CREDENTIALS_SED = _SETTINGS_SED
"""For commands whose output may hold credentials: pipe it through `sed -E`."""


def settings_file(path: str, *, live: bool = True) -> Reduced:
    """A glob of configuration files without credentials."""
    return Reduced(path, _SETTINGS_SED, without_credentials, live)


def kept_lines(path: str, keep: str, rules: tuple[tuple[str, str], ...] = ()) -> Reduced:
    """A glob of files of which only lines that match `keep` are wanted, each after the rules.

    `keep` and the patterns of `rules` are extended regular expressions without `|` outside of
    groups at their top level, without `#`, and mean the same to sed and to Python.
    """
    wanted = re.compile(_in_python(keep).encode())
    changes = _compiled(rules)

    def line_kept(line: bytes) -> bytes | None:
        for pattern, replacement in changes:
            line = pattern.sub(replacement, line)
        return line if wanted.search(line) else None

    sed = "\n".join([*_substitutions(rules, "g"), rf"\#{keep}#!d"]) + "\n"
    return Reduced(path, sed, lambda content: _by_line(content, line_kept))


def changed_lines(path: str, pattern: str, rules: tuple[tuple[str, str], ...] = ()) -> Reduced:
    """A glob of files of which only lines that match leave the host, in any case of letters.

    The rules are applied to each of these lines, one after the other.

    A pattern or rule is an extended regular expression of POSIX without `#`-delimiters of its own.
    """
    kept = re.compile(_in_python(pattern).encode(), re.IGNORECASE)
    compiled = _compiled(rules, re.IGNORECASE)

    def change(line: bytes) -> bytes | None:
        if not kept.search(line):
            return None
        for one, replacement in compiled:
            line = one.sub(replacement, line)
        return line

    steps = [f"s\x02{one}\x02{replacement}\x02gI" for one, replacement in rules]
    sed = "\n".join([f"\\\x02{pattern}\x02I!d", *steps]) + "\n"
    return Reduced(path, sed, lambda content: _by_line(content, change))
