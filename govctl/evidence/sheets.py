"""Findings of many targets, kept as they were packed where they were judged.

A thousand trees of files have 400,000 findings: whole, they fill a gigabyte, and to take each from
one process to another and write it there costs half as much as to judge it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

from govctl.texts import Language
from policies.model import Finding, Status


@dataclass(frozen=True)
class Sheet:
    """What one target came to."""

    target: str
    statuses: Mapping[Status, int]
    """How many findings there are of each."""
    results: bytes = field(repr=False)
    """The findings for `--format json` (see `govctl.reports.json_report.packed_results`)."""
    unpack: Callable[[], Sequence[Finding]] = field(repr=False)
    """Gives the findings themselves, anew each time."""


class Sheets(Sequence[Finding]):
    """The findings of every sheet, one after another; only as many are in memory as are in use."""

    def __init__(self, sheets: Iterable[Sheet], language: Language) -> None:
        self.sheets = tuple(sheets)
        self.language = language
        """That of the sheets' results."""

    @cached_property
    def statuses(self) -> Mapping[str, Mapping[Status, int]]:
        """Target → how many findings it has of each status."""
        return _added((sheet.target, sheet.statuses) for sheet in self.sheets)

    def __iter__(self) -> Iterator[Finding]:
        return (finding for sheet in self.sheets for finding in sheet.unpack())

    def __len__(self) -> int:
        return sum(sum(sheet.statuses.values()) for sheet in self.sheets)

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Finding]: ...
    def __getitem__(self, place: int | slice) -> Finding | Sequence[Finding]:
        return tuple(self)[place]


def statuses_of(findings: Iterable[Finding]) -> Mapping[str, Mapping[Status, int]]:
    """Target → how many findings it has of each status; targets without any are not there."""
    if isinstance(findings, Sheets):
        return findings.statuses
    return _added((finding.target, {finding.status: 1}) for finding in findings)


def open_statuses(findings: Iterable[Finding]) -> set[Status]:
    """The statuses that occur, but for failures whose risk is accepted (only in an estate)."""
    if isinstance(findings, Sheets):
        return {status for counts in findings.statuses.values() for status in counts}
    return {finding.status for finding in findings if finding.waiver is None}


def _added(counts: Iterable[tuple[str, Mapping[Status, int]]]) -> Mapping[str, Counter[Status]]:
    found: dict[str, Counter[Status]] = {}
    for target, statuses in counts:
        known = found.setdefault(target, Counter())
        for status, count in statuses.items():
            known[status] += count
    return {target: known for target, known in found.items() if known}
