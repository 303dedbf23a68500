"""What a plan may not do, as pure functions over the planned resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govctl.texts import Message, msg
from policies.pack.zones import required_zones

INSTANCE = "govctl:lxd:Instance"
SYSTEM = "govctl:estate:System"
FLOW = "govctl:estate:Flow"
BRIDGE_POINT = "govctl:estate:BridgePoint"

DATABASE_ZONE = "db"
CONFERENCE_ZONE = "conference"
LIMITS = ("memory", "cpu", "disk", "processes")


@dataclass(frozen=True)
class Planned:
    """A resource as the plan would leave it."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """A resource that a rule refuses, and why."""

    urn: str
    reason: Message


@dataclass(frozen=True)
class Rule:
    """A rule with the words that a plan shows when it refuses."""

    id: str
    text: Message
    judge: Callable[[Sequence[Planned]], Iterator[Violation]]


def _zones_of_level(plan: Sequence[Planned]) -> Iterator[Violation]:
    for system in _of(plan, SYSTEM):
        level = int(system.props["level"])
        present = {*system.props["zones"], *system.props["without"]}
        for zone, clause in required_zones(level, system.props["baselines"]).items():
            if zone not in present:
                yield Violation(
                    system.urn,
                    msg(
                        "system {system} of level {level} has no zone {zone} at its site"
                        " ({clause})",
                        system=system.name,
                        level=level,
                        zone=zone,
                        clause=clause,
                    ),
                )


def _database_closed_outside(plan: Sequence[Planned]) -> Iterator[Violation]:
    for flow in _of(plan, FLOW):
        if flow.props["outside"] and DATABASE_ZONE in flow.props["zone_kinds"]:
            yield Violation(
                flow.urn,
                msg("flow {flow} opens a database zone to the outside", flow=flow.props["id"]),
            )


def _instances_limited(plan: Sequence[Planned]) -> Iterator[Violation]:
    for instance in _of(plan, INSTANCE):
        limits = instance.props.get("limits") or {}
        lacking = [name for name in LIMITS if not limits.get(name)]
        if lacking:
            yield Violation(
                instance.urn,
                msg(
                    "machine {machine} has no limit on {lacking}",
                    machine=instance.name,
                    lacking=", ".join(lacking),
                ),
            )


def _bridge_points_in_conference_zone(plan: Sequence[Planned]) -> Iterator[Violation]:
    for point in _of(plan, BRIDGE_POINT):
        zone = point.props["zone_kind"]
        if zone != CONFERENCE_ZONE:
            yield Violation(
                point.urn,
                msg(
                    "bridge point {point} stands in zone {zone}, not in a conference zone",
                    point=point.name,
                    zone=zone,
                ),
            )


def _of(plan: Sequence[Planned], kind: str) -> Iterator[Planned]:
    return (resource for resource in plan if resource.type == kind)


RULES = (
    Rule(
        "zones-of-level",
        msg("A system's site has every zone that its level asks for"),
        _zones_of_level,
    ),
    Rule(
        "database-closed-outside",
        msg("No flow leads from the outside to a database zone"),
        _database_closed_outside,
    ),
    Rule("instances-limited", msg("Every machine is limited"), _instances_limited),
    Rule(
        "bridge-points-in-conference-zone",
        msg("Every bridge point stands in a conference zone"),
        _bridge_points_in_conference_zone,
    ),
)
