"""Every kind of resource, by the engine's type."""

from __future__ import annotations

from typing import Any

from stacks.provider.kind import Kind
from stacks.provider.kinds.authority import AuthorityKind
from stacks.provider.kinds.certificate import CertificateKind
from stacks.provider.kinds.declared import BridgePointKind, FlowKind, SystemKind
from stacks.provider.kinds.image import ImageKind
from stacks.provider.kinds.instance import InstanceKind
from stacks.provider.kinds.network import NetworkKind
from stacks.provider.kinds.route import RouteKind
from stacks.provider.kinds.seed import SeedKind

_ALL: tuple[Kind[Any], ...] = (
    AuthorityKind(),
    BridgePointKind(),
    CertificateKind(),
    FlowKind(),
    ImageKind(),
    InstanceKind(),
    NetworkKind(),
    RouteKind(),
    SeedKind(),
    SystemKind(),
)
KINDS: dict[str, Kind[Any]] = {kind.token: kind for kind in _ALL}
