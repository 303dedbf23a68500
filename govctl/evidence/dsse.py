"""DSSE envelopes around in-toto statements, signed with Ed25519.

https://github.com/secure-systems-lab/dsse (protocol v1), https://in-toto.io/Statement/v1
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from govctl.evidence.keys import fingerprint, raw_of

TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Envelope:
    """A payload and who signed it."""

    type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]
    """Fingerprint of the key, signature."""

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        """True if one of the signatures is this key's and holds."""
        said = _encoding(self.type, self.payload)
        for keyid, signature in self.signatures:
            if keyid != fingerprint(key):
                continue
            try:
                key.verify(signature, said)
            except InvalidSignature:
                return False
            return True
        return False


def canonical(document: object) -> bytes:
    """JSON as it is signed: sorted, without blanks, ASCII: the same document, the same bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def sign(statement: object, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """An envelope around a statement, as bytes."""
    payload = canonical(statement)
    said = _encoding(TYPE, payload)
    signatures = [
        {"keyid": fingerprint(key.public_key()), "sig": base64.b64encode(key.sign(said)).decode()}
        for key in keys
    ]
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": TYPE,
            "signatures": signatures,
        }
    )


def read(data: bytes) -> Envelope:
    """An envelope from its bytes; ValueError if it is none, or is not written as `sign` writes."""
    try:
        document = json.loads(data)
        signatures = tuple(
            (str(one["keyid"]), base64.b64decode(one["sig"], validate=True))
            for one in document["signatures"]
        )
        payload = base64.b64decode(document["payload"], validate=True)
        envelope = Envelope(str(document["payloadType"]), payload, signatures)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if canonical(document) != data:
        raise ValueError("not written as it was signed")
    return envelope


def statement_of(envelope: Envelope) -> dict[str, Any]:
    """The payload as data; ValueError if it is none."""
    if envelope.type != TYPE:
        raise ValueError(envelope.type)
    document = json.loads(envelope.payload)
    if not isinstance(document, dict):
        raise ValueError("no statement")
    return document


def key_of(raw: str) -> Ed25519PublicKey:
    """A public key from its 64 hexadecimal digits; ValueError if it is none."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(raw))


def hex_of(key: Ed25519PublicKey) -> str:
    """A public key as 64 hexadecimal digits."""
    return raw_of(key).hex()


def _encoding(type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what is really signed."""
    head = f"DSSEv1 {len(type.encode())} {type} {len(payload)} "
    return head.encode() + payload
