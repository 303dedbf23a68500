"""Services that nobody needs are masked, and those that must run begin with the system."""

from __future__ import annotations

import os

from playbooks.hosts import units
from playbooks.hosts.rights import Row, refuse

_OWN = "/etc/systemd/system"
"""Where the link of a mask stands, and units of the machine's own."""


def main(request: Row) -> None:
    """Each row by its family; in a tree of files nothing is started or stopped."""
    dry, live = request["dry"], not request["offline"]
    for row in request["rows"]:
        if row["family"] == "units.enabled":
            _on(row["units"], dry=dry, starts=live and row.get("running", True))
        else:
            for unit in row["units"]:
                _off(unit, dry=dry, live=live)


def _on(names: list[str], *, dry: bool, starts: bool) -> None:
    """The first of these units that is here, and can be started, is enough."""
    failed = {}
    for unit in names:
        if not units.enable(unit, dry=dry):
            continue
        why = units.start(unit, dry=dry) if starts else ""
        if not why:
            return
        failed[unit] = why
    for unit, why in failed.items():
        refuse(unit, why)


def _off(unit: str, *, dry: bool, live: bool) -> None:
    now = units.state(unit)
    if now in (*units.NOT_HERE, "masked"):
        return
    if live:
        units.stop(unit, dry=dry)
    path = os.path.join(_OWN, unit)
    if os.path.islink(path) and now == "alias":  # what it leads to has a mask, or a row, of its own
        return
    if os.path.isfile(path) and not os.path.islink(path):  # no mask can take its place
        if now not in ("disabled", "static"):
            units.turn("disable", unit, dry=dry)
    else:
        units.turn("mask", unit, dry=dry)
