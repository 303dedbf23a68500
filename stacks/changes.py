"""What an engine run would change or has changed, in the estate's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Operation = Literal["create", "update", "replace", "delete", "same", "read"]
OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "update": "update",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "delete": "delete",
    "same": "same",
    "read": "read",
    "refresh": "same",
    "import": "create",
    "discard": "delete",
}
"""Pulumi's step operations → ours."""


@dataclass(frozen=True, order=True)
class Change:
    """One resource and what happens to it."""

    stack: str
    type: str
    name: str
    operation: Operation
    fields: tuple[str, ...] = ()
    """Top-level inputs that differ, where the engine says so."""

    @property
    def kind(self) -> str:
        """The last word of the type: `Instance`, `Network`, `Flow`."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def is_engines(self) -> bool:
        """True for what the engine needs for itself, such as a stack: nobody described it."""
        return is_engines(self.type)


@dataclass(frozen=True, order=True)
class Refusal:
    """A plan policy that said no."""

    policy: str
    stack: str
    resource: str
    reason: str


@dataclass(frozen=True)
class StackResult:
    """What one stack's run came to."""

    stack: str
    changes: tuple[Change, ...]
    """Without the resources that stay as they are."""
    unchanged: int
    outputs: Mapping[str, object]
    refusals: tuple[Refusal, ...] = ()

    @property
    def changed(self) -> bool:
        """True if anything was, or would be, created, updated, replaced or deleted."""
        return bool(self.changes)


@dataclass(frozen=True)
class Progress:
    """A resource started or finished, for whoever watches."""

    stack: str
    type: str
    name: str
    operation: Operation
    state: Literal["started", "done", "failed"]


Observer = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """An observer that watches nothing."""


def is_engines(type: str) -> bool:
    """True for a type of the engine's own resources: stacks and providers."""
    return type.startswith("pulumi:")


def split_urn(urn: str) -> tuple[str, str]:
    """Type and name of a Pulumi URN; of a chain of component types, the last one.

    `urn:pulumi:core::p::a:b:Comp$govctl:lxd:Instance::web` → (`govctl:lxd:Instance`, `web`).
    """
    parts = urn.split("::", 3)
    if len(parts) != 4:
        return "", urn
    return parts[2].rsplit("$", 1)[-1], parts[3]


def stack_of(urn: str) -> str:
    """The stack of a Pulumi URN: `urn:pulumi:core::…` → `core`."""
    return urn.split("::", 1)[0].rsplit(":", 1)[-1]
