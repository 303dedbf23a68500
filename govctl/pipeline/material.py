"""What a report is made of, put together from a run, its estate and the rules that judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from govctl.evidence.hardening import NAME as HARDENING
from govctl.evidence.hardening import read
from govctl.evidence.model import Run
from govctl.evidence.patching import NAME as PATCHING
from govctl.evidence.patching import patched_in
from govctl.evidence.waves import NAME as WAVES
from govctl.evidence.waves import read as read_waves
from govctl.pipeline.job import Job
from govctl.reports.material import Material, Observation
from policies.catalogue import checks
from policies.conditions import TELLING, Traces, traces
from policies.profiles import named_by, split
from policies.selection import asked_by
from policies.sources import globs_of, read_from
from scanners.host.facts import SOURCES
from scanners.host.model import HostFacts
from scanners.host.reading import glob_matches
from scanners.host.reductions import FORBIDDEN

SECRET = (
    *FORBIDDEN,
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssl/govctl/*.key",
    "/etc/ssl/private/*",
    "/etc/baresip/accounts",
    "/etc/kamailio/accounts/*",
)
"""Globs of files that hold secrets. Of these the scan brings accounts without their hashes and
nothing else; a report shows not even that."""

TRACED = tuple(source for source in SOURCES if source.fact in TELLING)
"""The facts that a report needs beside the raw output."""


SHOWN = (HARDENING, WAVES, PATCHING)
"""Documents of a run that its report shows."""


def material(
    job: Job,
    run: Run,
    facts: Callable[[str], HostFacts | None],
    documents: Mapping[str, Any] | None = None,
) -> Material:
    """Everything a report reads; `facts` gives a target's facts, None where it was not reached.

    `documents` are those that are signed with the run, by name, as far as it has them.
    """
    kept = documents or {}
    hardening, rollout, patching = (kept.get(name) for name in (HARDENING, WAVES, PATCHING))

    def observe(target: str) -> Mapping[str, Observation]:
        found = facts(target)
        return _observations(found) if found else {}

    baselines, _profiles = split(job.estate.baselines)
    meant = {finding.check for finding in run.findings}
    meant |= {check.id for check in asked_by(baselines, checks())}
    shown = [check for check in checks() if check.id in meant]
    return Material(
        run=run,
        estate=job.estate,
        checks={check.id: check for check in shown},
        baselines=baselines,
        profiles=named_by(run.versions.baselines),
        sources={check.id: read_from(check) for check in shown},
        observe=observe,
        traces=_traces(job, run, facts),
        hardened={host.target: host for host in read(hardening)} if hardening else {},
        waves=read_waves(rollout) if rollout else None,
        patched=patched_in(patching) if patching else {},
    )


def _traces(job: Job, run: Run, facts: Callable[[str], HostFacts | None]) -> Mapping[str, Traces]:
    """By machine of the estate; one after the other, so that a large run needs little memory."""
    known = {machine.id for machine in job.estate.machines}
    found = ((target, facts(target)) for target in run.targets if target in known)
    return {target: traces(one) for target, one in found if one is not None}


def _observations(facts: HostFacts) -> Mapping[str, Observation]:
    observations = {
        name: Observation(
            source=output.line,
            taken_at=facts.taken_at,
            text=output.stdout.decode("utf-8", "replace"),
            status=output.status,
            truncated=output.truncated,
        )
        for name, output in facts.raw.outputs.items()
    }
    globs = tuple(dict.fromkeys(glob for source in SOURCES for glob in globs_of(source)))
    for path, file in facts.raw.files.items():
        if file.content is None or _is_secret(path, file.content):
            continue
        observations[path] = Observation(
            source=path,
            taken_at=facts.taken_at,
            text=file.content.decode("utf-8", "replace"),
            globs=tuple(glob for glob in globs if glob_matches(glob, path)),
        )
    return observations


def _is_secret(path: str, content: bytes) -> bool:
    """True for what no report may show, whichever way it came into the facts."""
    return any(glob_matches(glob, path) for glob in SECRET) or b"PRIVATE KEY-----" in content
