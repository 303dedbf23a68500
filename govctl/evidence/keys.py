"""The key that signs an estate's evidence: Ed25519, made on first use, its owner's alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from govctl.errors import InputError, Problem
from govctl.files import PUBLIC, write_private, write_whole
from govctl.texts import _

VARIABLE = "GOVCTL_EVIDENCE_KEY"


def raw_of(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key (RFC 8032)."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the 32 bytes, in hexadecimal."""
    return hashlib.sha256(raw_of(key)).hexdigest()


def public_text(key: Ed25519PublicKey) -> str:
    """PEM (SubjectPublicKeyInfo), as openssl reads it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key from a PEM file. Raises InputError for anything else."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise InputError([Problem(path, 0, 0, error.strerror or str(error))]) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError([_no_key(path)]) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError([_no_key(path)])
    return key


class KeyRing:
    """The private key of one estate's chain, in `<folder>/evidence.pem`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "evidence.pem"
        self._next = folder / "evidence.next.pem"

    def given(self) -> Ed25519PrivateKey | None:
        """The key of the environment: a PEM text, or the path of a file that holds one."""
        value = os.environ.get(VARIABLE, "")
        if "-----BEGIN" in value:
            return _private(value.encode(), Path(f"${VARIABLE}"))
        return _read(Path(value)) if value else None

    def own(self) -> Ed25519PrivateKey | None:
        """The key of this folder; None before the first."""
        return _read(self.file) if self.file.exists() else None

    def next(self) -> Ed25519PrivateKey | None:
        """A key that is about to follow the present one; None unless a change is under way."""
        return _read(self._next) if self._next.exists() else None

    def make(self) -> Ed25519PrivateKey:
        """The key of this folder, made if there is none; two who come at once get the same."""
        with self._alone():
            found = self.own()
            if found is None:
                found = Ed25519PrivateKey.generate()
                self._write(self.file, found)
            return found

    def prepare(self) -> Ed25519PrivateKey:
        """A new key, kept beside the present one until the chain knows it."""
        with self._alone():
            key = Ed25519PrivateKey.generate()
            self._write(self._next, key)
            return key

    def take(self, key: Ed25519PrivateKey) -> None:
        """The chain knows the new key: it is the folder's from now on."""
        with self._alone():
            self._write(self.file, key)
            self._next.unlink(missing_ok=True)

    def _write(self, path: Path, key: Ed25519PrivateKey) -> None:
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, text.decode())
        if path == self.file:
            write_whole(path.with_suffix(".pub"), public_text(key.public_key()), PUBLIC)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        return _private(path.read_bytes(), path)
    except OSError as error:
        raise InputError([Problem(path, 0, 0, error.strerror or str(error))]) from error


def _private(text: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError([_no_key(path)]) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError([_no_key(path)])
    return key


def _no_key(path: Path) -> Problem:
    return Problem(path, 0, 0, _("this is no Ed25519 key"), expected=_("PEM, without a passphrase"))
