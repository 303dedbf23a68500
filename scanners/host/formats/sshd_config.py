"""sshd_config(5) as sshd reads it: the first value counts, Include stands in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_DEPTH = 16
_FILES = 500
_ALIASES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "dsaauthentication": "pubkeyauthentication",
    "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
    "hostbasedacceptedkeytypes": "hostbasedacceptedalgorithms",
    "keepalive": "tcpkeepalive",
    "gssusesessionccache": "gssapicleanupcredentials",
}
_REPEATED = frozenset(
    "port listenaddress hostkey hostcertificate acceptenv allowusers denyusers allowgroups "
    "denygroups subsystem".split()
)
"""Every occurrence adds to these; of the others only the first one counts."""
_ONE_A_WORD = _REPEATED - {"port", "listenaddress", "subsystem"}
_ALGORITHMS = frozenset(
    "ciphers macs kexalgorithms casignaturealgorithms hostbasedacceptedalgorithms "
    "hostkeyalgorithms pubkeyacceptedalgorithms".split()
)
_TIMES = frozenset({"logingracetime", "clientaliveinterval"})
_UPPER = frozenset({"loglevel", "syslogfacility", "fingerprinthash"})
_FREE_TEXT = frozenset(
    "banner forcecommand chrootdirectory hostkey hostcertificate pidfile modulifile versionaddendum "
    "authorizedkeysfile authorizedprincipalsfile authorizedkeyscommand authorizedkeyscommanduser "
    "authorizedprincipalscommand authorizedprincipalscommanduser trustedusercakeys revokedkeys "
    "subsystem acceptenv allowusers denyusers allowgroups denygroups permitopen permitlisten setenv "
    "securitykeyprovider xauthlocation hostkeyagent gssapikexalgorithms".split()
)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass
class Reading:
    """What a configuration says so far."""

    options: dict[str, list[str]] = field(default_factory=dict)
    matches: list[str] = field(default_factory=list)
    match_options: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def read(path: str, text_of: Callable[[str], str | None], glob: Callable[[str], Iterable[str]]) -> Reading:  # fmt: skip
    """Read a configuration; `glob` gives the sorted paths that an absolute pattern names."""
    reading = Reading()
    _file(path, text_of, glob, reading, False, 0)
    return reading


def _file(
    path: str,
    text_of: Callable[[str], str | None],
    glob: Callable[[str], Iterable[str]],
    reading: Reading,
    inside_match: bool,
    depth: int,
) -> None:
    text = text_of(path)
    if text is None or depth > _DEPTH or len(reading.files) >= _FILES:
        return
    reading.files.append(path)
    matching = inside_match
    for line in text.splitlines():
        keyword, values = split(line)
        if keyword == "match":
            matching = True
            reading.matches.append(" ".join(values))
        elif keyword == "include":
            # A Match inside an included file ends with that file.
            for pattern in values:
                for name in glob(pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"):
                    _file(name, text_of, glob, reading, matching, depth + 1)
        elif keyword and values:
            _set(reading, keyword, values, matching)


def _set(reading: Reading, keyword: str, values: list[str], matching: bool) -> None:
    held = (reading.match_options if matching else reading.options).setdefault(keyword, [])
    if held and not matching and keyword not in _REPEATED:
        return
    words = values if keyword in _ONE_A_WORD else [" ".join(values)]
    held.extend(normal(keyword, word) for word in words)


def split(line: str) -> tuple[str, list[str]]:
    """Keyword (lower case, aliases resolved) and its words; quotes removed, a comment left out."""
    match = re.match(r'[ \t]*(?:"([^"]*)"|([^\s="]+))[ \t]*=?[ \t]*(.*)', line.rstrip("\r\n\f "))
    if not match or match[0].lstrip().startswith("#"):
        return "", []
    keyword = (match[1] or match[2] or "").lower()
    if keyword == "#" or keyword.startswith("#"):
        return "", []
    words = re.findall(r'"((?:\\.|[^"\\])*)"|\'([^\']*)\'|(#.*)|((?:[^\s"\'])+)', match[3])
    values: list[str] = []
    for quoted, single, comment, plain in words:
        if comment:
            break
        values.append(quoted.replace('\\"', '"') or single or plain)
    return _ALIASES.get(keyword, keyword), values


def normal(keyword: str, value: str) -> str:
    """A value in the form in which `sshd -T` prints it."""
    if keyword in _ALGORITHMS:
        return _algorithms(keyword, value)
    if keyword in _TIMES:
        return _seconds(value)
    if keyword in _UPPER:
        return value.upper()
    if keyword in _FREE_TEXT:
        return value.lower() if value.lower() == "none" else value
    if keyword == "maxstartups" and re.fullmatch(r"[0-9]+", value):
        return f"{value}:100:{value}"
    lower = value.lower()
    if keyword == "permitrootlogin" and lower == "prohibit-password":
        return "without-password"
    if keyword == "compression" and lower == "delayed":
        return "yes"
    return {"true": "yes", "false": "no"}.get(lower, lower)


def _algorithms(keyword: str, value: str) -> str:
    """`+` adds to the defaults, `-` takes from them (patterns), `^` puts in front."""
    sign, names = value[:1], [name for name in value.lstrip("+-^").split(",") if name]
    default = defaults()[keyword][0].split(",") if sign in {"+", "-", "^"} else []
    if sign == "-":
        patterns = [re.compile(_glob(name)) for name in names]
        return ",".join(one for one in default if not any(p.fullmatch(one) for p in patterns))
    if sign == "+":
        return ",".join([*default, *(name for name in names if name not in default)])
    if sign == "^":
        return ",".join([*names, *(one for one in default if one not in names)])
    return value


def _glob(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


def _seconds(value: str) -> str:
    if value.lower() == "none":
        return "0"
    parts = re.findall(r"([0-9]{1,9})([smhdw]?)", value.lower())
    if not parts or "".join(number + unit for number, unit in parts) != value.lower():
        return value
    return str(sum(int(number) * _UNITS[unit] for number, unit in parts))


@cache
def defaults() -> dict[str, tuple[str, ...]]:
    """What Debian's OpenSSH 9.2 prints for an empty configuration (`sshd -T -f /dev/null`)."""
    return parse_dump((files(__package__) / "sshd-9.2-debian.txt").read_text())


def parse_dump(text: str) -> dict[str, tuple[str, ...]]:
    """The output of `sshd -T`."""
    options: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([a-z][a-z0-9]+)(?: (.*))?", line)
        if match:
            value = match[2] or ""
            options[match[1]] = (*options.get(match[1], ()), value)
    return options


def effective(reading: Reading) -> dict[str, tuple[str, ...]]:
    """The options with the defaults of those that no line sets."""
    given = {keyword: tuple(values) for keyword, values in reading.options.items()}
    result = {**defaults(), **given}
    ports = given.get("port", ("22",))
    result["port"] = ports
    addresses = given.get("listenaddress", ("[::]", "0.0.0.0"))  # noqa: S104 - what sshd says
    result["listenaddress"] = tuple(
        address if _has_port(address) else f"{_bracketed(address)}:{port}"
        for address in addresses
        for port in (ports if not _has_port(address) else ports[:1])
    )
    return result


def _has_port(address: str) -> bool:
    return bool(re.fullmatch(r"\[[^\]]+\]:[0-9]+|[^:\[\]]+:[0-9]+", address))


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address and not address.startswith("[") else address
