"""The resources that programs declare; `stacks.provider` makes them.

A program needs one `Provider` with the estate's id, passed with `opts` to every resource or to a
component above them. Pass outputs on (`network.name`, `image.fingerprint`, `machine.name`) rather
than the texts they were made from: the engine then knows what to make first and what to replace
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pulumi

from stacks.files import HostFile

INSTANCE = "govctl:lxd:Instance"
NETWORK = "govctl:lxd:Network"
SITE = "govctl:estate:Site"
SYSTEM = "govctl:estate:System"
FLOW = "govctl:estate:Flow"
BRIDGE_POINT = "govctl:estate:BridgePoint"
SSH_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"


class Provider(pulumi.ProviderResource):
    """Who makes the resources: the estate whose mark they carry, and the target they live on."""

    def __init__(
        self,
        name: str,
        *,
        estate: str,
        url: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("govctl", name, {"estate": estate, "url": url}, opts)


class Image(pulumi.CustomResource):
    """A role's image on the target; imported from the two files only if the target lacks it."""

    fingerprint: pulumi.Output[str]
    alias: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        role: str,
        digest: str,
        metadata: Path,
        rootfs: Path,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "role": role,
            "digest": digest,
            "metadata_path": str(metadata),
            "rootfs_path": str(rootfs),
            "fingerprint": None,
            "alias": None,
        }
        super().__init__("govctl:lxd:Image", name, properties, opts)


class Network(pulumi.CustomResource):
    """The bridge of a zone, named by `bridge_name(estate, zone)`; addresses are the host's own."""

    name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        bridge: str,
        description: str = "",
        ipv4_address: str | None = None,
        ipv6_address: str | None = None,
        mtu: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "name": bridge,
            "description": description,
            "ipv4_address": ipv4_address,
            "ipv6_address": ipv6_address,
            "mtu": mtu,
        }
        super().__init__("govctl:lxd:Network", name, properties, opts)


@dataclass(frozen=True)
class InstanceLimits:
    """Bytes of memory and disk, processors, processes."""

    memory: int
    cpu: int
    disk: int
    processes: int


@dataclass(frozen=True)
class Interface:
    """A leg of a machine: the name inside, the bridge, the MAC address in lower case."""

    name: str
    network: pulumi.Input[str]
    mac: str


class Instance(pulumi.CustomResource):
    """A machine; `host_key` is its public SSH key, read from it after its first start."""

    name: pulumi.Output[str]
    host_key: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        machine: str,
        image: pulumi.Input[str],
        pool: str,
        limits: InstanceLimits,
        interfaces: Sequence[Interface],
        files: Sequence[HostFile] = (),
        labels: Mapping[str, str] | None = None,
        state: Literal["running", "stopped"] = "running",
        wait_for: str = SSH_HOST_KEY,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "name": machine,
            "image": image,
            "pool": pool,
            "limits": dict(vars(limits)),
            "nics": [dict(vars(interface)) for interface in interfaces],
            "files": [{**vars(file), "apply": list(file.apply)} for file in files],
            "labels": dict(labels or {}),
            "state": state,
            "wait_for": wait_for,
            "host_key": None,
        }
        super().__init__("govctl:lxd:Instance", name, properties, opts)


class Authority(pulumi.CustomResource):
    """The estate's root certificate (PEM), made by the machine `instance` at its first boot."""

    certificate: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]
    instance: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        instance: pulumi.Input[str],
        path: str = "/etc/ssl/govctl/root.pem",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        computed = {"certificate": None, "fingerprint": None, "not_after": None}
        properties = {"instance": instance, "path": path, **computed}
        super().__init__("govctl:pki:Authority", name, properties, opts)


class Certificate(pulumi.CustomResource):
    """A key and a certificate on a machine: `/etc/ssl/govctl/<certificate>.key` and `.pem`.

    `restart` names the units to reload or restart when the certificate is new.
    """

    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        authority: pulumi.Input[str],
        instance: pulumi.Input[str],
        certificate: str,
        common_name: str,
        dns: Sequence[str] = (),
        ips: Sequence[str] = (),
        owner: str = "root",
        group: str = "root",
        days: int = 397,
        restart: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "authority_instance": authority,
            "instance": instance,
            "name": certificate,
            "common_name": common_name,
            "dns": list(dns),
            "ips": list(ips),
            "owner": owner,
            "group": group,
            "days": days,
            "restart": list(restart),
            "fingerprint": None,
            "not_after": None,
        }
        super().__init__("govctl:pki:Certificate", name, properties, opts)


class Seed(pulumi.CustomResource):
    """Random bytes that the estate's passwords are derived from; `value` is secret, base64.

    The original is the file `path` on this machine (mode 0600), so that a killed run never leads to
    a second seed.
    """

    value: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        path: Path,
        size: int = 32,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"path": str(path.absolute()), "bytes": size, "value": None}
        options = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(
            "govctl:secret:Seed", name, properties, pulumi.ResourceOptions.merge(options, opts)
        )


class Route(pulumi.CustomResource):
    """This machine's routes to the estate's prefixes (protocol 201)."""

    def __init__(
        self,
        name: str,
        *,
        device: pulumi.Input[str],
        prefixes4: Sequence[str],
        via4: str | None,
        prefixes6: Sequence[str],
        via6: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "device": device,
            "prefixes4": list(prefixes4),
            "via4": via4,
            "prefixes6": list(prefixes6),
            "via6": via6,
        }
        super().__init__("govctl:host:Route", name, properties, opts)


class _Declared(pulumi.ComponentResource):
    """What plans show and plan policies judge; no target has an object for it.

    The engine hands on a component's outputs and not its inputs, so the properties are outputs.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        properties: Mapping[str, object],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(kind, name, None, opts)
        self.register_outputs(dict(properties))


class Site(_Declared):
    """A site of the estate, above its networks and machines."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(SITE, name, {}, opts)


class System(_Declared):
    """An information system: its level, the kinds of zones at its site, and its baselines.

    `without` has the kinds that the site has no use for, each with the reason.
    """

    def __init__(
        self,
        name: str,
        *,
        level: int,
        zones: Sequence[str],
        without: Mapping[str, str],
        baselines: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "level": level,
            "zones": list(zones),
            "without": dict(without),
            "baselines": list(baselines),
        }
        super().__init__(SYSTEM, name, properties, opts)


class Flow(_Declared):
    """An opening, named by all that it opens; `zone_kinds` are those that it leads to."""

    def __init__(
        self,
        name: str,
        *,
        flow: str,
        zone_kinds: Sequence[str],
        why: str,
        outside: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"id": flow, "zone_kinds": list(zone_kinds), "why": why, "outside": outside}
        super().__init__(FLOW, name, properties, opts)


class BridgePoint(_Declared):
    """A room of video conferences; `zone_kind` is its machine's."""

    def __init__(
        self,
        name: str,
        *,
        driver: str,
        zone_kind: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(BRIDGE_POINT, name, {"driver": driver, "zone_kind": zone_kind}, opts)
