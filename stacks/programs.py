"""The estate as Pulumi programs: one for the hub, and one for each group of sites.

`core` has what everybody leans on: images, the network between sites, the hub's zones and machines,
certificates, and the way in for the machine that runs govctl. Sites come in groups of a size that
one stack bears; a site stays in its group for good, since a move would mean to make it again.
"""

from __future__ import annotations

from collections.abc import Mapping

from govctl.estate.model import Estate, Site
from stacks.core import core_program
from stacks.engine import StackProgram
from stacks.groups import PREFIX
from stacks.inputs import CORE, Inputs
from stacks.sites import sites_program


def programs(estate: Estate, inputs: Inputs, groups: Mapping[str, int]) -> tuple[StackProgram, ...]:
    """Every stack of the estate: `core` first, then the groups side by side."""
    outer = [site for site in estate.sites if not site.hub]
    members: dict[int, list[Site]] = {}
    for site in outer:
        members.setdefault(groups[site.id], []).append(site)
    return (
        StackProgram(CORE, 0, core_program(estate, inputs)),
        *(
            StackProgram(f"{PREFIX}{number}", 1, sites_program(estate, sites, inputs))
            for number, sites in sorted(members.items())
        ),
    )
