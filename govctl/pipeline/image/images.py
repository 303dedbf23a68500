"""Images of roles: hardened with the checks' own rows and scanned before use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from govctl.doctor import cache_folder
from govctl.estate.model import Estate
from govctl.harden_tree import harden_tree
from govctl.pipeline.due import due_for
from govctl.pipeline.events import Stage, Step, Watcher
from govctl.pipeline.image.image_scan import scan_image
from govctl.pipeline.image.image_scope import Needs, Pairs, Scope, of_estate
from govctl.pipeline.job import Job
from govctl.texts import Message, msg
from policies.asked import asked_paths, asked_texts
from policies.catalogue import own
from policies.fixes import fixes
from policies.judge import judge
from policies.model import Check, Finding
from policies.selection import asked_by
from policies.target import TargetContext
from scanners.host.collect import scan_tree
from stacks.images.build import BuiltImage, HardenResult, Judge, Plan, Scan, build, plan
from stacks.images.cache import Cache
from stacks.images.kept import Kept
from stacks.images.pack import METADATA, ROOTFS
from stacks.images.recipe import GROUND, Role
from stacks.inputs import ImageFiles

JUDGES = (
    ("playbooks", "**/*"),
    ("policies", "*.py"),
    ("policies", "checks/*.yaml"),
    ("policies", "families/*.py"),
    ("scanners", "host/*.py"),
    ("scanners", "host/facts/*.py"),
    ("scanners", "host/formats/*.py"),
)
"""What decides how an image is hardened and whether it may be used, by package; a change in it asks
for new images."""
REMOTE = frozenset({"bundle.py", "probe.py", "stream.py", "visit.py"})
"""Parts of the scanner that only ever see a running host."""


@dataclass(frozen=True)
class Built:
    """An image that was asked for."""

    kept: Kept
    new: bool
    """False if it was there already."""


def image_files(estate: Estate) -> dict[str, ImageFiles]:
    """By role, where the image of each role in use is or will be."""
    store = image_cache()
    files = {}
    for role, key in keys_of(of_estate(estate)).items():
        place = store.place(role.name, key)
        files[role.name] = ImageFiles(role.name, key, place / METADATA, place / ROOTFS)
    return files


def missing_images(estate: Estate) -> tuple[str, ...]:
    """Roles whose image has to be built before the estate can stand."""
    return missing(of_estate(estate))


def missing(scope: Scope) -> tuple[str, ...]:
    """Roles whose image is not there."""
    store = image_cache()
    return tuple(role.name for role, key in keys_of(scope).items() if not store.has(role, key))


def build_images(job: Job) -> None:
    """Build what is missing; ProvisionError names the checks that an image fails."""
    build_scope(of_estate(job.estate), job.watcher)


def build_scope(scope: Scope, watcher: Watcher) -> tuple[Built, ...]:
    """Build what is missing of these images; ProvisionError names the checks that one fails."""
    lacking = missing(scope)
    if lacking:
        watcher(Stage(msg("Building images"), len(lacking)))
    store = image_cache()
    built: dict[str, Built] = {}

    def on_step(text: Message) -> None:
        watcher(Step(text.render(), "started"))

    def on_built(image: BuiltImage) -> None:
        watcher(Step(image.role, "done", msg("{seconds} s", seconds=round(image.seconds))))

    for edition, roles in _by_edition(scope, store).items():
        judge_ = _judge_of(replace(scope, roles=roles))
        for image in build(
            roles, judge_, store.folder, on_step, edition=edition, on_built=on_built
        ):
            kept = store.kept(image.role, image.digest)
            if kept:
                built[image.role] = Built(kept, not image.cached)
    return tuple(built[role.name] for role in scope.roles)


def keys_of(scope: Scope) -> dict[Role, str]:
    """Role → what its image is known by."""
    found: dict[Role, str] = {}
    for edition, roles in _by_edition(scope, image_cache()).items():
        found |= _plan(replace(scope, roles=roles), edition).roles
    return {role: found[role] for role in scope.roles}


def image_cache() -> Cache:
    """Where this user's images are kept."""
    return Cache(cache_folder() / "images")


def _by_edition(scope: Scope, store: Cache) -> dict[str, tuple[Role, ...]]:
    """Roles that are made of the same packages' edition."""
    editions = store.editions()
    found: dict[str, tuple[Role, ...]] = {}
    for role in scope.roles:
        edition = editions.get(role.name, "")
        found[edition] = (*found.get(edition, ()), role)
    return found


def _plan(scope: Scope, edition: str) -> Plan:
    return plan(scope.roles, _digest_of(scope), edition)


def _digest_of(scope: Scope) -> str:
    return _judged_by(scope.context.level, scope.baselines, scope.settings)


def _judge_of(scope: Scope) -> Judge:
    mine = {check.id for check in own()}  # they are no part of what an image is known by
    rows = [check for check in due_for(scope.baselines) if check.id not in mine]
    context = scope.context
    needs = scope.needs
    return Judge(
        _harden(rows, context, needs),
        _verify(rows, context, needs),
        _digest_of(scope),
        scope.judged_by,
    )


def _harden(
    rows: Sequence[Check], context: TargetContext, needs: Needs
) -> Callable[[Path, str], HardenResult]:
    def harden(tree: Path, role: str) -> HardenResult:
        here = _of_role(context, role, needs)
        found = _judge(tree, rows, here)
        return harden_tree(tree, fixes(found, rows, here, every=role == GROUND))

    return harden


def _verify(
    rows: Sequence[Check], context: TargetContext, needs: Needs
) -> Callable[[Path, str], Scan]:
    """What an image fails. Of a profile only what a role can fix: a partition table, say, is none
    of the image's business, and a scan of the machine reports it."""
    required = {check.id for check in asked_by(context.baselines, rows)}
    binding = {check.id for check in rows if check.id in required or check.fix}

    def verify(tree: Path, role: str) -> Scan:
        return scan_image(tree, role, rows, _of_role(context, role, needs), binding)

    return verify


def _judge(tree: Path, rows: Sequence[Check], context: TargetContext) -> Sequence[Finding]:
    return judge(scan_tree(tree, paths=asked_paths(rows), texts=asked_texts(rows)), rows, context)


def _of_role(context: TargetContext, role: str, needs: Needs) -> TargetContext:
    router = {"router"} if role == "network-router" else set()
    return replace(context, traits=context.traits | {role} | router, needs=needs.get(role, {}))


def _tables(name: str) -> str:
    family, colon, _level = name.partition(":")
    return f"profiles/{family}/*.yaml" if colon else f"baselines/{name}.csv"


@cache
def _judged_by(level: int, baselines: tuple[str, ...], values: Pairs = ()) -> str:
    scope = [str(level), *baselines, *(f"{name}={value}" for name, value in values)]
    digest = hashlib.sha256(" ".join(scope).encode())
    of_baselines = sorted({("policies", _tables(name)) for name in baselines})
    for package, glob in (*JUDGES, *of_baselines):
        root = Path(str(files(package)))
        for path in sorted(root.glob(glob)):
            if path.is_file() and "__pycache__" not in path.parts and path.name not in REMOTE:
                digest.update(f"{package}/{path.relative_to(root)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
