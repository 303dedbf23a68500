"""Verification: one visit to each machine, verdicts from what it gave, and a run that is kept."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from govctl.decisions.record import record
from govctl.decisions.waiving import waive
from govctl.errors import TargetError
from govctl.estate.model import Machine
from govctl.evidence.draft import Draft
from govctl.evidence.model import Probe, Run
from govctl.evidence.store import Store
from govctl.pipeline.decided import decided
from govctl.pipeline.events import Stage, Step
from govctl.pipeline.folder import writing
from govctl.pipeline.harden.unproven import ARMED
from govctl.pipeline.hosts import visited
from govctl.pipeline.identity import digests_of, identities
from govctl.pipeline.job import Job
from govctl.pipeline.judging import names_of
from govctl.pipeline.material import material
from govctl.pipeline.reach import address_of, wait_for_port
from govctl.pipeline.site_tests import ask
from govctl.pipeline.versions import versions
from govctl.pipeline.ways import is_cut_off
from govctl.reports.html import render_html
from govctl.texts import Message, _, current_language, msg
from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks as catalogue
from policies.context import context_of
from policies.judge import judge, unreachable
from policies.model import Check, Finding
from policies.needs import every_source
from policies.target import TargetContext
from scanners.host import bundle
from scanners.host.collect import facts_from
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.model import HostFacts, Raw, Source
from scanners.host.moment import now
from scanners.host.visit import WORKERS, visit_many


@dataclass(frozen=True)
class Verified:
    """A kept run, and the facts it was judged by."""

    run: Run
    facts: Mapping[str, HostFacts]
    """By machine; those that could not be reached are not here."""


def verify(
    job: Job,
    machines: Sequence[Machine],
    checks: Sequence[Check],
    *,
    command: Sequence[str],
    probe: Callable[[Job], tuple[Probe, ...]] | None = None,
    contexts: Mapping[str, TargetContext] | None = None,
    documents: Mapping[str, Any] | None = None,
    workers: int = WORKERS,
) -> Verified:
    """Visit, judge, keep. A machine that cannot be reached gets findings that say so.

    Of waivers and attestations counts what holds when the run starts. `contexts`: what is known of
    each machine, if it is not what the estate says. `documents`: what else is signed with the run,
    by name.
    """
    known = contexts or {machine.id: context_of(job.estate, machine) for machine in machines}
    store = Store(job.workspace.runs, job.workspace.store)
    started = datetime.now(UTC)
    decisions = decided(job, started)
    with writing(), store.begin(started) as draft:
        facts, found = _visit(job, machines, checks, known, draft, workers)
        findings = waive(found, decisions.waivers, checks, known, started)
        probes = probe(job) if probe else ()
        run = Run(
            id=draft.id,
            estate=job.estate.id,
            estate_digest=job.estate.digest,
            started=started,
            finished=datetime.now(UTC),
            versions=versions(dict.fromkeys(n for c in known.values() for n in names_of(c))),
            who=f"{getpass.getuser()}@{os.uname().nodename}",
            command=tuple(command),
            language=current_language(),
            targets=tuple(machine.id for machine in machines),
            probes=probes,
            decisions=record(decisions, findings, started),
            findings=tuple(findings),
        )
        job.tell(Stage(msg("Writing the report")))
        page = render_html(material(job, run, facts.get, documents))
        draft.attach("identities", identities(facts))
        draft.attach("rows", digests_of(checks))
        for name, document in (documents or {}).items():
            draft.attach(name, document)
        draft.finish(run, page)
    return Verified(run, facts)


def kept_facts(
    store: Store, run: Run, sources: Iterable[Source[Any]] = SOURCES
) -> Callable[[str], HostFacts | None]:
    """The facts of a kept run by target, read again when they are asked for; None for no facts.

    `sources`: the facts that are made of the raw output, which is there in any case.
    """

    def facts(target: str) -> HostFacts | None:
        text = store.facts(run.id, target)
        if text is None:
            return None
        kept = bundle.load_plain(text, store.database.place / run.id / target)
        return facts_from(kept.raw, target, kept.taken_at, sources)

    return facts


def _visit(
    job: Job,
    machines: Sequence[Machine],
    checks: Sequence[Check],
    contexts: Mapping[str, TargetContext],
    draft: Draft,
    workers: int,
) -> tuple[dict[str, HostFacts], list[Finding]]:
    job.tell(Stage(msg("Scanning"), len(machines)))
    sources = every_source((*catalogue(), *checks))
    named = (*asked_paths(checks), ARMED)
    wishes = wanted(sources, live=True, paths=named, texts=asked_texts(checks))
    by_id = {machine.id: machine for machine in machines}
    taken_at = now()
    facts: dict[str, HostFacts] = {}
    findings: dict[str, list[Finding]] = {}

    def arrived(name: str, raw: Raw | TargetError) -> None:
        if isinstance(raw, TargetError):
            reason = Message("{reason}", {"reason": raw.message})
            if by_id[name].existing is None and cut_off():
                hint = _("this machine has no route into the estate any more; govctl up makes it")
                reason = Message("{reason}; {hint}", {"reason": raw.message, "hint": hint})
            findings[name] = unreachable(name, checks, reason, contexts[name])
            job.tell(Step(name, "failed", reason))
            return
        draft.keep_plain(name, bundle.plain(bundle.Bundle(name, taken_at, raw)), bundle.LEVEL)
        facts[name] = facts_from(raw, name, taken_at)
        findings[name] = judge(facts[name], checks, contexts[name])
        job.tell(visited(name, raw, addresses[name]))

    cut_off = cache(partial(is_cut_off, job.estate))
    addresses = {name: address_of(job, machine) for name, machine in by_id.items()}
    visit_many(addresses, wishes, arrived, workers)
    every = [finding for name in by_id for finding in findings[name]]
    return facts, ask(checks, every, {name: addresses[name] for name in facts}, job.tell)


def wait_reachable(job: Job, machines: Sequence[Machine], seconds: float = 60) -> None:
    """Wait until machines that were just started answer on their SSH port, at most so long."""
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        list(pool.map(lambda machine: wait_for_port(address_of(job, machine), seconds), machines))
