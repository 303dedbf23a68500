"""The year of a report: which days its data are of, and when it is due (NĐ 331, article 35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Period:
    """One yearly report."""

    year: int

    @property
    def first(self) -> date:
        """The first day of its data: 15 December of the year before."""
        return date(self.year - 1, 12, 15)

    @property
    def last(self) -> date:
        """The last day of its data: 14 December."""
        return date(self.year, 12, 14)

    @property
    def due_to_owner(self) -> date:
        """Units and operators report to the owner before this day."""
        return date(self.year, 12, 20)

    @property
    def due_to_ministry(self) -> date:
        """The owner reports to the Ministry of Public Security before this day."""
        return date(self.year, 12, 25)

    def holds(self, when: date) -> bool:
        """True for a day whose data belong to this report."""
        return self.first <= when <= self.last


def year_of(today: date) -> int:
    """The report that is written on a day: this year's, until its own year ends."""
    return today.year
