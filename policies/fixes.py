"""From findings to hardening: which roles have work to do on a target, with which rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.model import Check, Finding
from policies.target import TargetContext
from policies.values import resolve

Row = Mapping[str, Any]
_OPEN = ("fail", "unreachable")


def fixes(
    findings: Iterable[Finding],
    checks: Iterable[Check],
    context: TargetContext | None = None,
    *,
    every: bool = False,
) -> dict[str, list[Row]]:
    """Role → rows `{id, family, open, …arguments}` for roles with a failing check, on one target.

    A role gets all its rows, passing ones too: it writes one file for its theme, and that file must
    not lose what already holds; `open` says which rows fail, or might where nobody looked. Rows
    that are not due here stay out; so do a kernel's where nobody knows whose kernel it will be, and
    those whose failure a person accepted. `every` asks for all roles, failing or not (for an
    image).
    """
    known = context or TargetContext()
    status = {finding.check: finding.status for finding in findings if finding.waiver is None}
    rows: dict[str, list[Row]] = {}
    failing: set[str] = set()
    for check in checks:
        found = status.get(check.id)
        if check.fix is None or found is None or not _is_due(check, found):
            continue
        args, _whose = resolve(check, known)
        row = {"id": check.id, "family": check.family, "open": found in _OPEN, **args}
        rows.setdefault(check.fix, []).append(row)
        if found == "fail":
            failing.add(check.fix)
    return {role: found for role, found in rows.items() if every or role in failing}


def _is_due(check: Check, status: str) -> bool:
    if status == "not-applicable":
        return False
    return not (check.kernel and status == "not-evaluated")
