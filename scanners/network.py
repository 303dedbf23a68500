"""Which paths are open: TCP connections tried from one machine of the estate to another.

Only addresses of the estate's own prefixes are ever tried; the connection is closed at once and no
byte is sent.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

from govctl.errors import TargetError, UsageError
from govctl.texts import Message, _, msg
from scanners.host.collecting import Wanted
from scanners.host.model import Command, Output
from scanners.host.reach.address import HostAddress
from scanners.host.reading import failure_of
from scanners.host.visit import fetch

PathStatus = Literal["open", "refused", "blocked", "error"]
PATH_STATUSES: tuple[PathStatus, ...] = ("open", "refused", "blocked", "error")
WAIT = 3
"""Seconds until a connection that nobody answers counts as blocked."""
AT_ONCE = 32
MOST = 1024
"""Destinations of one visit."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Destination:
    """A TCP port of a machine."""

    address: Address
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else f"{self.address}"
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Reach:
    """What came of one connection."""

    destination: Destination
    status: PathStatus
    """`refused` is an open path to a port where nothing listens; `blocked` means that a filter on
    the way swallowed or rejected it; `error` that nothing can be said."""
    reason: Message


def reach(
    source: HostAddress, destinations: Sequence[Destination], prefixes: Iterable[Network]
) -> tuple[Reach, ...]:
    """Try every destination from `source`, in one visit; results in the given order.

    Raises UsageError for a destination outside `prefixes` or with no TCP port, before anything is
    tried. A source that cannot be reached gives `error` for each destination.
    """
    refuse_strangers(destinations, prefixes)
    if not destinations:
        return ()
    rounds = -(-len(destinations) // AT_ONCE)
    seconds = rounds * (WAIT + 2) + 5
    command = Command("reach", script(destinations), seconds, len(destinations) * 300)
    try:
        raw = fetch(source, Wanted((), (), (command,), (), ()))
    except TargetError as error:
        reason = msg("{error}", error=error.message)
        return tuple(Reach(one, "error", reason) for one in destinations)
    return parse(raw.outputs.get("reach"), destinations)


def refuse_strangers(destinations: Sequence[Destination], prefixes: Iterable[Network]) -> None:
    """Raise UsageError unless every destination lies in the estate and can be tried."""
    networks = tuple(prefixes)
    if len(destinations) > MOST:
        raise UsageError(_("at most {most} destinations can be tried at a time", most=MOST))
    for one in destinations:
        if not any(one.address in network for network in networks):
            message = _("{address} is not in the estate and will not be tried", address=one.address)
            raise UsageError(message)
        if not 0 < one.port < 65536:
            raise UsageError(_("{port} is no TCP port", port=one.port))


def script(destinations: Sequence[Destination]) -> str:
    """Connections in groups, side by side; each prints its number, status and error in one line."""
    lines = [
        "command -v bash >/dev/null || exit 127",
        f"""try() {{
  said=$(timeout {WAIT} bash -c "exec 3<>/dev/tcp/$2/$3" 2>&1)
  printf '%s %s %.200s\\n' "$1" $? "$(printf '%s' "$said" | tr '\\n' ' ')"
}}""",
    ]
    for number, one in enumerate(destinations):
        lines.append(f"try {number} {shlex.quote(str(one.address))} {int(one.port)} &")
        if number % AT_ONCE == AT_ONCE - 1:
            lines.append("wait")
    return "\n".join([*lines, "wait"])


def parse(output: Output | None, destinations: Sequence[Destination]) -> tuple[Reach, ...]:
    """Read what `script` printed; a destination without a line is an `error`."""
    failure = msg("the visit ended before this connection")
    if output is not None:
        failure = failure_of(output) or failure
    text = output.stdout.decode("utf-8", "replace") if output is not None else ""
    said: dict[int, tuple[int, str]] = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([0-9]{1,5}) ([0-9]{1,3}) (.*)", line, re.ASCII)
        if match:
            said.setdefault(int(match[1]), (int(match[2]), match[3]))
    return tuple(
        _reach(one, *said[number]) if number in said else Reach(one, "error", failure)
        for number, one in enumerate(destinations)
    )


def _reach(destination: Destination, status: int, said: str) -> Reach:
    if status == 0:
        return Reach(destination, "open", msg("{place} answered", place=destination))
    if status in {124, 137}:
        reason = msg("{place} did not answer within {seconds} s", place=destination, seconds=WAIT)
        return Reach(destination, "blocked", reason)
    if "Connection refused" in said:
        return Reach(destination, "refused", msg("{place} refused", place=destination))
    # nftables' `reject` comes back as one of these two.
    if "No route to host" in said or "Permission denied" in said:
        return Reach(
            destination, "blocked", msg("{place} is rejected on the way", place=destination)
        )
    return Reach(
        destination, "error", msg("{place}: {error}", place=destination, error=said[-100:])
    )
