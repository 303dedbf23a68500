"""Plan, make, compare and remove what an estate describes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from govctl.errors import RefusedPlan, StalePlan
from govctl.estate.model import Estate
from govctl.files import write_whole
from govctl.pipeline.events import Stage
from govctl.pipeline.harden.contradictions import check_components
from govctl.pipeline.image.images import missing_images
from govctl.pipeline.job import Job
from govctl.pipeline.names import require_free_names, require_own
from govctl.pipeline.stacks import (
    Stacks,
    no_program,
    observer,
    open_engine,
    open_stacks,
    retired_results,
)
from govctl.pipeline.ways import require_ways
from govctl.texts import _, msg
from stacks.authority import authority_of
from stacks.changes import Change, Refusal, StackResult, split_urn, stack_of
from stacks.core import HOST_KEYS
from stacks.engine import StackProgram
from stacks.inputs import CORE
from stacks.provider import sweep
from stacks.provider.sweep import Marked
from stacks.resources import FLOW

PLAN_SCHEMA = 1


@dataclass(frozen=True)
class Plan:
    """What `up` would do, and whether it may."""

    estate: str
    digest: str
    results: tuple[StackResult, ...]
    images: tuple[str, ...]
    """Roles whose image has to be built first."""
    orphans: tuple[Marked, ...]
    """Objects that an interrupted run left and that no stack knows; `up` removes them."""
    rebuilt: frozenset[str] = frozenset()
    """URNs of machines that a person wants made anew."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change of every stack."""
        return tuple(change for result in self.results for change in result.changes)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every plan policy that says no."""
        return tuple(refusal for result in self.results for refusal in result.refusals)

    @property
    def unchanged(self) -> int:
        """How many resources stay as they are."""
        return sum(result.unchanged for result in self.results)

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to do."""
        return not (self.changes or self.orphans)

    def count(self, operation: str, kind: str | None = None) -> int:
        """How many resources would be created, updated, replaced or deleted."""
        return sum(
            change.operation == operation and kind in (None, change.type) for change in self.changes
        )

    @property
    def opens(self) -> int:
        """Paths that open."""
        return self.count("create", FLOW)

    @property
    def closes(self) -> int:
        """Paths that close."""
        return self.count("delete", FLOW)


@dataclass(frozen=True)
class Made:
    """What an update came to."""

    results: tuple[StackResult, ...]
    removed: tuple[Marked, ...]

    @property
    def changed(self) -> int:
        """How many resources changed."""
        return _described(self.results) + len(self.removed)


@dataclass(frozen=True)
class Drift:
    """Where the machines differ from what was made."""

    changes: tuple[Change, ...]
    orphans: tuple[Marked, ...]
    compared: int = 0
    """Stacks that were compared; none if nothing was made yet."""

    @property
    def any(self) -> bool:
        """True if something differs."""
        return bool(self.changes or self.orphans)


def plan(job: Job, rebuild: Collection[str] = ()) -> Plan:
    """What `up` would do: every stack's preview, judged by the plan policies.

    `rebuild` names machines to make anew, from today's image of their role.

    The machines are read anew for it, so that what somebody changed on them is put right as well.
    Raises RefusedPlan if something else has a name that a new machine or network needs, and
    InputError if a check would break what a component is there for, UsageError if nobody signs
    certificates.
    """
    require_ways(job.estate)
    authority_of(job.estate)
    check_components(job.estate, job.workspace.estate)
    found = _marked(job)
    stacks = open_stacks(job)
    require_own(job, has_state=bool(stacks.known), found=found)
    job.tell(Stage(msg("Planning")))
    rebuilt = stacks.machines(rebuild)
    results = stacks.engine.preview(
        stacks.programs, refresh=True, replace=rebuilt, observer=observer(job)
    )
    require_free_names(job, [change for result in results for change in result.changes])
    planned = {f"{result.stack}/{c.name}" for result in results for c in result.changes}
    return Plan(
        job.estate.id,
        job.estate.digest,
        (*results, *retired_results(stacks)),
        missing_images(job.estate),
        tuple(o for o in stacks.unknown(found) if _place(o.urn) not in planned),
        rebuilt,
    )


def _place(urn: str) -> str:
    return f"{stack_of(urn)}/{split_urn(urn)[1]}"


def require_allowed(planned: Plan) -> None:
    """Raise RefusedPlan if a plan policy says no."""
    if planned.refusals:
        lines = [
            f"  {refusal.policy}: {refusal.reason}"
            for refusal in sorted(planned.refusals, key=lambda r: (r.policy, r.resource))
        ]
        raise RefusedPlan(
            _("the plan policies refuse this plan; nothing was changed:") + "\n" + "\n".join(lines)
        )


def save_plan(planned: Plan, path: Path) -> None:
    """Keep which estate was planned, for `up --plan`."""
    document = {"schema": PLAN_SCHEMA, "estate": planned.estate, "digest": planned.digest}
    write_whole(path, json.dumps(document, indent=1) + "\n")


def require_fresh(path: Path, estate: Estate) -> None:
    """Raise StalePlan if the estate is not what this plan was made of."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        digest = str(document["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StalePlan(_("{path} is no plan of govctl", path=path)) from error
    if digest != estate.digest:
        raise StalePlan(
            _("the estate was edited after {path} was made", path=path),
            hint=_("look at a new plan: govctl plan --save {path}", path=path),
        )


def provision(job: Job, planned: Plan) -> Made:
    """Make what the plan says, remove what interrupted runs left, and pin the machines' keys."""
    stacks = open_stacks(job)
    job.tell(Stage(msg("Provisioning"), _described(planned.results)))
    _remove(job, planned.orphans)
    retired = stacks.engine.destroy(stacks.retired, observer=observer(job))
    changed = {result.stack for result in planned.results if result.changed}
    due = [stack for stack in stacks.programs if stack.name in changed]
    results = stacks.engine.up(due, refresh=True, replace=planned.rebuilt, observer=observer(job))
    _pin(job, stacks, results)
    return Made((*retired, *results), planned.orphans)


def drift(job: Job) -> Drift:
    """Compare every object with what was made of it; changes nothing."""
    found = _marked(job)
    stacks = open_stacks(job)
    require_own(job, has_state=bool(stacks.known), found=found)
    job.tell(Stage(msg("Comparing what stands with what was made")))
    made = [stack for stack in stacks.standing if stacks.held[stack.name].urns]
    results = stacks.engine.drift(made, observer=observer(job))
    changes = tuple(change for result in results for change in result.changes)
    return Drift(changes, stacks.unknown(found), len(made))


def destroy(job: Job) -> Made:
    """Remove everything that carries this estate's mark, and forget its keys.

    First what no state knows: a machine of an interrupted run would hold on to its network.
    """
    found = _marked(job)
    engine = open_engine(job)
    names = engine.names()
    job.tell(Stage(msg("Removing"), len(found)))
    known = frozenset().union(*(engine.held(name).urns for name in names))
    require_own(job, has_state=bool(known), found=found)
    orphans = tuple(item for item in found if item.urn not in known)
    _remove(job, orphans)
    stacks = [StackProgram(name, int(name != CORE), no_program) for name in names]
    results = engine.destroy(stacks, observer=observer(job))
    left = _marked(job)
    _remove(job, left)
    job.workspace.clear()
    return Made(results, (*orphans, *left))


def _described(results: Iterable[StackResult]) -> int:
    """How many changes these are, without what the engine makes for itself."""
    return sum(not change.is_engines for result in results for change in result.changes)


def _marked(job: Job) -> tuple[Marked, ...]:
    return sweep.marked(sweep.connect(job.estate.target.url), job.estate.id)


def _remove(job: Job, objects: tuple[Marked, ...]) -> None:
    if objects:
        sweep.delete(sweep.connect(job.estate.target.url), job.estate.id, objects)


def _pin(job: Job, stacks: Stacks, results: tuple[StackResult, ...]) -> None:
    """Pin what this run made, and what an interrupted one made without pinning it."""
    keys = _host_keys(job.estate, results)
    known = {*job.workspace.pinned(), *keys}
    ours = (machine for machine in job.estate.machines if machine.existing is None)
    if any(str(machine.address4) not in known for machine in ours):
        updated = {result.stack for result in results}
        for stack in stacks.standing:
            if stack.name not in updated:
                outputs = stacks.engine.outputs(stack.name)
                keys |= _host_keys(job.estate, (StackResult(stack.name, (), 0, outputs),))
    current = {str(end) for m in job.estate.machines for end in (m.address4, m.address6)}
    job.workspace.pin(keys, current)


def _host_keys(estate: Estate, results: tuple[StackResult, ...]) -> dict[str, str]:
    """Address → public host key, for both of a machine's addresses."""
    keys: dict[str, str] = {}
    for result in results:
        for machine, key in _mapping(result.outputs.get(HOST_KEYS)).items():
            here = estate.machine(machine)
            keys[str(here.address4)] = keys[str(here.address6)] = key
    return keys


def _mapping(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
