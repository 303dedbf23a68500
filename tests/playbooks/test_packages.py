"""A package that cannot be had or configured keeps no other from being moved."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fixes.theme import installed
from tests.fixes.themes._repository import repository
from tests.fixes.trees import Tree
from tests.playbooks.test_playbook import ROOM

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
ROWS: list[dict[str, Any]] = [
    {"id": "a", "family": "packages.absent", "packages": ["telnet*"]},
    *({"id": name, "family": "packages.present", "packages": [name]}
      for name in ("zsh", "nowhere", "bad", "nano")),
]  # fmt: skip


def moved(
    tree: Tree, rows: list[dict[str, Any]] = ROWS, *, dry: bool = False
) -> subprocess.CompletedProcess[str]:
    """What the theme prints in a tree."""
    sources = [
        [name, (ROOM / "hosts" / f"{name}.py").read_text()] for name in ("rights", "packages")
    ]
    request: dict[str, Any] = {"sources": sources, "rows": rows, "dry": dry, "offline": True}
    load = (ROOM / "hosts" / "load.py").read_text()
    return subprocess.run(
        ["chroot", tree.path, "/usr/bin/python3", "-c", load], input=json.dumps(request),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_what_can_be_moved_is_moved_and_the_rest_is_named(memory: Path) -> None:
    tree = Tree(memory)
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

    # Where apt has no lists, as on a machine made from an image, or none that are new enough.
    rows = [{"id": "x", "family": "packages.present", "packages": ["zsh"]}]
    tree.run("dpkg --purge zsh; rm -rf /var/lib/apt/lists/*")
    planned = moved(tree, rows, dry=True)
    assert (planned.returncode, planned.stdout) == (0, "changed: zsh: absent → 99:1\n")
    assert tree.run("find /var/lib/apt/lists /var/tmp -type f") == ""
    assert moved(tree, rows).stdout == "changed: zsh: absent → 99:1\n"

    tree.run("rm -r /srv/repository; rm -rf /var/lib/apt/lists/*; dpkg --purge zsh")
    silent = moved(tree, rows)
    assert silent.returncode == 1
    assert "no installation candidate (Failed to fetch file:/" in silent.stderr


SETTINGS = "/etc/thing.conf"
THING = f"""\
mkdir -p /srv/own/thing/DEBIAN /srv/own/thing/etc /srv/own/plain/DEBIAN
cd /srv/own
for name in thing plain; do
  printf 'Package: %s\\nVersion: 1\\nArchitecture: all\\nMaintainer: n <n@example.org>\\n' \
    $name > $name/DEBIAN/control
  echo 'Description: made by a test' >> $name/DEBIAN/control
done
echo {SETTINGS} > thing/DEBIAN/conffiles
echo theirs > thing{SETTINGS}
chmod -R u=rwX,go=rX .
: > Packages
for name in thing plain; do
  dpkg-deb -b $name $name.deb > /dev/null
  {{ cat $name/DEBIAN/control
    printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' $name "$(stat -c %s $name.deb)" \
      "$(sha256sum $name.deb | cut -d' ' -f1)"; }} >> Packages
done
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/own ./' > /etc/apt/sources.list
echo mine > {SETTINGS}
"""


def test_what_was_purged_comes_back_without_lists_and_whatever_else_is_gone(
    memory: Path,
) -> None:
    tree = Tree(memory)
    tree.run(THING)
    shutil.copytree(ROOM / "undo", tree.path / "root" / "undo")
    kept = {"removed": {"thing": "1", "plain": "0.9", "gone": "1"}}
    said = tree.run(
        "cd /root; python3 -c 'from undo.packages import put_packages_back as back; import json;"
        f" print(json.dumps(back({json.dumps(kept)})))'"
    )
    done, problems = json.loads(said)
    assert done == ["installed thing", "installed plain 1 (0.9 was there)"]
    assert problems == ["gone cannot be installed: E: Unable to locate package gone"]
    assert tree.run(f"cat {SETTINGS}* ; ls {SETTINGS}*").split() == ["mine", SETTINGS]


TORN = """\
cd /srv/own
for name in thing plain; do
  printf '#!/bin/sh\\nkill -9 $PPID\\n' > $name/DEBIAN/postinst
  chmod 755 $name/DEBIAN/postinst
done
mv plain/DEBIAN/postinst plain/DEBIAN/preinst
for name in thing plain; do
  dpkg-deb -b $name $name.deb > /dev/null
  dpkg --force-confold -i $name.deb || true
done
ls /var/lib/dpkg/updates
dpkg-query -W -f '${db:Status-Status} ' thing plain
"""


def test_what_dpkg_was_at_when_the_machine_went_down_is_removed(memory: Path) -> None:
    """A power cut, as far as dpkg can tell: it is killed in the middle of two packages."""
    tree = Tree(memory)
    tree.run(THING)
    assert {"half-configured", "half-installed"} <= set(tree.run(TORN).split())
    shutil.copytree(ROOM / "undo", tree.path / "root" / "undo")
    said = tree.run(
        "cd /root; python3 -c 'from undo.packages import halves, put_packages_back as back;"
        """ import json; added = {"added": halves()}; print(json.dumps([added, back(added)]))'"""
    )
    assert json.loads(said) == [
        {"added": ["plain", "thing"]},
        [["removed plain", "removed thing"], []],
    ]
    assert not tree.run(
        "dpkg-query -W -f '${db:Status-Status}' thing plain 2>/dev/null || true"
    ).strip()
    tree.run("apt-get check")
