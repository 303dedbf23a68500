"""Our objects as LXD writes them, and back: pure functions, no traffic.

What differs from what govctl sets comes back as `options`, so that a hand-made change is seen as
drift: a setting by its key, a device as `device:<name>`; one that was taken away is `(unset)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from stacks.provider.targets.target import Image, Instance, Limits, Network, Nic, Tags

PREFIX = "user.govctl."
_UNSET = "(unset)"

# The host is no router, no DHCP and no name server for an estate: its machines are.
_NETWORK = {
    "dns.mode": "none",
    "ipv4.dhcp": "false",
    "ipv4.firewall": "false",
    "ipv4.nat": "false",
    "ipv4.routing": "false",
    "ipv6.dhcp": "false",
    "ipv6.firewall": "false",
    "ipv6.nat": "false",
    "ipv6.routing": "false",
}
# Where the host has AppArmor, the daemon's own profile refuses what units of Debian 12 ask for: the
# /proc of ProtectProc= (networkd, logind, chrony), and the lock of DynamicUser= (rooms).
# A rule of raw.apparmor allows the first and `unix,` not the second.
_INSTANCE = {
    "boot.autostart": "true",
    "raw.lxc": "lxc.apparmor.profile=unconfined",
    "security.idmap.isolated": "true",
    "security.nesting": "false",
    "security.privileged": "false",
}
_LIMITS = {"limits.memory": "memory", "limits.cpu": "cpu", "limits.processes": "processes"}
_UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip


def image(raw: Mapping[str, Any]) -> Image:
    """An image of `/1.0/images`."""
    aliases = tuple(alias["name"] for alias in raw.get("aliases") or ())
    return Image(raw["fingerprint"], aliases, _tags(raw["properties"]))


def properties(tags: Tags) -> dict[str, str]:
    """Tags as image properties or settings."""
    return {PREFIX + name: value for name, value in tags.items()}


def network_settings(network: Network) -> dict[str, str]:
    """The `config` of a bridge."""
    settings = dict(_NETWORK)
    settings["ipv4.address"] = network.ipv4 or "none"
    settings["ipv6.address"] = network.ipv6 or "none"
    if network.mtu is not None:
        settings["bridge.mtu"] = str(network.mtu)
    if network.ipv4 or network.ipv6:
        # LXD runs dnsmasq on every bridge with an address, whatever dns.mode and dhcp say: it would
        # answer on port 53 and announce this host as an IPv6 router.
        settings["raw.dnsmasq"] = f"port=0\nra-param={network.name},0,0"
    return settings | properties(network.tags)


def machines_on(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The machines that have a leg in a network."""
    urls = (str(url).partition("?")[0] for url in raw.get("used_by") or ())
    return tuple(unquote(url.rpartition("/")[2]) for url in urls if "/instances/" in url)


def network(raw: Mapping[str, Any]) -> Network:
    """A network of `/1.0/networks`."""
    settings: Mapping[str, str] = raw["config"]
    mtu = settings.get("bridge.mtu")
    plain = Network(
        name=raw["name"],
        description=raw["description"],
        ipv4=_address(settings.get("ipv4.address")),
        ipv6=_address(settings.get("ipv6.address")),
        mtu=int(mtu) if mtu else None,
        tags=_tags(settings),
    )
    return Network(**vars(plain) | {"options": _deviations(settings, network_settings(plain))})


def instance_settings(instance: Instance) -> dict[str, str]:
    """The `config` of a container."""
    limits = {key: str(getattr(instance.limits, name)) for key, name in _LIMITS.items()}
    return _INSTANCE | limits | properties(instance.tags)


def instance_devices(instance: Instance) -> dict[str, dict[str, str]]:
    """The `devices` of a container: its root disk and its legs."""
    root = {
        "type": "disk",
        "path": "/",
        "pool": instance.pool,
        "size": str(instance.limits.disk),
    }
    return {"root": root} | {nic.name: _nic(nic) for nic in instance.nics}


def instance(raw: Mapping[str, Any]) -> Instance:
    """A container of `/1.0/instances`."""
    settings: Mapping[str, str] = raw["config"]
    devices: Mapping[str, Mapping[str, str]] = raw["devices"]
    root = devices.get("root", {})
    limits = Limits(
        disk=_number(root.get("size")),
        **{name: _number(settings.get(key)) for key, name in _LIMITS.items()},
    )
    nics = tuple(
        Nic(name, device["network"], device.get("hwaddr", ""))
        for name, device in devices.items()
        if device["type"] == "nic" and device.get("network")
    )
    plain = Instance(
        name=raw["name"],
        image=settings.get("volatile.base_image", ""),
        pool=root.get("pool", ""),
        limits=limits,
        nics=nics,
        tags=_tags(settings),
        running=raw["status"] == "Running",
    )
    options = _deviations(settings, instance_settings(plain), ignore=_LIMITS)
    wanted = instance_devices(plain)
    options |= {
        f"device:{name}": json.dumps(device, sort_keys=True)
        for name, device in devices.items()
        if name != "root" and device != wanted.get(name)
    }
    return Instance(**vars(plain) | {"options": options})


def _nic(nic: Nic) -> dict[str, str]:
    return {"type": "nic", "name": nic.name, "network": nic.network, "hwaddr": nic.mac}


def _tags(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        key.removeprefix(PREFIX): value for key, value in settings.items() if key.startswith(PREFIX)
    }


def _deviations(
    live: Mapping[str, str], wanted: Mapping[str, str], ignore: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Settings that differ; LXD's own notes (`volatile.*`, `image.*`) and our tags are none."""
    notes = ("volatile.", "image.", PREFIX)
    return {
        key: live.get(key, _UNSET)
        for key in live.keys() | wanted.keys()
        if live.get(key) != wanted.get(key)
        and not key.startswith(notes)
        and key not in (ignore or ())
    }


def _address(text: str | None) -> str | None:
    return None if text in (None, "", "none") else text


def _number(text: str | None) -> int:
    """Bytes or a count as LXD writes them (`512MiB`, `2`); 0 for no limit, -1 for a text of its own
    (`50%`, `0-3`), which no wish of ours equals."""
    if not text:
        return 0
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = _UNITS.get(text[len(digits) :].lower())
    return int(digits) * unit if unit and digits.isdecimal() else -1
