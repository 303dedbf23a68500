"""What the page's template asks for: anchors and groups, computed once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from govctl.decisions.record import attested_of
from govctl.reports.decisions import (
    AcceptedRisk,
    AttestedBy,
    Ended,
    accepted_risks,
    attestations,
    ended,
)
from govctl.reports.exceptions import Excepted, excepted
from govctl.reports.machine_view import MachineView, SameAnswer, alike
from govctl.reports.map import Mark, marks
from govctl.reports.material import Material
from govctl.reports.requirements import RequirementGroup, of_tier, outcome
from govctl.reports.tree import Tree
from govctl.reports.worst import WorstCheck, worst_checks
from policies.model import STATUSES, Check, Finding, Profile, Requirement, Status
from policies.rollup import Node, RequirementResult, Tally, tally
from policies.sections import Section, counted, sections

_BUDGET = 2_500_000
"""Characters of raw output in one page; what is cut stands whole in the run's own folder."""
_MOST, _LEAST = 4_000, 200
_MANY = 100_000
"""Findings of which those that hold are only named: a page of 200 MB opens in no browser."""


class PageView:
    """A run, ready for the template. Anchors are numbers: no name from outside becomes an id."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.tree = Tree(material.run, material.estate)
        self._machines = {target: f"m{n}" for n, target in enumerate(self.tree.targets)}
        self._units = {unit.id: f"u{n}" for n, unit in enumerate(material.estate.units)}
        self._checks = {check: f"c{n}" for n, check in enumerate(self.check_ids)}

    def unit_anchor(self, unit: str) -> str:
        """The id of a unit's section."""
        return self._units[unit]

    def machine_anchor(self, target: str) -> str | None:
        """The id of a target's section; None if the page has none."""
        return self._machines.get(target)

    def check_anchor(self, check: str) -> str:
        """The id of a check's section."""
        return self._checks[check]

    def clause_anchor(self, clause: str) -> str | None:
        """The id of the first row of a clause; None if the baselines given do not hold it."""
        return self._clauses.get(clause)

    def row_anchor(self, tier: int, requirement: Requirement) -> str:
        """The id of a row under one level of government."""
        row = (requirement.baseline, requirement.level, requirement.key)
        return f"t{tier}r{self._rows.setdefault(row, len(self._rows))}"

    def machine(self, target: str) -> MachineView:
        """A machine with its raw output."""
        anchor = self._machines[target]
        return MachineView(self.material, self.tree, target, anchor, self._excerpt_chars)

    def check(self, check: str) -> Check | None:
        """A check's row; None if this version has it no more."""
        return self.material.checks.get(check)

    @cached_property
    def check_ids(self) -> tuple[str, ...]:
        """Every check that has a finding, and every check that this version knows."""
        found = {finding.check for finding in self.material.run.findings}
        return tuple(sorted(found | set(self.material.checks)))

    @cached_property
    def worst(self) -> tuple[WorstCheck, ...]:
        """Failing checks, gravest first."""
        return worst_checks(self.material.run.findings)

    @cached_property
    def accepted(self) -> tuple[AcceptedRisk, ...]:
        """The waivers that held."""
        return accepted_risks(self.material.run)

    @cached_property
    def attestations(self) -> tuple[AttestedBy, ...]:
        """The attestations that held."""
        return attestations(self.material.run)

    @cached_property
    def ended(self) -> tuple[Ended, ...]:
        """The decisions that had ended."""
        return ended(self.material.run)

    @cached_property
    def excepted(self) -> tuple[Excepted, ...]:
        """The recorded exceptions that changed verdicts."""
        return excepted(self.material.run.findings)

    @property
    def has_requirements(self) -> bool:
        """False where profiles alone judge, outside any estate."""
        material = self.material
        return bool(material.estate.units or material.rows or not material.profiles)

    @property
    def brief(self) -> bool:
        """True if the page is so large that what holds is named without its reason."""
        return len(self.material.run.findings) > _MANY

    @property
    def decided(self) -> bool:
        """True if there is a decision to show."""
        return bool(self.accepted or self.attestations or self.ended)

    def waiver_anchor(self, waiver: str) -> str:
        """The id of a waiver's row."""
        return f"w{[one.id for one in self.accepted].index(waiver)}"

    def attestation_anchor(self, attestation: str) -> str:
        """The id of an attestation's row."""
        return f"a{[one.id for one in self.attestations].index(attestation)}"

    def risk(self, waiver: str | None) -> AcceptedRisk | None:
        """The waiver of a finding; None for none, or for one of which the run has no record."""
        return next((one for one in self.accepted if one.id == waiver), None)

    def accepted_by(self, waiver: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The machines with the checks whose failure a waiver accepts."""
        findings = self.material.run.findings
        return self.by_target(finding for finding in findings if finding.waiver == waiver)

    @cached_property
    def fields(self) -> Sequence[tuple[str, Mapping[int, RequirementGroup]]]:
        """The fields that some check answers, each with its group by the tier's number."""
        found: dict[str, dict[int, RequirementGroup]] = defaultdict(dict)
        for number, _tier, groups in self.tiers:
            for group in groups:
                found[group.key][number] = group
        return [
            (key, found[key])
            for key in sorted(found)
            if any(map(_has_a_check, found[key].values()))
        ]

    @cached_property
    def not_evaluated(self) -> tuple[SameAnswer, ...]:
        """What could not be judged, by reason, most frequent first."""
        findings = self.material.run.findings
        return alike(tuple(finding for finding in findings if finding.status == "not-evaluated"))

    @cached_property
    def tiers(self) -> Sequence[tuple[int, Node, tuple[RequirementGroup, ...]]]:
        """Each level of government, numbered, with its requirement groups."""
        material = self.material
        attested = attested_of(material.run.decisions)
        return [
            (
                number,
                tier,
                of_tier(
                    tier,
                    self.tree,
                    material.baselines,
                    material.checks.values(),
                    material.traces,
                    attested,
                ),
            )
            for number, tier in enumerate(self.tree.tiers)
        ]

    @cached_property
    def profiles(self) -> Sequence[tuple[Profile, tuple[Section, ...]]]:
        """Each profile with its sections."""
        material = self.material
        return [(one, sections(one, material.run.findings)) for one in material.profiles]

    def of_sections(self, found: Iterable[Section]) -> Mapping[Status | None, int]:
        """How many sections have each status; None for those without a check."""
        return counted(found)

    def outcome(self, groups: Iterable[RequirementGroup]) -> Mapping[Status | None, int]:
        """How many rows of these groups have each status; None for those without a check."""
        return Counter(outcome(row) for group in groups for row in group.rows)

    def is_answered(self, row: RequirementResult) -> bool:
        """False for a row that nothing answers: it has no status to show."""
        return outcome(row) is not None

    def silent(self, groups: Iterable[RequirementGroup]) -> tuple[RequirementGroup, ...]:
        """The groups of which no row has a check."""
        return tuple(group for group in groups if group.having(None) == len(group.rows))

    def mark(self, unit: str) -> Mark:
        """How a unit is drawn."""
        return self._marks[unit]

    def units_marked(self, mark: Mark) -> int:
        """How many units are drawn like this."""
        return sum(each == mark for each in self._marks.values())

    def tally_of_check(self, check: str) -> Tally:
        """How one check came out over all targets."""
        return tally(self._by_check[check])

    def of_check(self, check: str) -> Mapping[Status, tuple[str, ...]]:
        """Targets by what one check said of them."""
        findings = self._by_check[check]
        return {
            status: tuple(sorted(f.target for f in findings if f.status == status))
            for status in STATUSES
        }

    def by_target(self, findings: Iterable[Finding]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Targets with the checks that these findings are about."""
        checks: dict[str, list[str]] = defaultdict(list)
        for finding in findings:
            checks[finding.target].append(finding.check)
        return tuple((target, tuple(sorted(checks[target]))) for target in sorted(checks))

    def failing(self, tier: Node | None, row: RequirementResult) -> tuple[str, ...]:
        """The machines of a tier on which a check of this row fails; without tiers, of all."""
        if tier is None:
            failed = (one for check in row.checks for one in self._by_check[check])
            return tuple(sorted({one.target for one in failed if one.status == "fail"}))
        failures = self._failures[tier.id, row.requirement.level]
        return tuple(sorted({target for check in row.checks for target in failures[check]}))

    @cached_property
    def _failures(self) -> Mapping[tuple[str, int], Mapping[str, list[str]]]:
        """Tier and level → check → targets that fail it."""
        found: dict[tuple[str, int], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for tier in self.tree.tiers:
            for finding in self.tree.findings_under(tier):
                if finding.status == "fail":
                    level = self.tree.estate.level_of(self.tree.estate.machine(finding.target))
                    found[tier.id, level][finding.check].append(finding.target)
        return found

    @cached_property
    def _by_check(self) -> Mapping[str, list[Finding]]:
        findings: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.material.run.findings:
            findings[finding.check].append(finding)
        return findings

    @cached_property
    def _marks(self) -> Mapping[str, Mark]:
        return marks(self.tree)

    @cached_property
    def _rows(self) -> dict[tuple[str, int, str], int]:
        """A number for each row; an estate's own ones get theirs when they are shown."""
        rows = [row for baseline in self.material.baselines for row in baseline.requirements]
        return {(row.baseline, row.level, row.key): number for number, row in enumerate(rows)}

    @cached_property
    def _clauses(self) -> Mapping[str, str]:
        anchors: dict[str, str] = {}
        for number, _tier, groups in self.tiers:
            for group in groups:
                for row in group.rows:
                    requirement = row.requirement
                    anchors.setdefault(requirement.id, self.row_anchor(number, requirement))
        for row in self.material.rows:
            anchors.setdefault(row.requirement.id, self.row_anchor(0, row.requirement))
        return anchors

    @cached_property
    def _excerpt_chars(self) -> int:
        material = self.material
        names = {name for sources in material.sources.values() for name in sources}
        outputs = max(1, len(names) * len(material.run.targets))
        return max(_LEAST, min(_MOST, _BUDGET // outputs))


def _has_a_check(group: RequirementGroup) -> bool:
    return group.having(None) < len(group.rows)
