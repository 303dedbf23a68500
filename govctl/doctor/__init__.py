"""What the machine that runs govctl must have; `check` looks, `fix` gets what is missing.

Nothing here prints: the command line shows the states and the steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from govctl.doctor.host import Host, this_host
from govctl.doctor.kernel import Features, Settings, SubordinateIds
from govctl.doctor.lxd import Daemon, Pool
from govctl.doctor.model import Condition, OnStep, Prerequisite, State
from govctl.doctor.packages import Packages
from govctl.doctor.pulumi import Pulumi, cache_folder, pulumi_command
from govctl.doctor.quota import DiskLimits
from govctl.doctor.space import Disk, Memory

__all__ = [
    "Condition",
    "OnStep",
    "Prerequisite",
    "State",
    "cache_folder",
    "check",
    "fix",
    "pulumi_command",
]


def prerequisites() -> tuple[Prerequisite, ...]:
    """All of them, each after what it needs."""
    return (
        Memory(),
        Disk(cache_folder()),
        Packages(),
        SubordinateIds(),
        Settings(),
        Daemon(),
        Pool(),
        DiskLimits(),
        Pulumi(),
        Features(),
    )


def check(host: Host | None = None) -> list[State]:
    """The state of every prerequisite; changes nothing."""
    here = host or this_host()
    return [prerequisite.look(here) for prerequisite in prerequisites()]


def fix(states: Sequence[State], on_step: OnStep, host: Host | None = None) -> list[State]:
    """Get what `states` lacks, in order, and return how everything stands afterwards.

    Each is looked at again just before, since getting one may have got the next. Stops at the first
    that cannot be had: raises `MissingPrerequisite`.
    """
    here = host or this_host()
    wanted = {state.id for state in states if not state.stands and state.fixable}
    for prerequisite in prerequisites():
        if prerequisite.id in wanted:
            now = prerequisite.look(here)
            if not now.stands and now.fixable:
                prerequisite.get(here, on_step)
    return check(here)
