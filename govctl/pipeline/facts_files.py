"""Facts files: everything that any check may ask, taken once (see `evaluating.py` for the rest)."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from govctl.errors import MissingPrerequisite, TargetError, UsageError
from govctl.files import PRIVATE, write_bytes_whole
from govctl.pipeline.evaluating import SUFFIX
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.hosts import visited, why
from govctl.texts import Message, _, msg
from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks
from policies.needs import every_source
from scanners.host import bundle
from scanners.host.collecting import Wanted, wanted
from scanners.host.model import Raw
from scanners.host.moment import now
from scanners.host.reach.address import Place
from scanners.host.tree import collect_tree
from scanners.host.visit import visit_many

_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]+")


@dataclass(frozen=True)
class Collected:
    """What became of one target."""

    target: str
    file: Path | None
    """None if there are no facts; then `reason` says why."""
    taken_at: str
    reason: Message | None = None
    """Also there if the facts have a gap."""


def files_for(targets: Sequence[str], output: str) -> dict[str, Path]:
    """The file of each target: the output itself, or files named after the targets in a folder.

    A folder is meant if there are several targets, if it is one, or if it ends with a slash; it is
    made if it is not there. UsageError if that cannot be.
    """
    place = Path(output)
    if len(targets) == 1 and not output.endswith("/") and not place.is_dir():
        if not place.parent.is_dir():
            raise UsageError(_("{path} is no folder", path=place.parent))
        return {targets[0]: place}
    if place.exists() and not place.is_dir():
        raise UsageError(
            _("{path} is a file, and there are {count} targets", path=place, count=len(targets)),
            hint=_("give a folder: -o facts/"),
        )
    with _writing(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for target in targets:
        stem = _UNSAFE.sub("_", target.removeprefix("ssh://")).strip("_.")[:150] or "tree"
        names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 10**6))
        taken = set(files.values())
        files[target] = next(f for name in names if (f := place / f"{name}{SUFFIX}") not in taken)
    return files


def collect_places(
    places: Mapping[str, Place], files: Mapping[str, Path], workers: int, *, watching: Watching
) -> tuple[Collected, ...]:
    """Visit hosts and write what each gave to its file, whole and for its owner alone."""
    found: dict[str, Collected] = {}
    taken_at = now()
    with watching() as tell:
        tell(Stage(msg("Collecting"), len(places)))

        def arrived(name: str, raw: Raw | TargetError) -> None:
            if isinstance(raw, TargetError):
                found[name] = Collected(name, None, taken_at, why(raw))
                tell(Step(name, "failed", why(raw)))
            else:
                found[name] = _written(name, raw, taken_at, files[name])
                tell(visited(name, raw, places[name]))

        visit_many(places, _everything(live=True), arrived, workers)
    return tuple(found[name] for name in places)


def collect_trees(
    roots: Sequence[str], files: Mapping[str, Path], *, watching: Watching
) -> tuple[Collected, ...]:
    """The same for trees of files, one after another."""
    found = []
    wishes = _everything(live=False)
    with watching() as tell:
        tell(Stage(msg("Collecting"), len(roots)))
        for root in roots:
            taken_at = now()
            try:
                raw = collect_tree(Path(root), wishes)
            except TargetError as error:
                found.append(Collected(root, None, taken_at, why(error)))
                tell(Step(root, "failed", why(error)))
            else:
                found.append(_written(root, raw, taken_at, files[root]))
                tell(Step(root, "done"))
    return tuple(found)


def _everything(*, live: bool) -> Wanted:
    rows = checks()
    return wanted(every_source(rows), live=live, paths=asked_paths(rows), texts=asked_texts(rows))


def _written(target: str, raw: Raw, taken_at: str, file: Path) -> Collected:
    with _writing(file):
        write_bytes_whole(file, bundle.dump(bundle.Bundle(target, taken_at, raw)), PRIVATE)
    return Collected(target, file, taken_at, raw.gap)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = _("cannot write {path}: {reason}", path=path, reason=error.strerror)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MissingPrerequisite(message) from error
        raise UsageError(message) from error
