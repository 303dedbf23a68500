"""Scans of trees of files, outside any estate: an image, a backup, a chroot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from govctl.errors import TargetError, UsageError
from govctl.evidence.model import Run
from govctl.evidence.sheets import Sheet, Sheets
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.judging import Judging, run_of
from govctl.pipeline.packing import Packed, packed, sheet, unreached
from govctl.pipeline.pool import Died, spread
from govctl.texts import Message, _, current_language, msg
from policies.asked import asked_paths, asked_texts
from policies.needs import sources_for
from scanners.host.collect import facts_from
from scanners.host.collecting import Wanted, wanted
from scanners.host.model import Source
from scanners.host.moment import now
from scanners.host.tree import collect_tree

Sources = tuple[Source[object], ...]


@dataclass(frozen=True)
class Tree:
    """A folder that stands for `/`, and what it is judged by."""

    root: str
    """As given: results bear it."""
    judging: Judging


def scan_trees(
    trees: Sequence[Tree], workers: int, *, command: Sequence[str], watching: Watching
) -> Run:
    """Judge each tree, several at once; results in the order of the trees. Nothing is kept.

    UsageError if a root is no folder. A tree that cannot be read is unreachable.
    """
    started = datetime.now(UTC)
    for tree in trees:
        if not tree.root or not Path(tree.root).is_dir():  # "" would be where we stand
            raise UsageError(_("{path} is no folder", path=tree.root or '""'))
    every = {id(tree.judging): tree.judging for tree in trees}
    plans = {key: _plan(judging) for key, judging in every.items()}

    def work(tree: Tree) -> Packed | str:
        return _judged(tree, *plans[id(tree.judging)])

    sheets: list[Sheet] = []
    with spread(work, trees, workers) as results, watching() as tell:
        tell(Stage(msg("Scanning"), len(trees)))
        for tree, result in zip(trees, results, strict=True):
            if isinstance(result, Packed):
                tell(Step(tree.root, "done"))
                sheets.append(sheet(tree.root, tree.judging, result))
                continue
            reason = _("the process that read it died") if isinstance(result, Died) else result
            tell(Step(tree.root, "failed", Message("{reason}", {"reason": reason})))
            sheets.append(unreached(tree.root, tree.judging, reason))
    findings = Sheets(sheets, current_language())
    return run_of(findings, [tree.root for tree in trees], started, command, every.values())


def _plan(judging: Judging) -> tuple[Sources, Wanted]:
    """What has to be read for these checks, and no more: nothing of it is kept."""
    sources, rows = sources_for(judging.checks), judging.checks
    return sources, wanted(sources, live=False, paths=asked_paths(rows), texts=asked_texts(rows))


def _judged(tree: Tree, sources: Sources, wishes: Wanted) -> Packed | str:
    taken_at = now()
    try:
        raw = collect_tree(Path(tree.root), wishes)
    except TargetError as error:
        return error.message
    return packed(tree.judging, facts_from(raw, tree.root, taken_at, sources))
