"""rsyslog.conf: legacy directives and RainerScript, as far as forwarding and file modes go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

_DEPTH = 16
_MOST = 500
"""Files that are read; a file that includes itself would have no end."""
_OBJECT = re.compile(
    r"(?si)\b(action|global|module|include|input)\s*\(((?:[^()\"]|\"(?:\\.|[^\"\\])*\")*)\)"
)
_PAIR = re.compile(r'([\w.]+)\s*=\s*"((?:\\.|[^"\\])*)"', re.ASCII)
_LEGACY = re.compile(
    r"(?P<at>@@?)(?:\((?P<options>[^)]*)\))?"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[\w.*-]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)  # fmt: skip
_RELP = re.compile(
    r"(?:\S+\s+|&\s*):omrelp:(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
_FILE_ACTION = re.compile(r"^[^$\s#:&{}][^\n]*?\s-?/\S|^&\s+-?/")
_VERIFYING = frozenset({"x509/name", "x509/fingerprint"})


@dataclass(frozen=True)
class ForwardText:
    """A forwarding action with what is in effect for it."""

    host: str
    port: int
    protocol: str
    tls: bool
    verified: bool
    stream: tuple[str, str] | None = None
    """StreamDriverMode and StreamDriverAuthMode, empty where not set; None for RELP."""


@dataclass(frozen=True)
class InputText:
    """A port on which messages are taken; the module must be loaded for it to work."""

    module: str
    """imtcp, imptcp, imudp, imrelp, imgssapi."""
    port: str
    address: str
    """Empty for every address."""


@dataclass
class State:
    """Directives in effect, and what was found so far; keys in lower case."""

    directives: dict[str, str] = field(default_factory=dict)
    forwards: list[ForwardText] = field(default_factory=list)
    file_modes: list[int] = field(default_factory=list)
    last_mode: int = 0o644
    """rsyslog's own default of $FileCreateMode."""
    modules: set[str] = field(default_factory=set)
    """Input modules that are loaded."""
    inputs: list[InputText] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What is included and could not be read: paths and patterns."""
    files: int = 0
    """How many included files were read."""


Included = Callable[[str], Iterable[str | None]]
"""A pattern → the texts of the files that it names; None for what could not be read of it."""


def read(text: str, glob: Included, state: State | None = None, depth: int = 0) -> State:
    """Read a configuration and what it includes."""
    state = state or State()
    for piece in _pieces(text):
        if isinstance(piece, str):
            _line(piece, glob, state, depth)
        else:
            _object(*piece, glob, state, depth)
    return state


def _pieces(text: str) -> Iterator[str | tuple[str, dict[str, str]]]:
    """RainerScript objects and legacy lines in the order of the file."""
    plain = re.sub(r"(?m)^[ \t]*#.*$|(?<=\s)#[^\"\n]*$", "", text)
    plain = re.sub(r"(?s)(?<!\S)/\*.*?(?:\*/|\Z)", " ", plain)  # not the /* of a glob
    place = 0
    for match in _OBJECT.finditer(plain):
        yield from plain[place : match.start()].splitlines()
        pairs = {key.lower(): value for key, value in _PAIR.findall(match[2])}
        yield match[1].lower(), pairs
        place = match.end()
    yield from plain[place:].splitlines()


def _line(line: str, glob: Included, state: State, depth: int) -> None:
    line = line.strip()
    directive = re.match(r"\$(\w+)\s+(.*)", line)
    if directive:
        name, value = directive[1].lower(), directive[2].strip()
        if name == "includeconfig":
            _include(value.partition(" ")[0].partition("\t")[0], glob, state, depth)
        elif name == "filecreatemode":
            state.last_mode = _mode(value, state.last_mode)
        elif name == "modload":
            state.modules.add(_module(value))
        elif name in _LISTENS:
            address = state.directives.get("udpserveraddress", "") if name == "udpserverrun" else ""
            state.inputs.append(InputText(_LISTENS[name], value, address))
        state.directives[name] = value
        return
    match = re.match(r"(?:\S+\s+|&\s*)" + _LEGACY.pattern, line)
    relp = _RELP.match(line)
    if match and match["host"] != "*":
        state.forwards.append(_legacy(match, state.directives))
    elif relp:
        port = int(relp["port"] or 514)
        state.forwards.append(ForwardText(relp["host"].strip("[]"), port, "relp", False, False))
    elif _FILE_ACTION.match(line):
        state.file_modes.append(state.last_mode)


_LISTENS = {
    "inputtcpserverrun": "imtcp",
    "inputptcpserverrun": "imptcp",
    "udpserverrun": "imudp",
    "inputrelpserverrun": "imrelp",
    "inputgssserverrun": "imgssapi",
}


def _module(text: str) -> str:
    """`imtcp`, `imtcp.so`, `/usr/lib/rsyslog/imtcp.so`."""
    return text.strip("\"'").rsplit("/", 1)[-1].removesuffix(".so").lower()


def _legacy(match: re.Match[str], directives: dict[str, str]) -> ForwardText:
    tls = (
        match["at"] == "@@"
        and directives.get("actionsendstreamdrivermode") == "1"
        and _driver_is_tls(directives, {})
    )
    mode = directives.get("actionsendstreamdriverauthmode", "").lower()
    protocol = "tcp" if match["at"] == "@@" else "udp"
    port = int(match["port"] or 514)
    stream = (directives.get("actionsendstreamdrivermode", ""), mode)
    return ForwardText(
        match["host"].strip("[]"), port, protocol, tls, tls and mode in _VERIFYING, stream
    )


def _object(
    kind: str,
    pairs: dict[str, str],
    glob: Included,
    state: State,
    depth: int,
) -> None:
    if kind == "include" and pairs.get("file"):
        _include(pairs["file"], glob, state, depth)
    elif kind == "include":
        state.unread.append("include(…)")  # a text, or a name in a form that is not known here
    elif kind == "global":
        state.directives |= {
            name: value for name, value in pairs.items() if "netstreamdriver" in name
        }
    elif kind == "module" and pairs.get("load", "").endswith("omfile"):
        state.last_mode = _mode(pairs.get("filecreatemode", ""), state.last_mode)
    elif kind == "module":
        state.modules.add(_module(pairs.get("load", "")))
    elif kind == "input" and pairs.get("type", "").lower() in _LISTENS.values():
        place = (pairs.get("port", "-"), pairs.get("address", ""))
        state.inputs.append(InputText(pairs["type"].lower(), *place))
    elif kind == "action":
        _action(pairs, state)


def _action(pairs: dict[str, str], state: State) -> None:
    kind = pairs.get("type", "").lower()
    if kind == "omfile":
        state.file_modes.append(_mode(pairs.get("filecreatemode", ""), state.last_mode))
        return
    target, port = pairs.get("target", ""), pairs.get("port", "514")
    if kind not in {"omfwd", "omrelp"} or not target:
        return
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) else 514
    if kind == "omrelp":
        tls = pairs.get("tls", "off").lower() == "on"
        verified = tls and pairs.get("tls.authmode", "").lower() in {"name", "fingerprint"}
        state.forwards.append(ForwardText(target, number, "relp", tls, verified))
        return
    protocol = pairs.get("protocol", "udp").lower()
    tls = (
        protocol == "tcp"
        and pairs.get("streamdrivermode") == "1"
        and _driver_is_tls(state.directives, pairs)
    )
    stream = (pairs.get("streamdrivermode", ""), pairs.get("streamdriverauthmode", "").lower())
    verified = tls and stream[1] in _VERIFYING
    state.forwards.append(ForwardText(target, number, protocol, tls, verified, stream))


def _driver_is_tls(directives: dict[str, str], pairs: dict[str, str]) -> bool:
    driver = pairs.get("streamdriver") or pairs.get("streamdriver.name")
    driver = driver or directives.get("defaultnetstreamdriver", "ptcp")
    return driver.lower() in {"gtls", "ossl", "mbedtls"}


def _include(pattern: str, glob: Included, state: State, depth: int) -> None:
    pattern = pattern.strip("\"'")
    if pattern.endswith("/"):  # a folder: all its files
        pattern += "*"
    for text in glob(pattern):
        state.files += 1
        if text is None or depth >= _DEPTH or state.files > _MOST:
            state.unread.append(pattern)
            return
        read(text, glob, state, depth + 1)


def _mode(text: str, otherwise: int) -> int:
    return int(text, 8) if re.fullmatch(r"[0-7]{3,5}", text, re.ASCII) else otherwise
