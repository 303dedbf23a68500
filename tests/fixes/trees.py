"""Trees of files to break: copies of the base that images start from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from govctl.doctor import cache_folder
from govctl.harden_tree import harden_tree
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
from stacks.images.tree import copy_base, install

SECONDS = 300


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
    """A copy of the base."""

    def __init__(self, folder: Path, packages: tuple[str, ...] = ()) -> None:
        self.path = folder / "tree"
        copy_base(base(), self.path)
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
        self, rows: Sequence[Check], found: Mapping[str, Finding], context: TargetContext, *,
        every: bool = False,
    ) -> HardenResult:  # fmt: skip
        """Close what fails of these rows; with `every`, all of them as if they failed."""
        chosen = [found[check.id] for check in rows]
        if every:
            chosen = [replace(one, status="fail") for one in chosen]
        return harden_tree(self.path, fixes(chosen, rows, context))


def is_root() -> bool:
    """True if trees can be made here."""
    return os.geteuid() == 0
