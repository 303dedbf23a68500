"""The page of a run outside any estate: hosts and trees of files instead of units."""

from __future__ import annotations

from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)

from govctl.estate.frozen import Text
from govctl.estate.model import Controller, Estate, Target
from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.material import Material
from govctl.reports.placed import placed
from govctl.texts import msg

_NAME = msg("Machines outside any estate")


def material_outside(run: Run, context: Context) -> Material:
    """What a page is made from where no estate is known and no raw output is kept."""
    meant = {finding.check for finding in run.findings}
    return Material(
        run=run,
        estate=_nowhere(),
        checks={name: check for name, check in context.checks.items() if name in meant},
        baselines=context.baselines,
        profiles=context.profiles,
        rows=tuple(one.result for one in placed(run, context)),
    )


@cache
def _nowhere() -> Estate:
    """An estate of nothing, so that every target is one that it does not know.

    Its addresses are of the blocks for documents (RFC 5737, RFC 3849) and are shown nowhere.
    """
    return Estate(
        id="",
        name=Text(vi=_NAME.render("vi"), en=_NAME.render("en")),
        tiers=(),
        register_id=None,
        baselines=(),
        ipv4=IPv4Network("192.0.2.0/24"),
        ipv6=IPv6Network("2001:db8::/48"),
        domain="invalid",
        target=Target(),
        units=(),
        sites=(),
        zones=(),
        systems=(),
        machines=(),
        flows=(),
        bridge_points=(),
        controller=Controller(
            zone="",
            ipv4=IPv4Interface("192.0.2.250/24"),
            ipv6=IPv6Interface("2001:db8::fa/64"),
            via4=IPv4Address("192.0.2.1"),
            via6=IPv6Address("2001:db8::1"),
        ),
        digest="",
    )
