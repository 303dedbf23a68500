"""Names that follow from the estate: the same in every run, within the limits of kernel and LXD."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256

_BRIDGE_LENGTH = 15
"""IFNAMSIZ less the closing zero, in bytes."""
_HOST_NAME_LENGTH = 63


def bridge_name(estate: str, zone: str) -> str:
    """The bridge of a zone: `gv` and 65 bits of a hash, in the letters a–z and 2–7."""
    digest = sha256(f"{estate}\0{zone}".encode()).digest()
    return ("gv" + b32encode(digest).decode().lower())[:_BRIDGE_LENGTH]


def instance_name(estate: str, machine: str) -> str:
    """What the target calls a machine: `phu-tho-portal-web-1`; a hash ends names that are too long.

    It is a host name (RFC 1123) that begins with a letter, as LXD asks.
    """
    name = f"{estate}-{machine}" if estate[0].isalpha() else f"gv-{estate}-{machine}"
    if len(name) <= _HOST_NAME_LENGTH:
        return name
    digest = sha256(f"{estate}\0{machine}".encode()).hexdigest()[:12]
    return f"{name[: _HOST_NAME_LENGTH - 13]}-{digest}"


def image_alias(role: str, digest: str) -> str:
    """The alias of a role's image: `govctl-portal-web-0a1b2c3d4e5f`."""
    return f"govctl-{role}-{digest[:12]}"


def urn_type(urn: str) -> str:
    """The resource type of a URN, without the types of its parents.

    `urn:pulumi:stack::project::a:b:Site$govctl:lxd:Instance::name` → `govctl:lxd:Instance`.
    """
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]
