"""What a machine's files need besides the estate: keys that exist only once it is being built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class Context:
    """What the program that builds an estate has at hand."""

    root: str | pulumi.Output[str]
    """The root certificate of the estate's authority (PEM)."""
    seed: str | pulumi.Output[str]
    """The estate's random seed; an Output is kept secret, and so is all that comes from it."""
    ssh_key: str
    """The administrator's public SSH key, one line of authorized_keys."""
