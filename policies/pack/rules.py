"""What a plan may not do, as pure functions over the planned resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
class Rule:
    """A rule for resources of one type; `broken` gives a reason for each way it is broken."""

    id: str
    type: str
    text: Message
    broken: Callable[[Planned], Iterator[Message]]

    def judge(self, resource: Planned) -> tuple[Message, ...]:
        """Why the rule refuses this resource; empty if it does not."""
        return tuple(self.broken(resource)) if resource.type == self.type else ()


def _lacks_zones(system: Planned) -> Iterator[Message]:
    level = int(system.props["level"])
    present = {*system.props["zones"], *system.props["without"]}
    for zone, clause in required_zones(level, system.props["baselines"]).items():
        if zone not in present:
            yield msg(
                "system {system} of level {level} has no zone {zone} at its site ({clause})",
                system=system.name,
                level=level,
                zone=zone,
                clause=clause,
            )


def _opens_database(flow: Planned) -> Iterator[Message]:
    if flow.props["outside"] and DATABASE_ZONE in flow.props["zone_kinds"]:
        yield msg("flow {flow} opens a database zone to the outside", flow=flow.props["id"])


def _lacks_limits(instance: Planned) -> Iterator[Message]:
    limits = instance.props.get("limits") or {}
    lacking = [name for name in LIMITS if not limits.get(name)]
    if lacking:
        yield msg(
            "machine {machine} has no limit on {lacking}",
            machine=instance.name,
            lacking=", ".join(lacking),
        )


def _stands_elsewhere(point: Planned) -> Iterator[Message]:
    zone = point.props["zone_kind"]
    if zone != CONFERENCE_ZONE:
        yield msg(
            "bridge point {point} stands in zone {zone}, not in a conference zone",
            point=point.name,
            zone=zone,
        )


RULES = (
    Rule(
        "zones-of-level",
        SYSTEM,
        msg("A system's site has every zone that its level asks for"),
        _lacks_zones,
    ),
    Rule(
        "database-closed-outside",
        FLOW,
        msg("No flow leads from the outside to a database zone"),
        _opens_database,
    ),
    Rule("instances-limited", INSTANCE, msg("Every machine is limited"), _lacks_limits),
    Rule(
        "bridge-points-in-conference-zone",
        BRIDGE_POINT,
        msg("Every bridge point stands in a conference zone"),
        _stands_elsewhere,
    ),
)
