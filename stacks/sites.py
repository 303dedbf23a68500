"""The program of a group of sites: each site's zones, its router and its bridge points."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import pulumi

from govctl.estate.model import Estate, Site
from stacks import resources
from stacks.authority import authority_of
from stacks.context import Context
from stacks.core import HOST_KEYS, ROOT_CERTIFICATE, SEED
from stacks.inputs import CORE, Inputs
from stacks.parts import machine_certificates, machine_instance, zone_network
from stacks.provider.naming import instance_name

T = TypeVar("T")


def sites_program(estate: Estate, sites: Sequence[Site], inputs: Inputs) -> Callable[[], None]:
    """The program of one group, to be run by Pulumi's engine after `core`."""

    def program() -> None:
        ours = pulumi.ResourceOptions(
            provider=resources.Provider("target", estate=estate.id, url=estate.target.url)
        )
        context = _context(inputs)
        keys: dict[str, pulumi.Output[str]] = {}
        for site in sites:
            keys |= _site(estate, site, inputs, context, ours)
        pulumi.export(HOST_KEYS, keys)

    return program


def _context(inputs: Inputs) -> Context:
    if pulumi.runtime.is_dry_run() and not inputs.core_stands:
        return Context(unknown(), pulumi.Output.secret(unknown()), inputs.admin_key)
    core = pulumi.StackReference(f"organization/{inputs.project}/{CORE}")
    return Context(
        core.require_output(ROOT_CERTIFICATE), core.require_output(SEED), inputs.admin_key
    )


def unknown() -> pulumi.Output[str]:
    """A value that only an update will tell: what the plan of a first `up` knows of `core`."""
    return pulumi.Output(_settled(set()), _settled(""), _settled(False))


def _settled(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.get_event_loop().create_future()
    future.set_result(value)
    return future


def _site(
    estate: Estate, site: Site, inputs: Inputs, context: Context, ours: pulumi.ResourceOptions
) -> dict[str, pulumi.Output[str]]:
    here = pulumi.ResourceOptions(parent=resources.Site(site.id, ours))
    bridges = {
        zone.id: zone_network(estate, zone, here).name
        for zone in estate.zones
        if zone.site == site.id
    }
    images = {role: image.alias for role, image in inputs.images.items()}
    for point in estate.bridge_points:
        if point.site == site.id:
            zone = estate.zone(estate.machine(point.machine).interfaces[0].zone)
            resources.BridgePoint(point.id, driver=point.kind, zone_kind=zone.kind, opts=here)
    machines = [m for m in estate.machines if m.site == site.id and m.existing is None]
    authority = instance_name(estate.id, authority_of(estate).id)
    keys = {}
    for machine in machines:
        made = machine_instance(estate, machine, images, bridges, context, here)
        machine_certificates(estate, machine, made, authority, here)
        keys[machine.id] = made.host_key
    return keys
