"""ssh_config(5) for everybody: the algorithms that the client offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scanners.host.following import includes
from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import file_text, matching

DEFAULTS = {
    "ciphers": (
        "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr",
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
    ),
    "macs": (
        "umac-64-etm@openssh.com", "umac-128-etm@openssh.com", "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com", "hmac-sha1-etm@openssh.com", "umac-64@openssh.com",
        "umac-128@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1",
    ),
    "kexalgorithms": (
        "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256",
        "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha256",
    ),
}  # fmt: skip
"""What `ssh -G` of OpenSSH 9.2 says where nothing is configured."""
_MAIN = "/etc/ssh/ssh_config"
_COMMENT = re.compile(r"(?:^|\s)#.*")
_DEPTH = 16


@dataclass(frozen=True)
class SshClient:
    """What the files of the system give the client; users may ask for less or more."""

    algorithms: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    """`ciphers`, `macs`, `kexalgorithms` → (hosts that it holds for, what is offered), up to the
    first that holds for all the others; `*` with the defaults if none does."""


def parse(raw: Raw) -> SshClient | Missing:
    """The first value of an option counts for each host; Include stands in its place."""
    lines = []
    for one in _lines(raw, _MAIN, 0, "*"):
        if isinstance(one, Missing):
            return one
        lines.append(one)
    # `Match final` is read in a second pass, after everything else had its chance.
    lines.sort(key=lambda line: line[0].startswith("final "))
    found: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}
    for option, usual in DEFAULTS.items():
        given: list[tuple[str, tuple[str, ...]]] = []
        for hosts, key, value in lines:
            if key == option:
                given.append((hosts.removeprefix("final "), _applied(value, usual)))
                if given[-1][0] == "*":
                    break
        else:
            given.append(("*", usual))
        found[option] = tuple(given)
    return SshClient(found)


def _lines(raw: Raw, glob: str, depth: int, hosts: str) -> Iterator[tuple[str, str, str] | Missing]:
    """(hosts, lower-case key, value) of each line; an Include ends the block that it opens."""
    for file in matching(raw, glob) if depth < _DEPTH else ():
        text = file_text(file)
        if isinstance(text, Missing):
            yield text
            return
        block = hosts
        for line in map(str.strip, text.splitlines()):
            key, _, value = line.replace("=", " ", 1).replace("\t", " ").partition(" ")
            value = _COMMENT.sub("", value)
            key, value = key.lower(), value.strip().strip('"')
            if not key or key.startswith("#"):
                continue
            if key in ("host", "match"):
                block = _narrowed(hosts, _block(key, value))
            elif key == "include":
                for name in value.split():
                    path = name if name.startswith("/") else f"/etc/ssh/{name}"
                    yield from _lines(raw, path, depth + 1, block)
            else:
                yield block, key, value


def _narrowed(outer: str, inner: str) -> str:
    return inner if outer == "*" else outer if inner == "*" else f"{outer} & {inner}"


def _block(key: str, value: str) -> str:
    if key == "host":
        return "*" if value.split() == ["*"] else value
    words = value.lower().split()
    if words == ["all"]:
        return "*"
    return "final *" if words == ["final", "all"] else value


def _applied(value: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """A list of its own, or `+`, `-`, `^` applied to the defaults."""
    sign = value[:1] if value[:1] in "+-^" else ""
    names = tuple(name for name in value.removeprefix(sign).split(",") if name)
    if sign == "-":
        return tuple(one for one in usual if not any(fnmatchcase(one, name) for name in names))
    return names if not sign else tuple(dict.fromkeys([*usual, *names]))


_WITHIN = (_MAIN, "/etc/ssh/ssh_config.d/*.conf")
SOURCE = Source(
    SshClient,
    parse,
    files=_WITHIN,
    follows=(includes(_WITHIN, ("include",), "/etc/ssh"),),
)
