"""A package that cannot be had or configured keeps no other from being moved."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fixes.theme import installed
from tests.fixes.themes._repository import repository
from tests.fixes.trees import Tree
from tests.playbooks.test_roles import ROOM

pytestmark = pytest.mark.live

SETUP = f"""\
{repository(["zsh", "nano", "bad"])}
printf '#!/bin/sh\\nexit 1\\n' > /srv/repository/bad/DEBIAN/postinst
chmod 755 /srv/repository/bad/DEBIAN/postinst
cd /srv/repository
dpkg-deb -b bad bad.deb > /dev/null
awk -v sum=$(sha256sum bad.deb | cut -d' ' -f1) -v size=$(stat -c %s bad.deb) '
  $1 == "Package:" {{ bad = $2 == "bad" }}
  bad && $1 == "Size:" {{ $2 = size }} bad && $1 == "SHA256:" {{ $2 = sum }} {{ print }}' \\
  Packages > new && mv new Packages
apt-get -qq update
{installed("telnet")}
"""
ROWS = [
    {"id": "a", "family": "packages.absent", "packages": ["telnet*"]},
    *({"id": name, "family": "packages.present", "packages": [name]}
      for name in ("zsh", "nowhere", "bad", "nano")),
]  # fmt: skip


def moved(tree: Tree, *, dry: bool = False) -> subprocess.CompletedProcess[str]:
    """What the theme prints in a tree."""
    sources = [
        [name, (ROOM / "hosts" / f"{name}.py").read_text()] for name in ("rights", "packages")
    ]
    request: dict[str, Any] = {"sources": sources, "rows": ROWS, "dry": dry, "offline": True}
    load = (ROOM / "hosts" / "load.py").read_text()
    return subprocess.run(
        ["chroot", tree.path, "/usr/bin/python3", "-c", load], input=json.dumps(request),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_what_can_be_moved_is_moved_and_the_rest_is_named(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.run(SETUP)
    planned = moved(tree, dry=True)
    told = set(planned.stdout.splitlines())
    assert {"changed: telnet: 1.0 → absent", "changed: zsh: absent → 99:1"} <= told
    assert planned.stderr.strip() == "nowhere: E: Unable to locate package nowhere"

    done = moved(tree)
    assert done.returncode == 1
    assert set(done.stdout.splitlines()) == {
        "changed: telnet: 1.0 → absent",
        "changed: zsh: absent → 99:1",
        "changed: nano: absent → 99:1",
    }
    nowhere, bad = done.stderr.strip().splitlines()[-1].split("; ")
    assert nowhere == "nowhere: E: Unable to locate package nowhere"
    assert bad.startswith("bad: dpkg: error processing package bad")

    again = moved(tree)
    assert again.stdout == "" and again.returncode == 1
