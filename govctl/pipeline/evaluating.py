"""Facts files, judged: later than they were taken, and elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from govctl.errors import InputError, Problem, UsageError
from govctl.evidence.model import Run
from govctl.evidence.sheets import Sheets
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.judging import Judging, run_of
from govctl.pipeline.packing import Packed, packed, sheet
from govctl.pipeline.pool import spread
from govctl.texts import _, current_language, msg
from policies.needs import sources_for
from scanners.host import bundle
from scanners.host.collect import facts_from

SUFFIX = ".facts"
_Judged = tuple[str, Packed]
"""A target's own name, and what came of it."""


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
        return kept.target, packed(judging, facts)

    judged: list[_Judged] = []
    problems: list[Problem] = []
    with spread(work, files, workers) as results, watching() as tell:
        tell(Stage(msg("Judging"), len(files)))
        for file, result in zip(files, results, strict=True):
            if isinstance(result, tuple):
                judged.append(result)
                tell(Step(str(file), "done"))
                continue
            died = Problem(file, 0, 0, _("the process that read it died"))
            problems.append(result if isinstance(result, Problem) else died)
            tell(Step(str(file), "failed"))
    if problems:
        raise InputError(problems)
    count = Counter(target for target, _packed in judged)
    sheets = [
        sheet(target if count[target] == 1 else f"{target} ({file})", judging, came)
        for file, (target, came) in zip(files, judged, strict=True)
    ]
    targets = [one.target for one in sheets]
    return run_of(Sheets(sheets, current_language()), targets, started, command, [judging])


def facts_files(given: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are meant: each one once, those of a folder by name. UsageError if none."""
    found: dict[Path, None] = {}
    for path in given:
        inside = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise UsageError(_("{path} holds no facts files", path=path))
        found.update(dict.fromkeys(inside))
    return tuple(found)
