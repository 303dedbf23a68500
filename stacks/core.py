"""The program `core`: images, the wide-area network, the hub, and the controller's way in."""

from __future__ import annotations

from collections.abc import Callable

import pulumi

from govctl.estate.flow import Flow
from govctl.estate.model import Estate, System
from stacks import resources
from stacks.authority import authority_of
from stacks.context import Context
from stacks.inputs import Inputs
from stacks.parts import Names, machine_certificates, machine_instance, zone_network

HOST_KEYS = "host_keys"
ROOT_CERTIFICATE = "root_certificate"
SEED = "seed"

Instances = dict[str, resources.Instance]
"""By machine."""


def core_program(estate: Estate, inputs: Inputs) -> Callable[[], None]:
    """The program of the stack `core`, to be run by Pulumi's engine."""

    def program() -> None:
        ours = pulumi.ResourceOptions(
            provider=resources.Provider("target", estate=estate.id, url=estate.target.url)
        )
        images = {role: _image(inputs, role, ours) for role in sorted(inputs.images)}
        seed = resources.Seed("seed", path=inputs.seed, opts=ours)
        for system in estate.systems:
            _system(estate, system, ours)
        for flow in estate.flows:
            _flow(estate, flow, ours)
        hub = pulumi.ResourceOptions(parent=resources.Site(estate.hub.id, ours))
        networks = {
            zone.id: zone_network(estate, zone, hub)
            for zone in estate.zones
            if zone.site in (None, estate.hub.id)
        }
        root, instances = _machines(
            estate,
            inputs,
            seed,
            {role: image.fingerprint for role, image in images.items()},
            {zone: network.name for zone, network in networks.items()},
            hub,
        )
        _route(estate, networks[estate.controller.zone], ours)
        pulumi.export(ROOT_CERTIFICATE, root.certificate)
        pulumi.export(SEED, seed.value)
        pulumi.export(HOST_KEYS, {name: made.host_key for name, made in instances.items()})

    return program


def _image(inputs: Inputs, role: str, opts: pulumi.ResourceOptions) -> resources.Image:
    files = inputs.images[role]
    return resources.Image(
        role,
        role=role,
        digest=files.digest,
        metadata=files.metadata,
        rootfs=files.rootfs,
        opts=opts,
    )


def _system(estate: Estate, system: System, opts: pulumi.ResourceOptions) -> resources.System:
    site = estate.site(system.site)
    return resources.System(
        system.id,
        level=system.level,
        zones=sorted({estate.zone(zone).kind for zone in site.zones}),
        without=site.without,
        baselines=estate.baselines,
        opts=opts,
    )


def _flow(estate: Estate, flow: Flow, opts: pulumi.ResourceOptions) -> resources.Flow:
    """A flow's name says all that it opens, so that a changed opening is one closed and one new."""
    ports = ",".join(
        str(span.first) if span.first == span.last else f"{span.first}-{span.last}"
        for span in flow.ports
    )
    return resources.Flow(
        f"{flow.source.ref} → {flow.destination.ref} {flow.protocol}/{ports}",
        flow=flow.id,
        zone_kinds=sorted({estate.zone(zone).kind for zone in flow.destination.zones}),
        why=flow.why,
        outside=flow.source.outside,
        opts=opts,
    )


def _machines(
    estate: Estate,
    inputs: Inputs,
    seed: resources.Seed,
    images: Names,
    bridges: Names,
    opts: pulumi.ResourceOptions,
) -> tuple[resources.Authority, Instances]:
    """The authority's machine first: the others are born with its root certificate."""
    machines = [m for m in estate.machines if m.site == estate.hub.id and m.existing is None]
    authority = authority_of(estate)
    own = Context("", "", inputs.admin_key)
    first = machine_instance(estate, authority, images, bridges, own, opts)
    root = resources.Authority("authority", instance=first.name, opts=opts)
    context = Context(root.certificate, seed.value, inputs.admin_key)
    instances = {authority.id: first}
    for machine in machines:
        if machine.id != authority.id:
            made = machine_instance(estate, machine, images, bridges, context, opts)
            instances[machine.id] = made
        machine_certificates(estate, machine, instances[machine.id], root.instance, opts)
    return root, instances


def _route(
    estate: Estate, network: resources.Network, opts: pulumi.ResourceOptions
) -> resources.Route:
    controller = estate.controller
    return resources.Route(
        "controller",
        device=network.name,
        prefixes4=[str(estate.ipv4)],
        via4=str(controller.via4),
        prefixes6=[str(estate.ipv6)],
        via6=str(controller.via6),
        opts=opts,
    )
