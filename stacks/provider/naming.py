"""Names that follow from the estate: the same in every run, within the limits of kernel and LXD."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

_BRIDGE_LENGTH = 15
"""IFNAMSIZ less the closing zero, in bytes."""
_NAME_LENGTH = 63


def bridge_name(estate: str, zone: str) -> str:
    """The bridge of a zone: `gv` and 65 bits of a hash, in the letters a–z and 2–7."""
    digest = sha256(f"{estate}\0{zone}".encode()).digest()
    return ("gv" + b32encode(digest).decode().lower())[:_BRIDGE_LENGTH]


def instance_name(estate: str, machine: str) -> str:
    """The name of a machine on a target that other estates share; at most 63 letters (RFC 1123)."""
    name = f"{estate}-{machine}"
    if len(name) <= _NAME_LENGTH:
        return name
    digest = b32encode(sha256(name.encode()).digest()).decode().lower()
    return f"{name[: _NAME_LENGTH - 9]}-{digest[:8]}"


def image_alias(role: str, digest: str) -> str:
    """The alias of a role's image: `govctl-portal-web-0a1b2c3d4e5f`."""
    return f"govctl-{role}-{digest[:12]}"


def urn_type(urn: str) -> str:
    """The resource type of a URN, without the types of its parents.

    `urn:pulumi:stack::project::a:b:Site$govctl:lxd:Instance::name` → `govctl:lxd:Instance`.
    """
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def urn_name(urn: str) -> str:
    """The logical name of a URN; it may itself contain `::`."""
    return urn.split("::", 3)[3]
