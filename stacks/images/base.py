"""The tree of files that every image starts from, made once and kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from stacks.images.mirror import KEYRING
from stacks.images.recipe import SUITE, Base
from stacks.images.sealed import beside, run

BASE_SECONDS = 900
LISTS_SECONDS = 7 * 24 * 3600
"""Mirrors drop what a security update replaced; new images shall have the update besides."""
# What no server needs; licences stay.
_EXCLUDED = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*/LC_MESSAGES/*.mo")
_DOCUMENTS = ("path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright")


@dataclass(frozen=True)
class BaseTree:
    """A base in the cache."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The files."""
        return self.folder / "tree"

    @property
    def lists(self) -> Path:
        """The package lists of the day it was made: roles are resolved from the same ones."""
        return self.folder / "lists"


def make_base(base: Base, sources: tuple[str, ...], folder: Path, env: dict[str, str]) -> BaseTree:
    """Make the base in a new `folder`; takes about half a minute."""
    made = BaseTree(folder)
    folder.mkdir(parents=True)
    exclusions = [f"--dpkgopt=path-exclude={pattern}" for pattern in _EXCLUDED]
    documents = [f"--dpkgopt={option}" for option in _DOCUMENTS]
    command = [
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=directory"),
        f"--include={','.join(base.packages)}",
        # On Ubuntu apt trusts Debian's keys only where it is told to.
        f"--keyring={KEYRING}",
        *exclusions,
        *documents,
        # The lists are kept beside the tree; the rest of the clean-up is mmdebstrap's usual one.
        *("--skip=cleanup/apt/lists", "--dpkgopt=force-unsafe-io"),
        *(SUITE, str(made.tree), *sources),
    ]
    run(beside(command), timeout=BASE_SECONDS, env=env)
    (made.tree / "var/lib/apt/lists").rename(made.lists)
    (made.tree / "var/lib/apt/lists").mkdir()
    return made


def recent(lists: Path) -> bool:
    """True if these package lists are there and a mirror can be trusted to still have it all."""
    return lists.is_dir() and time.time() - lists.stat().st_mtime < LISTS_SECONDS
