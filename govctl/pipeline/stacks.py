"""The estate's stacks: their programs, what their state holds, and what no state knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from govctl.doctor import pulumi_command
from govctl.pipeline.events import Step
from govctl.pipeline.image.images import image_files
from govctl.pipeline.job import Job, tools
from stacks.changes import Change, Observer, Progress, StackResult, split_urn
from stacks.core import ROOT_CERTIFICATE
from stacks.engine import Engine, Held, Settings, StackProgram
from stacks.groups import assign_groups, known_groups
from stacks.inputs import CORE, Inputs
from stacks.locks import remove_torn
from stacks.programs import programs
from stacks.provider.sweep import Marked
from stacks.resources import INSTANCE


@dataclass(frozen=True)
class Stacks:
    """The estate's stacks now: what should run, and what the state holds."""

    engine: Engine
    programs: tuple[StackProgram, ...]
    held: Mapping[str, Held]
    """By stack."""

    @property
    def retired(self) -> tuple[StackProgram, ...]:
        """Stacks of the state that the estate has no site for any more."""
        wanted = {stack.name for stack in self.programs}
        return tuple(
            StackProgram(name, 0 if name == CORE else 1, no_program)
            for name in sorted(self.held)
            if name not in wanted
        )

    @property
    def standing(self) -> tuple[StackProgram, ...]:
        """Stacks that the estate wants and the state has."""
        return tuple(stack for stack in self.programs if stack.name in self.held)

    @property
    def known(self) -> frozenset[str]:
        """Every URN that a state holds."""
        return frozenset().union(*(held.urns for held in self.held.values()))

    def machines(self, ids: Iterable[str]) -> frozenset[str]:
        """The URNs of these machines, of those that a state holds."""
        wanted = set(ids)
        return frozenset(
            urn
            for urn in self.known
            if urn.split("::")[2].endswith(INSTANCE) and split_urn(urn)[1] in wanted
        )

    def unknown(self, found: Iterable[Marked]) -> tuple[Marked, ...]:
        """Objects that carry the estate's mark and that no state knows."""
        return tuple(item for item in found if item.urn not in self.known)


def open_stacks(job: Job) -> Stacks:
    """Read what the state holds, and make the programs of the estate."""
    engine = open_engine(job)
    names = engine.names()
    with ThreadPoolExecutor(max_workers=4) as pool:
        held = dict(zip(names, pool.map(engine.held, names), strict=True))
    outer = [site.id for site in job.estate.sites if not site.hub]
    inputs = Inputs(
        project=project(job),
        images=image_files(job.estate),
        admin_key=job.workspace.ssh_public_key(),
        seed=job.workspace.seed,
        core_stands=CORE in held and ROOT_CERTIFICATE in held[CORE].outputs,
    )
    groups = assign_groups(outer, known_groups({name: one.urns for name, one in held.items()}))
    return Stacks(engine, programs(job.estate, inputs, groups), held)


def open_engine(job: Job) -> Engine:
    """Pulumi's engine on this estate's state, which this run holds alone.

    MissingPrerequisite without the Pulumi CLI.
    """
    workspace = job.workspace
    if not job.estate.target.backend:
        remove_torn(workspace.state)
    return Engine(
        Settings(
            project=project(job),
            work=workspace.work,
            backend=workspace.backend(job.estate),
            passphrase_file=workspace.passphrase_file(),
            pulumi_root=pulumi_command(),
            tools=tools(),
        )
    )


def project(job: Job) -> str:
    """The Pulumi project of an estate."""
    return f"govctl-{job.estate.id}"


def observer(job: Job) -> Observer:
    """Hands the engine's progress on to whoever watches the job."""

    def observe(progress: Progress) -> None:
        kind = progress.type.rsplit(":", 1)[-1].lower()
        job.tell(Step(f"{kind} {progress.name}", progress.state))

    return observe


def retired_results(stacks: Stacks) -> tuple[StackResult, ...]:
    """What the removal of retired stacks would delete, as plans show it."""
    return tuple(
        StackResult(
            stack.name,
            tuple(sorted(Change(stack.name, *split_urn(u), "delete") for u in held)),
            0,
            {},
        )
        for stack in stacks.retired
        if (held := [u for u in stacks.held[stack.name].urns if not _is_engines(u)])
    )


def _is_engines(urn: str) -> bool:
    return "pulumi:pulumi:" in urn or "pulumi:providers:" in urn


def no_program() -> None:
    """The program of a stack that is only removed."""
