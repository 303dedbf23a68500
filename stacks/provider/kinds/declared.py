"""`govctl:estate:*`: what plans show and plan policies judge; no target has an object for it.

They are resources and not components because the engine hands a component's properties on to plan
policies only after the first update.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from typing_extensions import override

from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties


class SystemInputs(Inputs):
    """An information system: its level, the zones of its site, and its baselines."""

    id: str
    level: int
    zones: tuple[str, ...]
    without: dict[str, str]
    baselines: tuple[str, ...]


class FlowInputs(Inputs):
    """An opening: where it leads to, and whether from the outside."""

    id: str
    zone_kinds: tuple[str, ...]
    why: str
    outside: bool


class BridgePointInputs(Inputs):
    """A room of video conferences: its driver, and the kind of its zone."""

    id: str
    driver: str
    zone_kind: str


DeclaredT = TypeVar("DeclaredT", SystemInputs, FlowInputs, BridgePointInputs)


class _Declared(Kind[DeclaredT], Generic[DeclaredT]):
    """The state is all there is of it."""

    @override
    def create(self, context: Context, new: DeclaredT) -> Made:
        return Made(new.id, {})

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        return Live(before.id, before.inputs, before.outputs)

    @override
    def update(self, context: Context, before: Before, new: DeclaredT) -> Properties:
        return {}

    @override
    def delete(self, context: Context, before: Before) -> None:
        return None


class SystemKind(_Declared[SystemInputs]):
    """An information system."""

    token = "govctl:estate:System"  # noqa: S105 - a resource type
    inputs = SystemInputs


class FlowKind(_Declared[FlowInputs]):
    """An opening between zones."""

    token = "govctl:estate:Flow"  # noqa: S105 - a resource type
    inputs = FlowInputs


class BridgePointKind(_Declared[BridgePointInputs]):
    """A room of video conferences."""

    token = "govctl:estate:BridgePoint"  # noqa: S105 - a resource type
    inputs = BridgePointInputs
