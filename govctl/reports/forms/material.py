"""What the forms are made from; they read nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from govctl.estate.frozen import Text
from govctl.estate.model import Estate, System, Unit
from govctl.estate.papers import Dossier
from govctl.evidence.model import Run
from policies.model import Check, Finding
from policies.requirements import Baseline

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The time that a file bears which no run stands behind."""


@dataclass(frozen=True)
class FormMaterial:
    """An estate, its newest run if there is one, and the rules that the run was judged by."""

    estate: Estate
    run: Run | None
    checks: Mapping[str, Check]
    """By id: those that the baselines ask for."""
    baselines: tuple[Baseline, ...]
    components: Mapping[str, Text] = field(default_factory=dict)
    """Names of the catalogue's components, by role."""
    operating_systems: Mapping[str, str] = field(default_factory=dict)
    """What each machine said that it runs, as far as the run's facts have it."""

    @cached_property
    def findings(self) -> Mapping[str, Sequence[Finding]]:
        """The run's findings by target."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.run.findings if self.run else ():
            found[finding.target].append(finding)
        return dict(found)

    @property
    def moment(self) -> datetime:
        """The time that the form bears."""
        return self.run.finished if self.run else UNDATED

    @property
    def run_is_of_this_estate(self) -> bool:
        """False if what should exist was changed after the run."""
        return self.run is not None and self.run.estate_digest == self.estate.digest


def called(unit: Unit) -> str:
    """The name of a unit in official papers."""
    given = unit.contact.name if unit.contact else None
    return given or unit.name.vi


def papers(system: System) -> Dossier:
    """A system's papers; empty ones if the estate has none."""
    return system.dossier or Dossier()
