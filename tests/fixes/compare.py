"""What a theme's rows should have become, and what became worse."""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import Finding, Status
from tests.fixes.theme import Theme


def unlike(status: Status, theme: Theme, found: Mapping[str, Finding]) -> list[str]:
    """The theme's rows that have another status, and why."""
    return [f"{check.id}: {found[check.id].status}: {found[check.id].reason.render('en')}"
            for check in theme.rows() if found[check.id].status != status]  # fmt: skip


def worse(
    theme: Theme,
    whole: Mapping[str, Finding],
    broken: Mapping[str, Finding],
    after: Mapping[str, Finding],
) -> list[str]:
    """Rows, of whatever theme, that fail and did not before: neither whole nor, where breaking did
    not close them by chance, broken. Those that ask for the contrary of the theme's may."""
    before = [name for name, finding in whole.items() if finding.status == "pass"]
    before += [name for name, finding in broken.items()
               if finding.status == "pass" and whole[name].status != "fail"]  # fmt: skip
    return [f"{name}: {after[name].reason.render('en')}" for name in dict.fromkeys(before)
            if after[name].status == "fail" and name not in theme.against]  # fmt: skip
