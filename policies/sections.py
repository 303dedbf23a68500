"""What findings say about a profile, section by section. All pure.

A section counts as passed only if every finding of it does, and one that no check answers is
counted apart: a green number over half of a benchmark is no green number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.model import Finding, Profile, Status
from policies.rollup import Tally, tally

_SCHEMES = ("cis", "anssi")
"""Whose ids are sections or recommendations; rules that a profile names beside them are none."""


@dataclass(frozen=True)
class Section:
    """A section of a benchmark, or a recommendation."""

    id: str
    checks: tuple[str, ...]
    """Those with a finding, sorted; none if no check answers the section."""
    tally: Tally

    @property
    def status(self) -> Status | None:
        """The worst of its findings; None without any."""
        return self.tally.status if self.checks else None


def sections(profile: Profile, findings: Iterable[Finding]) -> tuple[Section, ...]:
    """Every section that a profile asks for, in the benchmark's order."""
    found: dict[tuple[str, str], list[Finding]] = {
        (scheme, one): [] for scheme in _SCHEMES for one in profile.references.get(scheme, ())
    }
    for finding in findings:
        for scheme in _SCHEMES:
            for one in finding.references.get(scheme, ()):
                if (scheme, one) in found:
                    found[scheme, one].append(finding)
    return tuple(
        Section(one, tuple(sorted({finding.check for finding in of})), tally(of))
        for (_scheme, one), of in sorted(found.items(), key=lambda item: _order(item[0][1]))
    )


def counted(found: Iterable[Section]) -> Mapping[Status | None, int]:
    """How many sections have each status; None counts those that no check answers."""
    counts: dict[Status | None, int] = {}
    for section in found:
        counts[section.status] = counts.get(section.status, 0) + 1
    return counts


def _order(one: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", one))
