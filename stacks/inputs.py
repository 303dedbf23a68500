"""What programs are given besides the estate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.provider.naming import image_alias

CORE = "core"


@dataclass(frozen=True)
class ImageFiles:
    """A built image on this machine, ready for import."""

    role: str
    digest: str
    """SHA-256 of everything that went in, hexadecimal."""
    metadata: Path
    rootfs: Path

    @property
    def alias(self) -> str:
        """The name that machines are made from; the provider names images so."""
        return image_alias(self.role, self.digest)


@dataclass(frozen=True)
class Inputs:
    """Keys, images and paths that the estate itself does not hold."""

    project: str
    images: Mapping[str, ImageFiles]
    """By role."""
    admin_key: str
    """The public SSH key of the user `govctl` on every machine, one line."""
    seed: Path
    """Where the provider keeps the estate's seed, from the engine's folder on."""
    core_stands: bool
    """False before the first `up` ends well: what `core` gives is then unknown to other plans."""
