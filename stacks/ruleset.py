"""The text of /etc/nftables.conf from openings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from govctl.estate.flow import Flow, Ports
from govctl.estate.model import Estate, Machine
from stacks.files import HostFile
from stacks.firewall import Opening, openings_of
from stacks.templating import Safe, comment, fill, interface
from stacks.topology import Network, Prefixes, Topology, topology_of

_TEMPLATES = Path(__file__).parent / "templates"
_FAMILIES = (("ip", 4), ("ip6", 6))
_FOLLOWED = r"""
unshare --net true 2>/dev/null || exec nft list chain inet govctl input >/dev/null
counted='/^\tset sources_[46] {/,/^\t}/d'
running=$(nft --stateless list ruleset | sed "$counted")
[ "$running" = "$(unshare --net sh -c '
    nft -f /etc/nftables.conf && nft --stateless list ruleset' | sed "$counted")" ]
"""
"""Whether the kernel has what the file says, which is loaded beside it in a network of its own. Who
sends at the moment (`sources_4`, `sources_6`) is no rule."""


@dataclass(frozen=True)
class AddressSet:
    """A named set of prefixes of one family."""

    name: Safe
    type: Safe
    elements: Safe


@dataclass
class _Sets:
    """Sets by content, named after the first end of a flow that needs them."""

    found: dict[tuple[Network, ...], AddressSet] = field(default_factory=dict)

    def reference(self, prefixes: tuple[Network, ...], ref: str) -> str:
        """A single prefix as it is; several as the name of a set."""
        if len(prefixes) == 1:
            return str(prefixes[0])
        if prefixes not in self.found:
            version = prefixes[0].version
            taken = {one.name for one in self.found.values()}
            base = f"{_slug(ref)}_{version}"
            names = [base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))]
            name = Safe(next(name for name in names if name not in taken))
            elements = Safe(", ".join(str(prefix) for prefix in prefixes))
            self.found[prefixes] = AddressSet(name, Safe(f"ipv{version}_addr"), elements)
        return f"@{self.found[prefixes].name}"


def nftables_file(machine: Machine, estate: Estate) -> HostFile:
    """The packet filter of a machine; it is swapped as one transaction."""
    topology = topology_of(estate)
    openings = openings_of(machine, estate)
    sets = _Sets()
    lines = {
        way: [line for opening in ways for line in _rules(opening, topology, sets)]
        for way, ways in (
            ("incoming", openings.incoming),
            ("outgoing", openings.outgoing),
            ("through", openings.through),
        )
    }
    legs = topology.legs(machine) if machine.is_router else ()
    outside = any(one.sources is None or one.destinations is None for one in openings.through)
    text = fill(
        _TEMPLATES,
        "nftables.conf.j2",
        machine=machine,
        controller=estate.controller,
        everything=topology.everything,
        router=machine.is_router,
        legs=legs,
        outside=outside,
        sets=sorted(sets.found.values(), key=lambda one: one.name),
        counters=sorted({counter_of(opening.flow) for opening in openings}),
        **lines,
    )
    return HostFile(
        "/etc/nftables.conf", text, 0o600,
        apply=("nft -f /etc/nftables.conf",), followed=_FOLLOWED,
    )  # fmt: skip


def counter_of(flow: Flow) -> Safe:
    """The name of the counter that every filter keeps for a flow."""
    return Safe(f"f_{_slug(flow.id)}")


def _slug(text: str) -> str:
    """An identifier of nftables; a hash keeps apart what would look the same."""
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if slug == text.replace("-", "_") and len(slug) <= 60:
        return slug
    return f"{slug[:50]}_{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _rules(opening: Opening, topology: Topology, sets: _Sets) -> Iterable[Safe]:
    flow = opening.flow
    way = _way(opening)
    for family, version in _FAMILIES:
        source = _match(opening.sources, version, flow.source.ref, topology, sets)
        destination = _match(opening.destinations, version, flow.destination.ref, topology, sets)
        if source and destination:
            yield Safe(
                f"{way}{family} saddr {source} {family} daddr {destination} "
                f'{flow.protocol} dport {_ports(flow.ports)} counter name "{counter_of(flow)}" '
                f"accept comment {comment(f'{flow.id}: {flow.why}')}"
            )


def _way(opening: Opening) -> str:
    """Which interfaces of a router a rule is about; where a packet may come from each of them, the
    chain `sides` has settled before."""
    if opening.out_of is None:
        return ""
    into = ", ".join(f'"{interface(name)}"' for name in opening.into)
    into = into if len(opening.into) == 1 else f"{{ {into} }}"
    return f'iifname {into} oifname "{interface(opening.out_of)}" '


def _match(
    prefixes: Prefixes | None, version: int, ref: str, topology: Topology, sets: _Sets
) -> str | None:
    """What an address is compared with; None if no address of this family is meant."""
    if prefixes is None:
        whole = topology.everything
        return f"!= {(whole.ipv4 if version == 4 else whole.ipv6)[0]}"
    family = prefixes.ipv4 if version == 4 else prefixes.ipv6
    return sets.reference(family, ref) if family else None


def _ports(ports: tuple[Ports, ...]) -> str:
    texts = [
        str(int(one.first)) if one.first == one.last else f"{int(one.first)}-{int(one.last)}"
        for one in ports
    ]
    return texts[0] if len(texts) == 1 else "{ " + ", ".join(texts) + " }"
