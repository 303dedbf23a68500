"""Passwords that nobody chooses: derived from the estate's seed, the same on every run."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


def sip_password(seed: str, user: str) -> str:
    """The SIP password of a bridge point: HMAC-SHA-256 of its user, 32 hexadecimal digits."""
    return hmac.new(seed.encode(), f"sip:{user}".encode(), hashlib.sha256).hexdigest()[:32]


def ha1(user: str, realm: str, password: str) -> str:
    """What a SIP registrar keeps in a password's place (RFC 2617, 3.2.2.2)."""
    text = f"{user}:{realm}:{password}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def from_seed(
    seed: str | pulumi.Output[str], derive: Callable[[str], str]
) -> str | pulumi.Output[str]:
    """`derive(seed)`; for an Output the result is a secret Output, never plain in the state."""
    if isinstance(seed, str):
        return derive(seed)
    import pulumi  # noqa: PLC0415 - slow to import, and only a running program has Outputs

    hidden: pulumi.Output[str] = pulumi.Output.secret(seed)
    return hidden.apply(derive)
