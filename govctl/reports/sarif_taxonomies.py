"""What a SARIF log's results and rules answer to: clauses of baselines, and public references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.visible import visible
from policies.model import Check, Requirement


class Taxonomies:
    """One component a baseline (`tcvn14423-2026`) and a scheme of references (`cis`, `ssg`)."""

    def __init__(self, run: Run, context: Context) -> None:
        self._context = context
        found: dict[str, set[str]] = {}
        for finding in run.findings:
            for clause in finding.requirements:
                baseline, _colon, own = clause.partition(":")
                found.setdefault(baseline, set()).add(own)
            for scheme, ids in finding.references.items():
                found.setdefault(scheme, set()).update(ids)
            check = context.checks.get(finding.check)
            for scheme, ids in check.references.items() if check else ():
                found.setdefault(scheme, set()).update(ids)
        self._taxa = {name: sorted(ids) for name, ids in sorted(found.items()) if ids}
        self._places = {
            (name, taxon): (component, number)
            for component, (name, taxa) in enumerate(self._taxa.items())
            for number, taxon in enumerate(taxa)
        }

    def components(self) -> list[dict[str, Any]]:
        """`taxonomies`: only what this log names, and it says so."""
        rows = {(row.baseline, row.clause): row for row in self._rows()}
        return [
            {
                "name": visible(name),
                "isComprehensive": False,
                "taxa": [self._taxon(taxon, rows.get((name, taxon))) for taxon in taxa],
            }
            for name, taxa in self._taxa.items()
        ]

    def references(self) -> list[dict[str, Any]]:
        """`supportedTaxonomies` of the driver."""
        return [{"name": visible(name), "index": place} for place, name in enumerate(self._taxa)]

    def of_clauses(self, clauses: Iterable[str]) -> list[dict[str, Any]]:
        """References to the requirements that a result is about."""
        pairs = (clause.partition(":") for clause in clauses)
        return [self._reference(baseline, own) for baseline, _colon, own in pairs]

    def of_check(self, check: Check) -> list[dict[str, Any]]:
        """`relationships` of a rule with its public references."""
        return [
            {"target": self._reference(scheme, taxon), "kinds": ["relevant"]}
            for scheme, taxa in sorted(check.references.items())
            for taxon in taxa
            if (scheme, taxon) in self._places
        ]

    def _reference(self, name: str, taxon: str) -> dict[str, Any]:
        component, number = self._places[name, taxon]
        return {
            "id": visible(taxon),
            "index": number,
            "toolComponent": {"name": visible(name), "index": component},
        }

    def _taxon(self, taxon: str, row: Requirement | None) -> dict[str, Any]:
        if row is None:
            return {"id": visible(taxon)}
        text = visible(row.text[self._context.language])
        return {"id": visible(taxon), "shortDescription": {"text": text}}

    def _rows(self) -> Iterable[Requirement]:
        return (row for baseline in self._context.baselines for row in baseline.requirements)


def named(references: Mapping[str, tuple[str, ...]]) -> str:
    """`cis 5.1.20 · ssg sshd_disable_root_login`."""
    return " · ".join(f"{scheme} {', '.join(ids)}" for scheme, ids in sorted(references.items()))
