"""Which checks a person means: our ids, globs, public references, clauses of a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from govctl.errors import UsageError
from govctl.texts import _
from policies.model import Check
from policies.requirements import Baseline, load, names

_SCHEMES = ("ssg", "cis", "anssi", "nist")


def asked_by(baselines: Iterable[Baseline], checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that answer a requirement of these baselines, at whatever level."""
    keys = {row.key for baseline in baselines for row in baseline.requirements}
    return tuple(check for check in checks if not keys.isdisjoint(check.answers))


def select(
    checks: Iterable[Check], patterns: Sequence[str], among: Iterable[Check] = ()
) -> tuple[Check, ...]:
    """The checks that any pattern names, in their own order; all of them if there is no pattern.

    Patterns: `sshd-root-login`, `sshd-*`, `ssg:sshd_disable_root_login`, `cis:5.1.*`,
    `key:acc.*`, `tcvn14423-2026:5.6.2.3`. A rule means its own part of a check, where there is
    one. A glob of ids chooses `among` the checks of a baseline, if it names any of these: of all
    checks some contradict each other. UsageError if a pattern names nothing.
    """
    every = tuple(checks)
    asked = {check.id for check in among}
    if not patterns:
        return every
    chosen: set[str] = set()
    for pattern in patterns:
        meant = [check for check in every if _is_meant(check, pattern)]
        found = {check.id for check in meant}
        if pattern.startswith("ssg:"):
            found -= {check.part_of for check in meant}
        elif pattern not in found:
            found = found & asked or {check.id for check in meant if not check.part_of}
        if not found:
            near = get_close_matches(pattern, [check.id for check in every], 1)
            hint = _("did you mean {name}?", name=near[0]) if near else None
            raise UsageError(_("no check is called {name}", name=pattern), hint=hint)
        chosen |= found
    return tuple(check for check in every if check.id in chosen)


def _is_meant(check: Check, pattern: str) -> bool:
    if pattern == check.id or fnmatchcase(check.id, pattern):
        return True  # a test of a site's own has colons and brackets in its id
    scheme, _colon, glob = pattern.partition(":")
    if scheme in _SCHEMES:
        return any(fnmatchcase(one, glob) for one in check.references.get(scheme, ()))
    if scheme == "key":
        return any(fnmatchcase(key, glob) for key in check.answers)
    if scheme in names():
        keys = {row.key for row in load(scheme).requirements if fnmatchcase(row.clause, glob)}
        return bool(keys & set(check.answers))
    return False
