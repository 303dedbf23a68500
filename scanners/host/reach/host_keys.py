"""Host keys: which ones a host may show (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host.reach.address import HostAddress

PublicKey = tuple[str, bytes]
"""Type and blob."""
_LITERAL = str.maketrans({"[": "[[]", "]": "[]]"})


class HostKeyUnknown(TargetError):
    """Nobody has said which key the host has."""

    def __init__(self, address: HostAddress, shown: PublicKey) -> None:
        super().__init__(
            _(
                "{address} shows the host key {kind} {found}, which is not known",
                address=address,
                kind=shown[0],
                found=fingerprint(shown[1]),
            ),
            hint=_(
                "compare it with what ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub prints on the"
                " host's own console; then ssh-keyscan -p {port} {host} >> ~/.ssh/known_hosts,"
                " or a file for --known-hosts",
                port=address.port,
                host=address.host,
            ),
        )
        self.found = fingerprint(shown[1])


class HostKeyChanged(TargetError):
    """The host shows another key than the known one: another machine, or one in between."""

    def __init__(self, address: HostAddress, expected: str, found: str) -> None:
        super().__init__(
            _(
                "{address} shows the host key {found}, and {expected} is pinned",
                address=address,
                found=found,
                expected=expected,
            ),
            hint=_("find out why before pinning the new key: somebody may stand in between"),
        )
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Trusted:
    """What is known of a host's keys."""

    keys: tuple[PublicKey, ...] = ()
    revoked: frozenset[bytes] = frozenset()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Types of the keys, without duplicates."""
        return tuple(dict.fromkeys(kind for kind, _blob in self.keys))

    def require(self, address: HostAddress, shown: PublicKey) -> None:
        """Raise HostKeyUnknown or HostKeyChanged unless the key is known and not revoked."""
        if shown[1] in self.revoked:
            raise TargetError(
                _(
                    "{address} shows the host key {found}, which is revoked",
                    address=address,
                    found=fingerprint(shown[1]),
                )
            )
        if not self.keys:
            raise HostKeyUnknown(address, shown)
        if shown[1] not in {blob for _kind, blob in self.keys}:
            raise self.changed(address, fingerprint(shown[1]))

    def changed(self, address: HostAddress, found: str) -> HostKeyChanged:
        """The error for another key."""
        expected = ", ".join(fingerprint(blob) for _kind, blob in self.keys)
        return HostKeyChanged(address, expected, found)


def trusted(address: HostAddress) -> Trusted:
    """The keys that the host may show. Raises TargetError if the pinned one is no key."""
    if address.host_key:
        key = _public_key(address.host_key.split())
        if key is None:
            raise TargetError(_("{address}: the pinned host key is no public key", address=address))
        return Trusted((key,))
    name = (address.known_as or address.host).lower()
    if not address.known_as and address.port != 22:
        name = f"[{name}]:{address.port}"
    lines = [line for path in address.known_hosts for line in _lines_of(path)]
    mine = [line for line in lines if line.key and _is_meant(line.names, name)]
    return Trusted(
        tuple(line.key for line in mine if line.key and not line.marker),
        frozenset(line.key[1] for line in mine if line.key and line.marker == "@revoked"),
    )


def fingerprint(key: bytes) -> str:
    """`SHA256:…`, as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class _Line:
    marker: str
    """`@revoked`, `@cert-authority`, or empty."""
    names: str
    key: PublicKey | None


def _lines_of(path: Path) -> tuple[_Line, ...]:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _parsed(path: Path, _changed: int, _size: int) -> tuple[_Line, ...]:
    """A file is read again when it was changed: many visits share one reading."""
    return tuple(_known(path.read_text(encoding="utf-8", errors="replace")))


def _known(text: str) -> Iterator[_Line]:
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        marker = words.pop(0) if words[0].startswith("@") else ""
        if words:
            yield _Line(marker, words[0], _public_key(words[1:]))


def _public_key(words: list[str]) -> PublicKey | None:
    try:
        return words[0], base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        return None


def _is_meant(names: str, name: str) -> bool:
    if names.startswith("|"):
        return _is_hash_of(names, name)
    meant = False
    for pattern in names.lower().split(","):
        negated = pattern.startswith("!")
        if fnmatchcase(name, pattern.lstrip("!").translate(_LITERAL)):
            if negated:
                return False
            meant = True
    return meant


def _is_hash_of(hashed: str, name: str) -> bool:
    match = re.fullmatch(r"\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)", hashed)
    if match is None:
        return False
    try:
        salt, expected = (base64.b64decode(part, validate=True) for part in match.groups())
    except binascii.Error:
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), expected)
