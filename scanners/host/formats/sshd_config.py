"""sshd_config(5) as sshd reads it: the first value counts, Include stands in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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
    [
        "port",
        "listenaddress",
        "hostkey",
        "hostcertificate",
        "acceptenv",
        "allowusers",
        "denyusers",
        "allowgroups",
        "denygroups",
        "subsystem",
    ]
)
"""Every occurrence adds to these; of the others only the first one counts."""
_LAST = "maxstartups"
"""Of this one OpenSSH 9.2 takes the last, and newer ones take the first: both are kept."""
_ONE_A_WORD = _REPEATED - {"port", "listenaddress", "subsystem"}
_ALGORITHMS = frozenset(
    [
        "ciphers",
        "macs",
        "kexalgorithms",
        "casignaturealgorithms",
        "hostbasedacceptedalgorithms",
        "hostkeyalgorithms",
        "pubkeyacceptedalgorithms",
    ]
)
_TIMES = frozenset({"logingracetime", "clientaliveinterval"})
_UPPER = frozenset({"loglevel", "syslogfacility", "fingerprinthash"})
_WORDS = frozenset({"permitrootlogin", "addressfamily"})
"""Options whose values are words in any case, beside those whose default is yes or no."""
_SAME = {
    ("permitrootlogin", "prohibit-password"): "without-password",
    ("compression", "delayed"): "yes",
}
_CHOICES = {
    "permitrootlogin": {"yes", "no", "without-password", "forced-commands-only"},
    "ignorerhosts": {"yes", "no", "shosts-only"},
    "gatewayports": {"yes", "no", "clientspecified"},
    "allowtcpforwarding": {"yes", "no", "all", "local", "remote"},
    "allowstreamlocalforwarding": {"yes", "no", "all", "local", "remote"},
    "permittunnel": {"yes", "no", "point-to-point", "ethernet"},
    "loglevel": {"QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2",
                 "DEBUG3"},
}  # fmt: skip
_GLOBAL = frozenset(
    [
        "addressfamily", "ciphers", "compression", "fingerprinthash", "gssapicleanupcredentials",
        "gssapikexalgorithms", "gssapikeyexchange", "gssapistorecredentialsonrekey",
        "gssapistrictacceptorcheck", "hostkey", "hostkeyagent", "hostkeyalgorithms",
        "ignoreuserknownhosts", "kerberosorlocalpasswd", "kerberosticketcleanup", "kexalgorithms",
        "listenaddress", "logingracetime", "macs", "maxstartups", "modulifile",
        "permituserenvironment", "persourcemaxstartups", "persourcenetblocksize", "pidfile", "port",
        "printlastlog", "printmotd", "securitykeyprovider", "strictmodes", "syslogfacility",
        "tcpkeepalive", "usedns", "usepam", "versionaddendum", "xauthlocation",
    ]
)  # fmt: skip
"""What sshd refuses in a Match block that is not for everybody."""
_FREE = frozenset({"permituserenvironment"})
"""Options whose default is a word and which take other texts too."""
_NUMBERS = frozenset({"maxauthtries", "maxsessions", "clientalivecountmax", "x11displayoffset"})
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass
class Reading:
    """What a configuration says so far."""

    options: dict[str, list[str]] = field(default_factory=dict)
    matches: list[str] = field(default_factory=list)
    match_options: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Values for which sshd gives up reading, wherever they stand."""
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Files:
    """Where the texts come from."""

    text_of: Callable[[str], str | None]
    glob: Callable[[str], Iterable[str]]
    """The sorted paths that an absolute pattern names."""


def read(path: str, files: Files) -> Reading:
    """Read a configuration with its includes."""
    reading = Reading()
    _file(path, files, reading, matching=False, depth=0)
    return reading


def _file(path: str, files: Files, reading: Reading, *, matching: bool, depth: int) -> None:
    text = files.text_of(path)
    if text is None or depth > _DEPTH or len(reading.files) >= _FILES:
        return
    reading.files.append(path)
    outer, everybody = matching, False
    for line in text.splitlines():
        keyword, values = split(line)
        if keyword == "match":
            matching = True
            everybody = not outer and [value.lower() for value in values] == ["all"]
            reading.matches.append(" ".join(values))
        elif keyword == "include":
            # A Match inside an included file ends with that file.
            for name in _included(values, files):
                _file(name, files, reading, matching=matching, depth=depth + 1)
        elif keyword and values:
            if matching and not everybody and keyword in _GLOBAL:
                refused = f"{' '.join(values)} (Match {reading.matches[-1]})"
                reading.refused.setdefault(keyword, []).append(refused)
            _set(reading, keyword, values, matching)
            if everybody:  # it holds for every connection, where no line before it says more
                _set(reading, keyword, values, matching=False)
        elif keyword in defaults():
            reading.refused.setdefault(keyword, []).append("")


def _included(patterns: list[str], files: Files) -> Iterator[str]:
    for pattern in patterns:
        yield from files.glob(pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}")


def _set(reading: Reading, keyword: str, values: list[str], matching: bool) -> None:
    text = " ".join(values)
    if _is_refused(keyword, text) and text not in reading.refused.get(keyword, ()):
        reading.refused.setdefault(keyword, []).append(text)
    held = (reading.match_options if matching else reading.options).setdefault(keyword, [])
    if held and not matching and keyword not in _REPEATED:
        if keyword == _LAST:
            held[1:] = [normal(keyword, " ".join(values))]
        return
    words = values if keyword in _ONE_A_WORD else [" ".join(values)]
    held.extend(normal(keyword, word) for word in words)


def _is_refused(keyword: str, value: str) -> bool:
    """True for a value at which sshd ends with an error (what is not known here is taken)."""
    found = normal(keyword, value)
    if keyword in _CHOICES:
        return found not in _CHOICES[keyword]
    if keyword in _TIMES or keyword in _NUMBERS:
        return not found.isdecimal()
    return keyword not in _FREE and defaults().get(keyword) in _FLAGS and found not in {"yes", "no"}


_FLAGS = (("yes",), ("no",))
_LINE = re.compile(r'[ \t]*(?:"([^"]*)"|([^\s="#]+))[ \t]*=?[ \t]*(.*)')
_ARGUMENT = re.compile(r'(#.*)|((?:"(?:\\.|[^"\\])*"|\'[^\']*\'|[^\s"\'])+)')


def split(line: str) -> tuple[str, list[str]]:
    """Keyword (lower case, aliases resolved) and its words; quotes and a comment left out."""
    match = _LINE.match(line.rstrip("\r\n\f "))
    if match is None:
        return "", []
    values = []
    for argument in _ARGUMENT.finditer(match[3]):
        if argument[1]:
            break
        values.append(re.sub(r"([\"'])(.*?)(?<!\\)\1", r"\2", argument[2]).replace('\\"', '"'))
    keyword = (match[1] or match[2] or "").lower()
    return _ALIASES.get(keyword, keyword), values


def normal(keyword: str, value: str) -> str:
    """A value in the form in which `sshd -T` prints it."""
    lower = value.lower()
    if keyword in _ALGORITHMS:
        return _algorithms(keyword, value)
    if keyword in _TIMES:
        return _seconds(lower)
    if keyword in _UPPER:
        return value.upper()
    if keyword == "maxstartups" and re.fullmatch(r"[0-9]+", value):
        return f"{value}:30:{value}"
    is_word = keyword in _WORDS or defaults().get(keyword, ("",))[0] in {"yes", "no"}
    return _SAME.get((keyword, lower), lower) if is_word or lower == "none" else value


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
    """`1m30s` in seconds; what is no time stays as it is."""
    parts = re.findall(r"([0-9]{1,9})([smhdw]?)", value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        return "0" if value == "none" else value
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
