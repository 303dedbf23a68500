"""Patching as plain data: what `--format json` prints, and what is kept with a run.

Its shape is published as `govctl/reports/schema/patch-1.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from govctl.pipeline.patch.patch_state import PatchState
from scanners.host.formats.apt_simulation import Install
from scanners.host.patching.running import Outdated
from scanners.host.patching.updates import Update

if TYPE_CHECKING:
    from govctl.pipeline.patch.patch_result import PatchRun
    from govctl.pipeline.patch.patching import Patched

SCHEMA = "govctl/patch/1"
_LOG = 20_000
"""Characters of a machine's log that are kept, from its end."""


def planned_document(
    states: Mapping[str, PatchState], estate: str | None, *, every: bool
) -> dict[str, Any]:
    """What `patch --plan` found."""
    machines = [state_document(state) for state in states.values()]
    return {**_head("plan", estate, every), "machines": machines}


def applied_document(
    result: PatchRun, estate: str | None, *, every: bool, logs: bool = False
) -> dict[str, Any]:
    """What `patch --apply` did; `logs`: with what the programs printed."""
    done = result.waves.outcomes
    machines = [
        {**state_document(state), "patched": patched_document(done.get(name), logs=logs)}
        for name, state in result.states.items()
    ]
    stopped = result.waves.stopped
    return {
        **_head("apply", estate, every),
        "machines": machines,
        "stopped": stopped.render() if stopped else None,
        "not_begun": list(result.waves.left),
        "broken": list(result.waves.broken),
        "run": result.run.id if result.run else None,
    }


def state_document(state: PatchState) -> dict[str, Any]:
    """One machine at one time."""
    return {
        "machine": state.target,
        "status": state.status,
        "reasons": [reason.render() for reason in state.reasons],
        "notes": [note.render() for note in state.notes],
        "updates": updates_document(state),
        "along": [_install(one) for one in along(state)],
        "kept": [{**_update(one), "why": one.kept} for one in state.kept],
        "others": [_update(one) for one in state.others],
        "unfinished": list(state.unfinished),
        "restarts": [_outdated(one) for one in state.restarts],
        "left": [_outdated(one) for one in state.left],
        "reboot": state.reboot.render() if state.reboot else None,
    }


def updates_document(state: PatchState) -> list[dict[str, Any]]:
    """The updates that are to be installed."""
    return [_update(one) for one in state.chosen]


def along(state: PatchState) -> tuple[Install, ...]:
    """What apt unpacks beside the chosen packages."""
    chosen = {one.package.split(":")[0] for one in state.chosen}
    return tuple(one for one in state.steps if one.package.split(":")[0] not in chosen)


def _head(mode: str, estate: str | None, every: bool) -> dict[str, Any]:
    return {"schema": SCHEMA, "mode": mode, "estate": estate, "all": every}


def patched_document(done: Patched | None, *, logs: bool) -> dict[str, Any] | None:
    """What was done to a machine; None for one on which nothing was begun."""
    if done is None:
        return None
    document = {
        "ok": done.ok,
        "installed": [_install(one) for one in done.installed],
        "configured": list(done.configured),
        "restarted": list(done.restarted),
        "failures": [one.render() for one in done.failures],
        "after": state_document(done.after) if done.after else None,
    }
    return {**document, "log": done.log[-_LOG:]} if logs else document


def _update(one: Update) -> dict[str, Any]:
    return {
        "package": one.package,
        "from": one.installed,
        "to": one.version,
        "security": one.security,
        "archives": list(one.archives),
    }


def _install(one: Install) -> dict[str, Any]:
    return {"package": one.package, "from": one.before, "to": one.after}


def _outdated(one: Outdated) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "way": one.way,
        "programs": list(one.programs),
        "files": list(one.files),
    }
