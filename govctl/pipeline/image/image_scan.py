"""The scan of an image before it is packed; its findings travel with the image."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from govctl.pipeline.judging import Judging, run_of
from govctl.reports.json_report import render_json
from policies.asked import asked_paths, asked_texts
from policies.model import Check
from policies.target import TargetContext
from scanners.host.collect import scan_tree
from stacks.images.build import Scan


def scan_image(
    tree: Path, role: str, rows: Sequence[Check], context: TargetContext, binding: Collection[str]
) -> Scan:
    """Judge a tree by all rows; of these the `binding` ones must not fail.

    The findings are as `scan --format json` gives them (schema govctl/scan/1), with the role as the
    target.
    """
    started = datetime.now(UTC)
    judging = Judging(tuple(rows), context)
    facts = scan_tree(tree, role, paths=asked_paths(rows), texts=asked_texts(rows))
    findings = judging.findings(facts)
    run = run_of(findings, [role], started, sys.argv[1:], [judging])
    return Scan(
        failures=[
            f"{finding.check}: {finding.reason.render()}"
            for finding in findings
            if finding.status == "fail" and finding.check in binding
        ],
        counts=dict(Counter(finding.status for finding in findings)),
        document=render_json(run).encode(),
    )
