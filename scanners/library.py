"""Scanning from Python: where a host is, as the command line would understand it."""

from __future__ import annotations

from scanners.host.reach.address import Place
from scanners.host.reach.ssh_config import Ways
from scanners.host.reach.targets import target_of


def place_of(target: str, *, sudo: bool = False) -> Place:
    """Where `localhost` or `ssh://[user@]host[:port]` is, by the user's own SSH configuration.

    `sudo`: become root there. UsageError if it is no target.
    """
    return Ways(sudo=sudo).place(target_of(target))
