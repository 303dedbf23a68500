"""Facts files: everything that any check may ask, taken once and judged later, elsewhere."""

from __future__ import annotations

import errno
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from govctl.errors import InputError, MissingPrerequisite, Problem, TargetError, UsageError
from govctl.evidence.model import Run
from govctl.files import PRIVATE, write_bytes_whole
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.hosts import visited, why
from govctl.pipeline.judging import Judging, run_of
from govctl.pipeline.pool import Died, spread
from govctl.texts import Message, _, msg
from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks
from policies.model import Finding
from policies.needs import every_source, sources_for
from scanners.host import bundle
from scanners.host.collect import facts_from, now
from scanners.host.collecting import Wanted, wanted
from scanners.host.model import Raw
from scanners.host.reach.address import Place
from scanners.host.tree import collect_tree
from scanners.host.visit import visit_many

SUFFIX = ".facts"
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


@dataclass(frozen=True)
class _Judged:
    target: str
    findings: list[Finding]


def evaluate(
    files: Sequence[Path],
    judging: Judging,
    workers: int,
    *,
    command: Sequence[str],
    watching: Watching,
) -> Run:
    """Judge facts files; a result's target is the host that the facts are of.

    Where two files are of one host, the file's name stands beside it. Raises InputError, naming
    every file that is damaged or no facts file; then nothing is judged.
    """
    started = datetime.now(UTC)
    sources = sources_for(judging.checks)

    def work(file: Path) -> _Judged | Problem:
        try:
            kept = bundle.load(file.read_bytes(), file)
        except OSError as error:
            return Problem(file, 0, 0, error.strerror or str(error))
        except InputError as error:
            return error.problems[0]
        facts = facts_from(kept.raw, kept.target, kept.taken_at, sources)
        return _Judged(kept.target, judging.findings(facts))

    judged: list[_Judged] = []
    problems: list[Problem] = []
    with spread(work, files, workers) as results, watching() as tell:
        tell(Stage(msg("Judging"), len(files)))
        for file, result in zip(files, results, strict=True):
            if isinstance(result, _Judged):
                judged.append(result)
                tell(Step(str(file), "done"))
                continue
            died = Problem(file, 0, 0, _("the process that read it died"))
            problems.append(died if isinstance(result, Died) else result)
            tell(Step(str(file), "failed"))
    if problems:
        raise InputError(problems)
    named = _named(files, judged)
    findings = [finding for one in named for finding in one.findings]
    return run_of(findings, [one.target for one in named], started, command, [judging])


def facts_files(given: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are meant: each one once, those of a folder by name. UsageError if none."""
    found: dict[Path, None] = {}
    for path in given:
        inside = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise UsageError(_("{path} holds no facts files", path=path))
        found.update(dict.fromkeys(inside))
    return tuple(found)


def _named(files: Sequence[Path], judged: Sequence[_Judged]) -> list[_Judged]:
    count = Counter(one.target for one in judged)
    return [
        one if count[one.target] == 1 else _renamed(one, f"{one.target} ({file})")
        for file, one in zip(files, judged, strict=True)
    ]


def _renamed(one: _Judged, target: str) -> _Judged:
    return _Judged(target, [replace(finding, target=target) for finding in one.findings])
