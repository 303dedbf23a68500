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

SITE = "govctl:estate:Site"
SYSTEM = "govctl:estate:System"
FLOW = "govctl:estate:Flow"
BRIDGE_POINT = "govctl:estate:BridgePoint"
IMAGE = "govctl:lxd:Image"
NETWORK = "govctl:lxd:Network"
INSTANCE = "govctl:lxd:Instance"
AUTHORITY = "govctl:pki:Authority"
CERTIFICATE = "govctl:pki:Certificate"
SEED = "govctl:secret:Seed"
ROUTE = "govctl:host:Route"

SSH_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
Options = pulumi.ResourceOptions


class Provider(pulumi.ProviderResource):
    """Who makes the resources: the estate whose mark they carry, and the target they live on."""

    def __init__(
        self,
        resource_name: str,
        *,
        estate: str,
        url: str | None = None,
        opts: Options | None = None,
    ) -> None:
        super().__init__("govctl", resource_name, {"estate": estate, "url": url}, opts)


class Image(pulumi.CustomResource):
    """A role's image on the target; imported from the two files only if the target lacks it."""

    fingerprint: pulumi.Output[str]
    alias: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        role: str,
        digest: str,
        metadata: Path,
        rootfs: Path,
        opts: Options | None = None,
    ) -> None:
        properties = {
            "role": role,
            "digest": digest,
            "metadata_path": str(metadata.absolute()),
            "rootfs_path": str(rootfs.absolute()),
            "fingerprint": None,
            "alias": None,
        }
        super().__init__(IMAGE, resource_name, properties, opts)


class Network(pulumi.CustomResource):
    """The bridge of a zone, named by `bridge_name(estate, zone)`; addresses are the host's own."""

    name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        bridge: str,
        description: str = "",
        ipv4_address: str | None = None,
        ipv6_address: str | None = None,
        mtu: int | None = None,
        opts: Options | None = None,
    ) -> None:
        properties = {
            "name": bridge,
            "description": description,
            "ipv4_address": ipv4_address,
            "ipv6_address": ipv6_address,
            "mtu": mtu,
        }
        super().__init__(NETWORK, resource_name, properties, opts)


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
    """A machine; `host_key` is its public SSH key, read from it after its first start.

    `image` is a fingerprint or an alias, and counts when the machine is made; another `role`
    replaces the machine. `wait_for` is a file that it makes when it is ready, or empty to wait for
    nothing.
    """

    name: pulumi.Output[str]
    host_key: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        machine: str,
        image: pulumi.Input[str],
        role: str = "",
        pool: str,
        limits: InstanceLimits,
        interfaces: Sequence[Interface],
        files: Sequence[HostFile] = (),
        labels: Mapping[str, str] | None = None,
        state: Literal["running", "stopped"] = "running",
        wait_for: str = SSH_HOST_KEY,
        opts: Options | None = None,
    ) -> None:
        properties = {
            "name": machine,
            "image": image,
            "role": role,
            "pool": pool,
            "limits": dict(vars(limits)),
            "nics": [dict(vars(interface)) for interface in interfaces],
            "files": [_file(file) for file in files],
            "labels": dict(labels or {}),
            "state": state,
            "wait_for": wait_for,
            "host_key": None,
        }
        # Old and new have one name; the provider's own answer counts only where a property changed.
        own = Options(delete_before_replace=True)
        super().__init__(INSTANCE, resource_name, properties, Options.merge(opts, own))


class Authority(pulumi.CustomResource):
    """The estate's root certificate (PEM), made by the machine `instance` at its first boot."""

    instance: pulumi.Output[str]
    certificate: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        instance: pulumi.Input[str],
        path: str = "/etc/ssl/govctl/root.pem",
        opts: Options | None = None,
    ) -> None:
        computed = {"certificate": None, "fingerprint": None, "not_after": None}
        properties = {"instance": instance, "path": path, **computed}
        super().__init__(AUTHORITY, resource_name, properties, opts)


class Certificate(pulumi.CustomResource):
    """A key and a certificate on a machine: `/etc/ssl/govctl/<certificate>.key` and `.pem`.

    `authority` and `instance` are machines by their names on the target; `restart` names the units
    to restart when the certificate is new.
    """

    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
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
        opts: Options | None = None,
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
        super().__init__(CERTIFICATE, resource_name, properties, opts)


class Seed(pulumi.CustomResource):
    """Random bytes that the estate's passwords are derived from; `value` is secret, base64.

    The original is the file `path` on this machine (mode 0600), which begins in the engine's folder
    unless it is absolute, so that a killed run never leads to a second seed.
    """

    value: pulumi.Output[str]

    def __init__(
        self, resource_name: str, *, path: Path, size: int = 32, opts: Options | None = None
    ) -> None:
        properties = {"path": str(path), "bytes": size, "value": None}
        secret = Options(additional_secret_outputs=["value"])
        super().__init__(SEED, resource_name, properties, Options.merge(secret, opts))


class Route(pulumi.CustomResource):
    """This machine's routes to the estate's prefixes (protocol 201)."""

    def __init__(
        self,
        resource_name: str,
        *,
        device: pulumi.Input[str],
        prefixes4: Sequence[str],
        via4: str | None,
        prefixes6: Sequence[str],
        via6: str | None,
        opts: Options | None = None,
    ) -> None:
        properties = {
            "device": device,
            "prefixes4": list(prefixes4),
            "via4": via4,
            "prefixes6": list(prefixes6),
            "via6": via6,
        }
        super().__init__(ROUTE, resource_name, properties, opts)


class Site(pulumi.ComponentResource):
    """A place; the parent of its networks, machines and bridge points."""

    def __init__(self, resource_name: str, opts: Options | None = None) -> None:
        super().__init__(SITE, resource_name, None, opts)
        self.register_outputs({})


class System(pulumi.CustomResource):
    """An information system: its level, and the kinds of zones that its site has and does without.

    `without` gives the reason for each kind; `baselines` are those that the plan is judged by.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        level: int,
        zones: Sequence[str],
        without: Mapping[str, str],
        baselines: Sequence[str],
        opts: Options | None = None,
    ) -> None:
        properties = {
            "id": resource_name,
            "level": level,
            "zones": list(zones),
            "without": dict(without),
            "baselines": list(baselines),
        }
        super().__init__(SYSTEM, resource_name, properties, opts)


class Flow(pulumi.CustomResource):
    """An opening: where it leads (kinds of zones), why, and whether it comes from the outside."""

    def __init__(
        self,
        resource_name: str,
        *,
        flow: str,
        zone_kinds: Sequence[str],
        why: str,
        outside: bool,
        opts: Options | None = None,
    ) -> None:
        properties = {"id": flow, "zone_kinds": list(zone_kinds), "why": why, "outside": outside}
        super().__init__(FLOW, resource_name, properties, opts)


class BridgePoint(pulumi.CustomResource):
    """A room of video conferences: its driver, and the kind of zone that its machine stands in."""

    def __init__(
        self, resource_name: str, *, driver: str, zone_kind: str, opts: Options | None = None
    ) -> None:
        properties = {"id": resource_name, "driver": driver, "zone_kind": zone_kind}
        super().__init__(BRIDGE_POINT, resource_name, properties, opts)


def _file(file: HostFile) -> dict[str, object]:
    given = {name: value for name, value in vars(file).items() if name != "followed" or value}
    return {**given, "apply": list(file.apply)}
