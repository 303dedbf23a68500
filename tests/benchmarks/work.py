"""The work that both sides of the provisioning benchmark do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from stacks import resources
from stacks.files import HostFile

POOL = "govctl"
KEY = resources.SSH_HOST_KEY
FILES = {f"/etc/bench/file-{number}": f"{number}\n" * 200 for number in range(12)}
"""As many as a machine of an estate has."""
LIMITS = resources.InstanceLimits(memory=256 * 2**20, cpu=1, disk=2**30, processes=512)


@dataclass(frozen=True)
class Site:
    """A network and its machines, by the names that LXD knows them by."""

    id: str
    network: str
    machines: tuple[str, ...]


def sites(prefix: str, machines: int) -> list[Site]:
    """Two machines to a site, as a commune has; `prefix` is six characters at most."""
    return [
        Site(
            f"s{number}",
            f"{prefix}-n{number}",
            tuple(f"{prefix}-m{one}" for one in (2 * number, 2 * number + 1) if one < machines),
        )
        for number in range((machines + 1) // 2)
    ]


def program(estate: str, image: str, wanted: list[Site]) -> Callable[[], None]:
    """The same as a Pulumi program."""

    def run() -> None:
        target = resources.Provider("target", estate=estate)
        for site in wanted:
            place = resources.Site(site.id, opts=pulumi.ResourceOptions(providers=[target]))
            opts = pulumi.ResourceOptions(parent=place, provider=target)
            network = resources.Network(site.network, bridge=site.network, opts=opts)
            for machine in site.machines:
                resources.Instance(
                    machine,
                    machine=machine,
                    image=image,
                    pool=POOL,
                    limits=LIMITS,
                    interfaces=[resources.Interface("eth0", network.name, _mac(machine))],
                    files=[HostFile(path, text) for path, text in FILES.items()],
                    opts=opts,
                )

    return run


def _mac(machine: str) -> str:
    number = int(machine.rsplit("-m", 1)[1])
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"
