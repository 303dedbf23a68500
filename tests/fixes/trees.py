"""Trees of files to break: copies of the base that images start from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from govctl.doctor import cache_folder
from govctl.harden_tree import harden_tree
from playbooks.filter_plugins.visits import visit
from policies.asked import asked_paths, asked_texts
from policies.catalogue import shipped
from policies.fixes import fixes
from policies.judge import judge
from policies.model import Check, Finding
from policies.target import TargetContext
from scanners.host.collect import scan_tree
from stacks.images.base import BaseTree, recent
from stacks.images.build import HardenResult, Judge, Scan, Work, plan
from stacks.images.cache import Cache
from stacks.images.mirror import proxy_environment
from stacks.images.recipe import Role
from stacks.images.sealed import inside, run
from stacks.images.tree import copy_base, install, ready
from tests.mounts import layered
from tests.playbooks.test_playbook import ROOM, THEMES

SECONDS = 300
OFFLINE = {"keep": None, "dry": False, "offline": True}
BY_HOST = [{"theme": theme, "modules": modules} for theme, modules in THEMES.items()]


@cache
def base() -> BaseTree:
    """The tree of a bare Debian that images start from; made if the cache has none."""
    wanted, store = plan([], ""), Cache(cache_folder() / "images")
    there = BaseTree(store.place("base", wanted.base_key))
    if recent(there.lists):  # nobody has to wait for an image that is being built meanwhile
        return there
    never = Judge(lambda _tree, _role: HardenResult(0, 0, 0.0), lambda _tree, _role: Scan(), "")
    with store.alone(lambda _text: None):
        work = Work(store, never, wanted, proxy_environment(), lambda _text: None)
        return work.base()


class Tree:
    """The base's tree, to be changed: copied, or laid under an empty one, where somebody unmounts
    it in the end."""

    def __init__(
        self, folder: Path, packages: tuple[str, ...] = (), *, copied: bool = False
    ) -> None:
        self.path = folder / "tree"
        if copied:
            copy_base(base(), self.path)
        else:
            layered(self.path, base().tree)
            ready(base(), self.path)
        archives = folder / "archives"  # not the cache's: images may be built meanwhile
        (archives / "partial").mkdir(parents=True)
        install(Role("fixes", packages), self.path, archives, proxy_environment())

    def run(self, script: str) -> str:
        """Run shell lines as root in the tree; any that fails raises."""
        place = self.path / "root" / "govctl-test.sh"
        place.write_text(f"set -eu\n{script}\n")
        try:
            return run(inside(self.path, ["/bin/sh", "/root/govctl-test.sh"]), timeout=SECONDS)
        finally:
            place.unlink()

    def judge(self, context: TargetContext) -> dict[str, Finding]:
        """What the whole catalogue says of it."""
        rows = shipped()
        facts = scan_tree(self.path, paths=asked_paths(rows), texts=asked_texts(rows))
        return {finding.check: finding for finding in judge(facts, rows, context)}

    def harden(
        self, rows: Sequence[Check], found: Mapping[str, Finding], context: TargetContext
    ) -> HardenResult:
        """Close what fails of these rows."""
        return harden_tree(self.path, fixes([found[check.id] for check in rows], rows, context))

    def visit(self, rows: Sequence[Check], found: Iterable[Finding], context: TargetContext) -> str:
        """The same by what Ansible sends to a host, without Ansible: its start takes longer than
        all else here. Returns what the visit says."""
        work = fixes(list(found), rows, context)
        asked = visit(work, [theme for theme in THEMES if theme in work], BY_HOST, OFFLINE)
        (self.path / "root" / "asked").write_text(asked)
        shutil.copy(ROOM / "hosts" / "load.py", self.path / "root")
        return self.run("cd /root\nLC_ALL=C.UTF-8 python3 -I load.py <asked\nrm load.py asked")


def is_root() -> bool:
    """True if trees can be made here."""
    return os.geteuid() == 0
