"""Scans of trees of files, outside any estate: an image, a backup, a chroot."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from govctl.errors import UsageError
from govctl.evidence.model import Run, new_run_id
from govctl.pipeline.material import versions
from govctl.texts import _, current_language
from policies.asked import asked_paths, asked_texts
from policies.judge import judge
from policies.model import Check
from scanners.host.collect import scan_tree


def scan_roots(roots: Sequence[str], rows: Sequence[Check], *, command: Sequence[str]) -> Run:
    """Judge each tree; a result's `target` is the root as given. Nothing is kept."""
    started = datetime.now(UTC)
    findings = []
    for root in roots:
        if not Path(root).is_dir():
            raise UsageError(_("{path} is no folder", path=root))
        facts = scan_tree(Path(root), root, paths=asked_paths(rows), texts=asked_texts(rows))
        findings += judge(facts, rows)
    return Run(
        id=new_run_id(started),
        estate=None,
        estate_digest=None,
        started=started,
        finished=datetime.now(UTC),
        versions=versions(()),
        who=f"{getpass.getuser()}@{os.uname().nodename}",
        command=tuple(command),
        language=current_language(),
        targets=tuple(roots),
        findings=tuple(findings),
    )
