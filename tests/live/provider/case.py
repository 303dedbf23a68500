"""One small estate: a network, a machine, and ways to look at it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pulumi

from stacks import resources
from stacks.files import HostFile
from stacks.provider.naming import bridge_name
from stacks.provider.targets.target import Target
from tests.live.provider.bench import Bench
from tests.live.provider.tiny_image import TinyImage

POOL = "govctl"
MIB = 2**20
SMALL = resources.InstanceLimits(memory=64 * MIB, cpu=1, disk=256 * MIB, processes=100)
NOTE = HostFile("/etc/govctl/note", "first\n", 0o640, apply=("echo applied >> /log",))


@dataclass(frozen=True)
class Lab:
    """What a program has made, for a test that adds to it."""

    image: resources.Image
    network: resources.Network
    machine: resources.Instance
    opts: pulumi.ResourceOptions


@dataclass(frozen=True)
class Wish:
    """The machine as a test wants it."""

    files: tuple[HostFile, ...] = (NOTE,)
    limits: resources.InstanceLimits = SMALL
    legs: int = 1
    digest: str = "0" * 64
    role: str = ""
    stopped: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    patience: str | None = None
    password: str | None = None
    """The secret content of /etc/password."""
    imported: bool = False
    more: Callable[[Lab], None] | None = None


class Case:
    """An estate with a name that nobody else has."""

    def __init__(self, folder: Path, files: TinyImage, target: Target) -> None:
        self.estate = f"t{secrets.token_hex(4)}"
        self.machine = f"{self.estate}-one"
        self.bridge = bridge_name(self.estate, "lab")
        self.target = target
        self.folder = folder
        self._files = files
        self.bench = Bench(folder, f"govctl-{self.estate}", self.program(Wish()))

    def up(self, wish: Wish | None = None) -> dict[str, int]:
        """Operations by kind, e.g. `{"create": 2, "same": 1}`."""
        return self.bench.up(self.program(wish or Wish()))

    def put_right(self, wish: Wish | None = None) -> None:
        """An update that looks at the machines first."""
        self.bench.up(self.program(wish or Wish()), refresh=True)

    def program(self, wish: Wish) -> Callable[[], None]:
        def run() -> None:
            opts = pulumi.ResourceOptions(provider=resources.Provider("target", estate=self.estate))
            image = resources.Image(
                "image",
                role=f"tiny-{self.estate}",
                digest=wish.digest,
                metadata=self._files.metadata,
                rootfs=self._files.rootfs,
                opts=opts,
            )
            network = resources.Network("lab", bridge=self.bridge, opts=opts)
            lab = Lab(image, network, self._machine(wish, image, network, opts), opts)
            pulumi.export("host_key", lab.machine.host_key)
            if wish.more:
                wish.more(lab)

        return run

    def _machine(
        self,
        wish: Wish,
        image: resources.Image,
        network: resources.Network,
        opts: pulumi.ResourceOptions,
    ) -> resources.Instance:
        files = list(wish.files)
        if wish.password is not None:
            secret = pulumi.Output.secret(wish.password)
            files.append(HostFile("/etc/password", secret, 0o600))
        own = pulumi.ResourceOptions(
            import_=self.machine if wish.imported else None,
            custom_timeouts=pulumi.CustomTimeouts(create=wish.patience),
        )
        return resources.Instance(
            "one",
            machine=self.machine,
            image=image.fingerprint,
            role=wish.role,
            pool=POOL,
            limits=wish.limits,
            interfaces=[
                resources.Interface(f"eth{number}", network.name, f"02:00:00:00:00:0{number}")
                for number in range(wish.legs)
            ],
            files=files,
            labels=dict(wish.labels),
            state="stopped" if wish.stopped else "running",
            opts=pulumi.ResourceOptions.merge(opts, own),
        )

    def run(self, command: str) -> str:
        """What a shell command prints on the machine."""
        return self.target.run(self.machine, ["sh", "-c", command], 20).stdout

    def text(self, path: str) -> str | None:
        """A file of the machine."""
        file = self.target.read_file(self.machine, path)
        return file.content.decode() if file else None
