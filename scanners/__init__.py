"""Facts taken off machines.

What is meant for use from Python, loaded when it is first used: `place_of` says where
`ssh://user@host` or `localhost` is; `scan_host`, `scan_hosts` and `scan_tree` take facts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanners.host.collect import facts_from, scan_host, scan_hosts, scan_tree
    from scanners.host.model import Command, HostFacts, Missing, Raw, Source
    from scanners.host.reach.address import HostAddress, LocalHost, Place
    from scanners.library import place_of

__all__ = [
    "Command",
    "HostAddress",
    "HostFacts",
    "LocalHost",
    "Missing",
    "Place",
    "Raw",
    "Source",
    "facts_from",
    "place_of",
    "scan_host",
    "scan_hosts",
    "scan_tree",
]

_PLACES = {
    "Command": "host.model",
    "HostAddress": "host.reach.address",
    "HostFacts": "host.model",
    "LocalHost": "host.reach.address",
    "Missing": "host.model",
    "Place": "host.reach.address",
    "Raw": "host.model",
    "Source": "host.model",
    "facts_from": "host.collect",
    "place_of": "library",
    "scan_host": "host.collect",
    "scan_hosts": "host.collect",
    "scan_tree": "host.collect",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
