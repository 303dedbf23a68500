"""`govctl:lxd:Network`: the bridge of a zone; the host has no part in it but its own address."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import override

from govctl.texts import _
from stacks.provider.codec import Plain
from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties
from stacks.provider.ownership import ESTATE
from stacks.provider.targets.target import AlreadyExists, Network, Tags


class NetworkInputs(Inputs):
    """A bridge; addresses are the host's own on it, with prefix length."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,14}$")
    description: str = ""
    ipv4_address: str | None = None
    ipv6_address: str | None = None
    mtu: int | None = None
    options: dict[str, str] = Field(default_factory=dict)
    """Always empty in a program; a live bridge's foreign settings show here as drift."""

    def as_network(self, tags: dict[str, str]) -> Network:
        """The target's view of it."""
        return Network(
            self.name, self.description, self.ipv4_address, self.ipv6_address, self.mtu, tags
        )


class NetworkKind(Kind[NetworkInputs]):
    """A bridge that carries only what the estate's machines send."""

    token = "govctl:lxd:Network"  # noqa: S105 - a resource type
    inputs = NetworkInputs
    replaces = frozenset({"name"})
    echoes = frozenset({"name"})
    delete_first = False

    @override
    def create(self, context: Context, new: NetworkInputs) -> Made:
        try:
            context.target.create_network(new.as_network(context.owner.tags))
        except AlreadyExists:
            live = context.target.network(new.name)
            context.owner.require(_what(new.name), live.tags if live else {})
            context.target.update_network(new.as_network(context.owner.tags))
        return Made(new.name, _outputs(new.name, context.owner.tags))

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        live = context.target.network(before.id)
        if live is None or not before.allows(context.owner, live.tags):
            return None
        inputs: dict[str, Plain] = {
            "name": live.name,
            "description": live.description,
            "ipv4_address": live.ipv4,
            "ipv6_address": live.ipv6,
            "mtu": live.mtu,
            "options": dict(live.options),
        }
        kept = {key: value for key, value in inputs.items() if value or key in before.inputs}
        return Live(before.id, kept, _outputs(live.name, live.tags))

    @override
    def update(self, context: Context, before: Before, new: NetworkInputs) -> Properties:
        live = context.target.network(new.name)
        if live is not None and not before.allows(context.owner, live.tags):
            context.owner.require(_what(new.name), live.tags)
        context.target.update_network(new.as_network(context.owner.tags))
        return _outputs(new.name, context.owner.tags)

    @override
    def delete(self, context: Context, before: Before) -> None:
        live = context.target.network(before.id)
        if live is not None and before.allows(context.owner, live.tags):
            context.target.delete_network(before.id)


def _outputs(name: str, tags: Tags) -> Properties:
    return {"name": name, "imported": None if ESTATE in tags else True}


def _what(name: str) -> str:
    return _("network {name}", name=name)
