"""Build the images of roles: base, packages, hardening, verification, then files to import.

Everything is made in a work folder and moved to its place in the cache in one step, so that a build
that was killed leaves nothing that looks finished. The cache's key is everything that goes in.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.texts import _, msg
from stacks.images import tree as steps
from stacks.images.base import BaseTree, make_base, recent
from stacks.images.cache import BuiltImage, Cache, OnStep
from stacks.images.finish import About, Finished, finish, look
from stacks.images.mirror import find_mirror, proxy_environment
from stacks.images.recipe import (
    GROUND,
    Base,
    Role,
    base_digest,
    ground_digest,
    load_base,
    overlay_digest,
    recipe_digest,
    role_digest,
)

__all__ = [
    "BuiltImage",
    "Harden",
    "HardenResult",
    "Judge",
    "Plan",
    "Scan",
    "Verify",
    "build",
    "plan",
]


@dataclass(frozen=True)
class HardenResult:
    """What hardening a tree did."""

    ok: int
    """Tasks that found their state already there."""
    changed: int
    seconds: float


Harden = Callable[[Path, str], HardenResult]
"""From a tree and its role's name; raises if it cannot be done. Called once with `GROUND`, for what
all roles have in common, and then for each role, where little or nothing is left to do."""


@dataclass(frozen=True)
class Scan:
    """What a scan of a tree found."""

    failures: Sequence[str] = ()
    """What must not fail and does, a line each; without any the image may be used."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Verdict → how many checks came to it."""
    document: bytes = b"{}\n"
    """All findings, in JSON; the image carries it."""


Verify = Callable[[Path, str], Scan]
"""From a tree and its role's name to what a scan of it finds."""


@dataclass(frozen=True)
class Judge:
    """What makes a tree fit for use, and says whether it is; given by who may know the policies."""

    harden: Harden
    verify: Verify
    digest: str
    """Of what stands behind both: playbooks, check rows, scanner. Another one builds anew."""
    judged_by: tuple[str, ...] = ()
    """The same as a person names it: baselines with their level, profiles."""


@dataclass(frozen=True)
class Plan:
    """What is built, with its keys."""

    base: Base
    base_key: str
    sources: tuple[str, ...]
    ground_key: str
    overlay_key: str
    roles: dict[Role, str]
    """The key of each role."""


def plan(roles: Sequence[Role], judged_by: str, edition: str = "") -> Plan:
    """The keys of these roles' images; reads the base list, the overlay and the apt sources."""
    base, sources = load_base(), find_mirror().sources()
    base_key = base_digest(base, sources, edition)
    overlay_key = overlay_digest()
    ground_key = ground_digest(base_key, overlay_key, judged_by)
    keys = {role: role_digest(role, ground_key) for role in roles}
    return Plan(base, base_key, sources, ground_key, overlay_key, keys)


def build(
    roles: Sequence[Role],
    judge: Judge,
    folder: Path,
    on_step: OnStep,
    *,
    edition: str = "",
    jobs: int = 2,
    on_built: Callable[[BuiltImage], None] = lambda _image: None,
) -> list[BuiltImage]:
    """The images of these roles, in their order; built only where the cache `folder` lacks them.

    `on_built` is told of each role when its image is ready. Another `edition` (any text, such as a
    date) asks for images of today's packages. Raises `ProvisionError` if a step fails or an image
    does not pass its verification, and `MissingPrerequisite` without root's rights.
    """
    cache, wanted = Cache(folder), plan(roles, judge.digest, edition)
    missing = {role: key for role, key in wanted.roles.items() if not cache.has(role, key)}
    if missing:
        if os.geteuid() != 0:
            raise MissingPrerequisite(
                _("images are built as root"), hint=_("run the command again with sudo")
            )
        with cache.alone(on_step):
            work = Work(cache, judge, wanted, proxy_environment(), on_step)
            ground = work.ground()

            def make(role: Role) -> None:
                work.role(role, ground)
                on_built(cache.read(role, wanted.roles[role], cached=False))

            with ThreadPoolExecutor(jobs) as pool:
                list(pool.map(make, missing))
            # Only what is new: an image that was there may be older than two of other estates.
            cache.prune(["base", GROUND, *(role.name for role in missing)])
    return [cache.read(role, key, cached=role not in missing) for role, key in wanted.roles.items()]


@dataclass(frozen=True)
class Work:
    """One run of the builder, alone in the cache."""

    cache: Cache
    judge: Judge
    plan: Plan
    env: dict[str, str]
    on_step: OnStep

    def base(self) -> BaseTree:
        """The base's tree, made if it is not there."""
        place = self.cache.place("base", self.plan.base_key)
        if not recent(BaseTree(place).lists):
            self.on_step(msg("images: the base that all share, about half a minute"))
            work = self.cache.work / "base"
            make_base(self.plan.base, self.plan.sources, work, self.env)
            self.cache.put(work, place)
        os.utime(place)
        return BaseTree(place)

    def ground(self) -> Path:
        """The tree that roles are built on: base and overlay, set up and hardened once for all."""
        place = self.cache.place(GROUND, self.plan.ground_key)
        if not recent(place / steps.LISTS):
            base = self.base()
            self.on_step(msg("images: hardening the base"))
            tree = self.cache.work / GROUND
            steps.copy_base(base, tree)
            steps.lay_over(tree)
            steps.set_up(tree, self.plan.base)
            self.judge.harden(tree, GROUND)
            self.cache.put(tree, place)
        os.utime(place)
        return place

    def role(self, role: Role, ground: Path) -> None:
        """Make one image, if another build has not made it while we waited."""
        key = self.plan.roles[role]
        if self.cache.has(role, key):
            return
        self.on_step(msg("images: {role}", role=role.name))
        work = self.cache.work / role.name
        try:
            self._make(role, key, work, ground)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _make(self, role: Role, key: str, work: Path, ground: Path) -> None:
        """Make the image in the work folder and move it to its place."""
        begun = time.monotonic()
        tree, folder = work / "tree", work / "image"
        folder.mkdir(parents=True)
        steps.copy_tree(ground, tree)
        steps.install(role, tree, self.cache.archives, self.env)
        self.on_step(msg("images: hardening {role}", role=role.name))
        hardened = self.judge.harden(tree, role.name)
        contents, mirror = look(tree)
        steps.clean(tree)
        self.on_step(msg("images: scanning and packing {role}", role=role.name))
        scan = self.judge.verify(tree, role.name)
        _require_good(scan, role)
        about = About(
            role=role.name,
            digest=key,
            recipe=recipe_digest(role, self.plan.base_key, self.plan.overlay_key),
            checks=self.judge.digest,
            judged_by=self.judge.judged_by,
            mirror=mirror,
        )
        finish(
            Finished(about, contents, scan.counts, scan.document, asdict(hardened)),
            tree,
            folder,
            begun,
        )
        self.cache.put(folder, self.cache.place(role.name, key))


def _require_good(scan: Scan, role: Role) -> None:
    if scan.failures:
        raise ProvisionError(
            _("image {role} fails {count} checks", role=role.name, count=len(scan.failures)),
            hint="\n".join(scan.failures),
        )
