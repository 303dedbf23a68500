"""The stacks that all services include: `/etc/pam.d/common-*`, built by pam-auth-update(8).

A plan is made on copies, of debconf's database too, whose answers pam-auth-update keeps.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Dict, NamedTuple

from playbooks.hosts.own_files import write
from playbooks.hosts.rights import say
from playbooks.hosts.texts import read, replace, tell

_STACKS, _PROFILES, _SAVED = "/etc/pam.d", "/usr/share/pam-configs", "/var/lib/pam"
_PROGRAM = "pam-auth-update"
_DEBCONF = "/var/cache/debconf"
_PATIENCE = 300


class Change(NamedTuple):
    """What a stack is to become: `stack` is `common-auth` and its like, or `common-*`."""

    stack: str
    change: Callable[[str], str]


class _Place(NamedTuple):
    """Where stacks are built: on the host, or on copies."""

    root: str
    words: Sequence[str] = ()
    environment: Mapping[str, str] = {}


def build(
    profiles: Mapping[str, str], enabled: Sequence[str], changes: Sequence[Change], *, dry: bool
) -> None:
    """Write profiles (name → text), enable these, and change the stacks.

    SystemExit with a reason if that cannot be done.
    """
    before = _texts("")
    if not before:
        sys.exit(f"{_STACKS}/common-*: there is none")
    for name, text in profiles.items():
        write(f"{_PROFILES}/{name}", text, dry=dry)
    if dry and not _takes_root():
        if enabled or changes:
            say(f"{_STACKS}/common-*:", f"built anew by {_PROGRAM}")
        return
    with _copies(profiles) if dry else nullcontext(_Place("")) as place:
        # Of a plan: a package that is not installed yet has brought no profile.
        there = [name for name in enabled if os.path.isfile(f"{place.root}{_PROFILES}/{name}")]
        if there:
            _update(place, "--enable", *there)
        for one in changes:
            _change(place, one)
        if _texts(place.root) != before:  # it keeps what was changed by hand, in its own order
            _update(place, "--package")
        for name, text in _texts(place.root).items():
            if text != before.get(name):
                tell(f"{_STACKS}/{name}", before.get(name, ""), text)


def _texts(root: str) -> Dict[str, str]:
    paths = filter(os.path.isfile, sorted(glob.glob(f"{root}{_STACKS}/common-*")))
    return {os.path.basename(path): read(path) for path in paths}


def _change(place: _Place, one: Change) -> None:
    """A link's place is taken: that of a copy leads to the host's file."""
    for path in sorted(glob.glob(f"{place.root}{_STACKS}/{one.stack}")):
        before = read(path) if os.path.isfile(path) else ""
        after = one.change(before)
        if after != before:
            replace(path, after, follow=False)


def _takes_root() -> bool:
    program = shutil.which(_PROGRAM)
    return program is not None and "--root" in read(program)


@contextmanager
def _copies(profiles: Mapping[str, str]) -> Iterator[_Place]:
    """All that it reads and writes, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="govctl-") as folder:
        root = f"{folder}/root"
        for path in (_STACKS, _PROFILES, _SAVED):
            os.makedirs(root + os.path.dirname(path), exist_ok=True)
            subprocess.run(["cp", "-a", path, root + path], stdin=subprocess.DEVNULL, check=True)
        for name, text in profiles.items():
            replace(f"{root}{_PROFILES}/{name}", text, follow=False)
        databases = ""
        for name in ("config", "templates"):
            shutil.copy(f"{_DEBCONF}/{name}.dat", folder)
            databases += f"\nName: {name}\nDriver: File\nFilename: {folder}/{name}.dat\n"
        with open(f"{folder}/debconf.conf", "w", encoding="utf-8") as file:
            file.write(f"Config: config\nTemplates: templates\n{databases}")
        yield _Place(root, ("--root", root), {"DEBCONF_SYSTEMRC": f"{folder}/debconf.conf"})


def _update(place: _Place, *words: str) -> None:
    done = subprocess.run(
        [_PROGRAM, *place.words, *words], stdin=subprocess.DEVNULL, capture_output=True,
        check=False, timeout=_PATIENCE, encoding="utf-8", errors="replace",
        env={**os.environ, **place.environment, "DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        sys.exit(f"{_PROGRAM}: {said[-1]}")
