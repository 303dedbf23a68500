"""What every program makes alike: a zone's bridge, a machine."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from govctl.estate.model import Estate, Interface, Machine, Zone
from stacks import resources
from stacks.context import Context
from stacks.provider.naming import bridge_name, instance_name
from stacks.render import certificates_for, files_for

Names = Mapping[str, pulumi.Input[str]]
"""Zone id → bridge, or role → image: an output where the same program makes it."""


def zone_network(estate: Estate, zone: Zone, opts: pulumi.ResourceOptions) -> resources.Network:
    """The bridge of a zone; only the controller's zone gives the host an address."""
    is_controllers = zone.id == estate.controller.zone
    return resources.Network(
        zone.id,
        bridge=bridge_name(estate.id, zone.id),
        description=f"{estate.id} {zone.id}",
        ipv4_address=str(estate.controller.ipv4) if is_controllers else None,
        ipv6_address=str(estate.controller.ipv6) if is_controllers else None,
        opts=opts,
    )


def machine_instance(
    estate: Estate,
    machine: Machine,
    images: Names,
    bridges: Names,
    context: Context,
    opts: pulumi.ResourceOptions,
) -> resources.Instance:
    """A machine with its files, cloned from the image of its role."""
    limits = machine.limits
    return resources.Instance(
        machine.id,
        machine=instance_name(estate.id, machine.id),
        image=images[machine.role],
        role=machine.role,
        pool=estate.target.pool,
        limits=resources.InstanceLimits(limits.memory, limits.cpu, limits.disk, limits.processes),
        interfaces=[_interface(estate, leg, bridges) for leg in machine.interfaces],
        files=files_for(machine, estate, context),
        labels=labels(machine),
        opts=opts,
    )


def machine_certificates(
    estate: Estate,
    machine: Machine,
    instance: resources.Instance,
    authority: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """The certificates of a machine, signed by the authority's machine of this name."""
    gone = pulumi.ResourceOptions(deleted_with=instance)
    for spec in certificates_for(machine, estate):
        resources.Certificate(
            f"{machine.id}/{spec.name}",
            authority=authority,
            instance=instance.name,
            certificate=spec.name,
            common_name=spec.common_name,
            dns=spec.dns,
            ips=spec.ips,
            owner=spec.owner,
            group=spec.group,
            restart=spec.restart,
            opts=pulumi.ResourceOptions.merge(opts, gone),
        )


def labels(machine: Machine) -> Mapping[str, str]:
    """What a person sees of a machine in the target's own tools."""
    return {
        "machine": machine.id,
        "role": machine.role,
        "site": machine.site,
        "unit": machine.unit,
        **({"system": machine.system} if machine.system else {}),
    }


def _interface(estate: Estate, leg: Interface, bridges: Names) -> resources.Interface:
    bridge = bridges.get(leg.zone) or bridge_name(estate.id, leg.zone)
    return resources.Interface(leg.name, bridge, leg.mac)
