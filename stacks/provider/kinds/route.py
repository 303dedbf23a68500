"""`govctl:host:Route`: this machine's way to the estate's prefixes, through the estate's firewall.

The routes carry protocol 201, so that ours are told from all others (`ip route show proto 201`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from typing_extensions import override

from govctl.errors import MissingPrerequisite, TargetError
from govctl.texts import _
from stacks.provider.codec import Plain
from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties

PROTOCOL = "201"
_TIMEOUT = 10
Family = Literal["-4", "-6"]


class RouteInputs(Inputs):
    """Prefixes and next hops for both families, and the bridge that leads there."""

    device: str
    prefixes4: tuple[str, ...] = ()
    via4: str | None = None
    prefixes6: tuple[str, ...] = ()
    via6: str | None = None

    def routes(self) -> Iterator[tuple[Family, str, str]]:
        """Family, prefix, next hop."""
        if self.via4:
            yield from (("-4", prefix, self.via4) for prefix in self.prefixes4)
        if self.via6:
            yield from (("-6", prefix, self.via6) for prefix in self.prefixes6)


class RouteKind(Kind[RouteInputs]):
    """Only routes of protocol 201 on this device are ever read, changed or deleted."""

    token = "govctl:host:Route"  # noqa: S105 - a resource type
    inputs = RouteInputs
    replaces = frozenset({"device"})

    @override
    def create(self, context: Context, new: RouteInputs) -> Made:
        for family, prefix, via in new.routes():
            _require_free(family, prefix, new.device)
            _ip(
                family, "route", "replace", prefix, "via", via, "dev", new.device, "proto", PROTOCOL
            )
        return Made(new.device, {})

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        inputs: dict[str, Plain] = {**before.inputs, "device": before.id}
        old = self.parse(inputs)
        live = {"4": _ours("-4", before.id), "6": _ours("-6", before.id)}
        if not any(live.values()):
            return None
        for version, routes in live.items():
            via = getattr(old, f"via{version}") or next(iter(routes.values()), None)
            standing = {prefix for prefix, hop in routes.items() if hop == via}
            wanted = getattr(old, f"prefixes{version}")
            if wanted or standing:
                order = [prefix for prefix in wanted if prefix in standing]
                inputs[f"prefixes{version}"] = order + sorted(standing.difference(wanted))
                inputs[f"via{version}"] = via
        return Live(before.id, inputs, {})

    @override
    def update(self, context: Context, before: Before, new: RouteInputs) -> Properties:
        keep = {(family, prefix) for family, prefix, _via in new.routes()}
        _remove(self.parse(before.inputs), keep)
        return self.create(context, new).outputs

    @override
    def delete(self, context: Context, before: Before) -> None:
        _remove(self.parse(before.inputs), keep=set())


def _remove(old: RouteInputs, keep: set[tuple[Family, str]]) -> None:
    for family, prefix, via in old.routes():
        if (family, prefix) not in keep and _ours(family, old.device).get(prefix) == via:
            _ip(family, "route", "del", prefix, "via", via, "dev", old.device, "proto", PROTOCOL)


def _ours(family: Family, device: str) -> dict[str, str]:
    """Next hops by prefix of our routes on a device; empty if there is no such device."""
    if not Path("/sys/class/net", device).exists():
        return {}
    shown = json.loads(_ip(family, "-j", "route", "show", "dev", device, "proto", PROTOCOL) or "[]")
    return {_prefix(family, route["dst"]): route.get("gateway", "") for route in shown}


def _require_free(family: Family, prefix: str, device: str) -> None:
    """TargetError if somebody else's route to the very same prefix stands: we would replace it."""
    for route in json.loads(_ip(family, "-j", "route", "show", "exact", prefix) or "[]"):
        if (route.get("protocol"), route.get("dev")) != (PROTOCOL, device):
            raise TargetError(
                _("{prefix} is routed through {device} already, not by this estate",
                  prefix=prefix, device=route.get("dev", "–"))
            )  # fmt: skip


def _prefix(family: Family, text: str) -> str:
    if text == "default":
        return "0.0.0.0/0" if family == "-4" else "::/0"
    return str(ip_network(text))


def _ip(family: Family, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["ip", family, *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingPrerequisite(
            _("the program {name} is not there", name="ip"), hint=_("run: govctl doctor --fix")
        ) from error
    if done.returncode != 0:
        raise TargetError(
            _("`ip {arguments}` failed: {error}",
              arguments=" ".join(arguments), error=done.stderr.strip())
        )  # fmt: skip
    return done.stdout
