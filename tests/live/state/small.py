"""A network and a seed as one stack, driven as an estate's are; `python -m` of it is an `up`."""

from __future__ import annotations

import sys
from pathlib import Path

import pulumi

from govctl.doctor import pulumi_command
from govctl.pipeline.job import tools
from stacks import resources
from stacks.engine import Engine, Settings, StackProgram
from stacks.provider.naming import bridge_name

ESTATE = "t-bucket"
BRIDGE = bridge_name(ESTATE, "lab")


def engine(folder: Path, backend: str) -> Engine:
    """Its engine; `folder` has the seed, and a passphrase if it is not there yet."""
    passphrase = folder / "passphrase"
    if not passphrase.exists():
        passphrase.write_text("correct horse battery staple")
    return Engine(
        Settings(f"govctl-{ESTATE}", folder / "pulumi", backend, passphrase, pulumi_command(),
                 tools())
    )  # fmt: skip


def stacks(folder: Path) -> tuple[StackProgram, ...]:
    """The one stack."""

    def program() -> None:
        ours = pulumi.ResourceOptions(provider=resources.Provider("target", estate=ESTATE))
        resources.Network("lab", bridge=BRIDGE, opts=ours)
        pulumi.export("seed", resources.Seed("seed", path=folder / "seed", opts=ours).value)

    return (StackProgram("core", 0, program),)


if __name__ == "__main__":
    here = Path(sys.argv[1])
    engine(here, sys.argv[2]).up(stacks(here))
