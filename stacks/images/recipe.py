"""What goes into an image: the base that all share, the roles, and their digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
CATALOGUE = HERE.parent / "catalogue"
OVERLAY = HERE / "overlay"
SUITE = "bookworm"
GROUND = "ground"
"""In place of a role's name: the tree that every role is built on."""
FORMAT = 2
"""Raise it when the same inputs give a different image: caches of older numbers are not used."""


@dataclass(frozen=True)
class Base:
    """What every image starts from."""

    packages: tuple[str, ...]
    enable: tuple[str, ...] = ()
    """Units that start with the machine."""
    mask: tuple[str, ...] = ()
    """Units that must not start, e.g. because they fail in a container."""


@dataclass(frozen=True)
class Role:
    """One image: a component of a catalogue entry."""

    name: str
    """`<entry>-<component>`, e.g. `portal-web`."""
    packages: tuple[str, ...]
    """On top of the base's."""
    exceptions: tuple[str, ...] = ()
    """What it is excused from when it is hardened and judged, in JSON: part of its key."""


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load_base(path: Path = HERE / "base.yaml") -> Base:
    """The base, from `base.yaml`: `packages`, `enable` and `mask`, lists of names."""
    content: dict[str, list[str]] = yaml.load(path.read_text(), _LOADER)  # noqa: S506 - a safe one
    return Base(**{name: tuple(names or ()) for name, names in content.items()})


def load_roles(catalogue: Path = CATALOGUE) -> dict[str, Role]:
    """Every role of the catalogue by its name, from `<entry>/entry.yaml`."""
    entries: Iterable[dict[str, Any]] = (
        yaml.safe_load(path.read_text()) for path in sorted(catalogue.glob("*/entry.yaml"))
    )
    roles = (
        Role(f"{entry['id']}-{component['id']}", tuple(sorted(component.get("packages", ()))))
        for entry in entries
        for component in entry["components"]
    )
    return {role.name: role for role in roles}


def overlay_files(overlay: Path = OVERLAY) -> list[Path]:
    """The files and links that are copied into each image, sorted, relative to the overlay."""
    found = (path for path in overlay.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(path.relative_to(overlay) for path in found)


def overlay_digest(overlay: Path = OVERLAY) -> str:
    """A digest of paths, kinds, executable bits and contents of the overlay."""
    digest = hashlib.sha256()
    for relative in overlay_files(overlay):
        path = overlay / relative
        if path.is_symlink():
            kind, content = "link", str(path.readlink()).encode()
        else:
            kind = "program" if path.stat().st_mode & 0o100 else "file"
            content = path.read_bytes()
        digest.update(f"{relative}\0{kind}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def base_digest(base: Base, sources: Sequence[str], edition: str) -> str:
    """The key of a base tree in the cache.

    `sources` are the apt sources; an `edition` (any text, such as a date) asks for a new tree of
    today's packages.
    """
    return _digest(["base", FORMAT, SUITE, asdict(base), list(sources), edition])


def ground_digest(base_key: str, overlay_key: str, judged_by: str) -> str:
    """The key of the tree that roles are built on.

    `judged_by` stands for what hardens and verifies: playbooks, check rows, scanner.
    """
    return _digest(["ground", FORMAT, base_key, overlay_key, judged_by])


def role_digest(role: Role, ground_key: str) -> str:
    """The key of a finished image: everything that goes in."""
    return _digest(["role", FORMAT, asdict(role), ground_key])


def recipe_digest(role: Role, base_key: str, overlay_key: str) -> str:
    """What an image is made of, whoever hardened and judged it."""
    return _digest(["recipe", FORMAT, asdict(role), base_key, overlay_key])


def _digest(parts: list[object]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
