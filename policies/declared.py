"""What the estate's own description answers: requirements about the plan, judged from the model.

The plan policies (`policies.pack`) refuse such a plan before it runs; here the same question is
answered as a requirement, with its proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from govctl.estate.model import Estate, Site, System
from govctl.estate.strictness import read
from govctl.texts import msg
from policies.model import Requirement, Verdict
from policies.pack.zones import BETWEEN_SITES, KIND_OF, ZONE_KEYS


def judge(requirement: Requirement, estate: Estate, systems: Iterable[System]) -> Verdict | None:
    """Whether each of these systems stands at a site with the zones that a requirement names.

    A zone that a site is declared to have no use for (`without`, with the reason) counts as
    declared. None for a key that the model does not answer, or without systems.
    """
    found = tuple(systems)
    if requirement.key not in ZONE_KEYS or not found:
        return None
    kinds = [KIND_OF.get(name, name) for name in _zones(requirement)]
    proof = []
    for system in found:
        site = estate.site(system.site)
        present = {estate.zone(zone).kind for zone in site.zones}
        for kind in kinds:
            if kind == BETWEEN_SITES or kind in present or kind in site.without:
                continue
            reason = msg("the site {site} of the system {system} has no zone {zone}",
                         site=site.id, system=system.id, zone=kind)  # fmt: skip
            return Verdict("fail", reason, (_line(estate, site),))
        proof.append(_line(estate, site))
    return Verdict(
        "pass",
        msg("every site of {count} systems has the zones {zones}, or the reason why not",
            count=len(found), zones=", ".join(kinds)),
        tuple(dict.fromkeys(proof)),
    )  # fmt: skip


def verdicts(
    requirements: Iterable[Requirement], estate: Estate, systems: Iterable[System]
) -> Mapping[str, Verdict]:
    """By key, of those that the model answers."""
    found = tuple(systems)
    judged = ((row.key, judge(row, estate, found)) for row in requirements if row.key in ZONE_KEYS)
    return {key: verdict for key, verdict in judged if verdict is not None}


def _zones(requirement: Requirement) -> Iterator[str]:
    for threshold in read(requirement.threshold):
        if threshold.op == "~=" and threshold.name == "zones":
            yield from sorted(threshold.items)


def _line(estate: Estate, site: Site) -> str:
    zones = ", ".join(estate.zone(zone).kind for zone in site.zones)
    without = "".join(f"; {kind}: {reason}" for kind, reason in sorted(site.without.items()))
    return f"{site.id}: {zones}{without}"
