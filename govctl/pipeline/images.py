"""Images of the estate's roles: hardened with the checks' own rows and verified before use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from govctl.doctor import cache_folder
from govctl.estate.model import Estate, Need
from govctl.harden_tree import harden_tree
from govctl.pipeline.due import due_for
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.job import Job
from govctl.texts import msg
from policies.asked import asked_paths, asked_texts
from policies.catalogue import own
from policies.fixes import fixes
from policies.judge import judge
from policies.model import Check, Finding
from policies.profiles import split
from policies.requirements import FOLDER, path_of
from policies.selection import asked_by
from policies.tailoring import baselines_of
from policies.target import CONTAINER, TargetContext
from scanners.host.collect import scan_tree
from stacks.images.build import HardenResult, Judge, Plan, build, plan
from stacks.images.cache import Cache
from stacks.images.pack import METADATA, ROOTFS
from stacks.images.recipe import GROUND, Role, load_roles
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
Needs = Mapping[str, Mapping[str, Need]]
"""Role → check → the recorded exception."""
REMOTE = frozenset({"bundle.py", "probe.py", "stream.py", "visit.py"})
"""Parts of the scanner that only ever see a running host."""


def image_files(estate: Estate) -> dict[str, ImageFiles]:
    """By role, where the image of each role in use is or will be."""
    cache = Cache(_folder())
    files = {}
    for role, key in _plan(estate).roles.items():
        place = cache.place(role.name, key)
        files[role.name] = ImageFiles(role.name, key, place / METADATA, place / ROOTFS)
    return files


def missing_images(estate: Estate) -> tuple[str, ...]:
    """Roles whose image has to be built before the estate can stand."""
    cache = Cache(_folder())
    return tuple(role.name for role, key in _plan(estate).roles.items() if not cache.has(role, key))


def build_images(job: Job) -> None:
    """Build what is missing; ProvisionError names the checks that an image fails."""
    missing = missing_images(job.estate)
    if not missing:
        return
    job.tell(Stage(msg("Building images"), len(missing)))
    context, needs = _context(job.estate), _needs(job.estate)
    mine = {check.id for check in own()}  # they are no part of what an image is known by
    rows = [check for check in due_for(job.estate.baselines) if check.id not in mine]
    judge_ = Judge(
        _harden(rows, context, needs),
        _verify(rows, context, needs),
        _digest(job.estate),
    )
    built = build(
        _roles(job.estate),
        judge_,
        _folder(),
        lambda text: job.tell(Step(text.render(), "started")),
    )
    for image in built:
        if not image.cached:
            seconds = msg("{seconds} s", seconds=round(image.seconds))
            job.tell(Step(image.role, "done", seconds))


def _folder() -> Path:
    return cache_folder() / "images"


def _roles(estate: Estate) -> list[Role]:
    known = load_roles()
    used = {machine.role for machine in estate.machines if machine.existing is None}
    return [known[role] for role in sorted(used)]


def _plan(estate: Estate) -> Plan:
    return plan(_roles(estate), _digest(estate))


def _digest(estate: Estate) -> str:
    """A digest of all that decides how the images of an estate are hardened and judged."""
    changed = (("tailoring", one.model_dump_json()) for one in estate.tailoring)
    own = ((name, path_of(name).read_text(encoding="utf-8")) for name in estate.baselines
           if ":" not in name and path_of(name).parent != FOLDER)  # fmt: skip
    needs = (
        (f"{role} needs", need.model_dump_json())
        for role, found in sorted(_needs(estate).items())
        for need in found.values()
    )
    values = (*sorted(estate.values.items()), *changed, *own, *needs)
    return _judged_by(*_scope(estate), values)


def _scope(estate: Estate) -> tuple[int, tuple[str, ...]]:
    """An image serves every level of the estate, so it answers to the highest."""
    return max((system.level for system in estate.systems), default=1), estate.baselines


def _context(estate: Estate) -> TargetContext:
    level, names = _scope(estate)
    _found, profiles = split(names)
    return TargetContext(
        level=level,
        baselines=baselines_of(estate),
        traits=frozenset({"image", CONTAINER}),
        estate=estate.values,
        profiles=profiles,
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
) -> Callable[[Path, str], Sequence[str]]:
    """What an image fails. Of a profile only what a role can fix: a partition table, say, is none
    of the image's business, and a scan of the machine reports it."""
    required = {check.id for check in asked_by(context.baselines, rows)}
    binding = [check for check in rows if check.id in required or check.fix]

    def verify(tree: Path, role: str) -> Sequence[str]:
        found = _judge(tree, binding, _of_role(context, role, needs))
        return [
            f"{finding.check}: {finding.reason.render()}"
            for finding in found
            if finding.status == "fail"
        ]

    return verify


def _judge(tree: Path, rows: Sequence[Check], context: TargetContext) -> Sequence[Finding]:
    return judge(scan_tree(tree, paths=asked_paths(rows), texts=asked_texts(rows)), rows, context)


def _of_role(context: TargetContext, role: str, needs: Needs) -> TargetContext:
    router = {"router"} if role == "network-router" else set()
    return replace(context, traits=context.traits | {role} | router, needs=needs.get(role, {}))


def _needs(estate: Estate) -> Needs:
    """What any machine of a role needs: an image must not take away from one what another may do
    without, and the scan of the other finds what it has too much."""
    found: dict[str, dict[str, Need]] = {}
    for machine in estate.machines:
        if machine.existing is None:
            of_role = found.setdefault(machine.role, {})
            for need in machine.needs:
                of_role.setdefault(need.check, need)
    return found


def _tables(name: str) -> str:
    family, colon, _level = name.partition(":")
    return f"profiles/{family}/*.yaml" if colon else f"baselines/{name}.csv"


@cache
def _judged_by(
    level: int, baselines: tuple[str, ...], values: tuple[tuple[str, str], ...] = ()
) -> str:
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
