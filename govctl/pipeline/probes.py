"""Do the services work: the catalogue's probes on their machines, and calls between rooms."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Collection, Mapping, Sequence

from govctl.estate.model import BridgePoint, Estate
from govctl.evidence.model import Probe as Answer
from govctl.pipeline.events import Stage, State, Step
from govctl.pipeline.job import Job
from govctl.pipeline.reach import address_of
from govctl.texts import Bilingual, msg
from policies.model import Status
from scanners.host.reach.address import HostAddress
from scanners.service import Attempt, AttemptStatus, Probe, probe_machines
from stacks.render import ServiceProbe, probes_for

CALL_SECONDS = 3
CALLS = 15
"""Pairs that talk at once: thirty rooms are what two cores bear."""

_STATUS: Mapping[AttemptStatus, Status] = {
    "ok": "pass",
    "failed": "fail",
    "timeout": "fail",
    "missing": "fail",
    "unreachable": "unreachable",
}


def ask_services(job: Job, concerning: Collection[str] | None = None) -> tuple[Answer, ...]:
    """Every probe of every service, then a call from room to room; never an exception.

    `concerning`: ask only what one of these machines has a part in.
    """
    known = [probe for probe in probes_for(job.estate) if _has_part(_ends_of(probe), concerning)]
    marker = f"govctl-{secrets.token_hex(8)}"
    machines = {probe.machine for probe in known} | {probe.then[0] for probe in known if probe.then}
    addresses = {name: address_of(job, job.estate.machine(name)) for name in machines}
    if known:
        job.tell(Stage(msg("Asking the services"), len(known)))
    first = _ask(job, addresses, [(p, p.machine, p.command) for p in known], marker)
    second = _ask(job, addresses, [(p, *p.then) for p in known if p.then], marker)
    answers = [_answer(probe, second.get(_key(probe), first[_key(probe)])) for probe in known]
    return (*answers, *_calls(job, concerning))


def _ask(
    job: Job,
    addresses: Mapping[str, HostAddress],
    questions: Sequence[tuple[ServiceProbe, str, str]],
    marker: str,
) -> dict[str, Attempt]:
    """Attempts by the key of their probe."""
    by_machine: dict[str, list[Probe]] = {}
    for probe, machine, line in questions:
        command = f"export GOVCTL_MARKER={shlex.quote(marker)}; {line}"
        by_machine.setdefault(machine, []).append(Probe(_key(probe), command, probe.timeout))
    attempts = probe_machines(addresses, by_machine, on_done=lambda done: _tell(job, done))
    return {attempt.probe: attempt for attempt in attempts}


def _calls(job: Job, concerning: Collection[str] | None) -> list[Answer]:
    """One round of calls, each room in at most one: signalling, encryption and media both ways.

    Who calls whom is the same whatever is concerned, so that answers can be compared.
    """
    estate = job.estate
    points = [p for p in estate.bridge_points if estate.machine(p.machine).existing is None]
    pairs = [
        (caller, callee)
        for caller, callee in list(zip(points[::2], points[1::2], strict=False))[:CALLS]
        if _has_part((caller.machine, callee.machine), concerning)
    ]
    if not pairs:
        return []
    job.tell(Stage(msg("Calling from room to room"), len(pairs)))
    probes = {
        caller.machine: [Probe("call", _call_line(estate, callee), CALL_SECONDS + 30)]
        for caller, callee in pairs
    }
    addresses = {name: address_of(job, estate.machine(name)) for name in probes}
    first = {attempt.machine: attempt for attempt in probe_machines(addresses, probes)}
    failed = {name: probes[name] for name, attempt in first.items() if attempt.status != "ok"}
    second = {attempt.machine: attempt for attempt in probe_machines(addresses, failed)}
    for name, attempt in first.items():
        _tell(job, second.get(name, attempt))
    return [
        _call_answer(caller, callee, first[caller.machine], second.get(caller.machine))
        for caller, callee in pairs
    ]


def _ends_of(probe: ServiceProbe) -> tuple[str, ...]:
    return (probe.machine, *([probe.then[0]] if probe.then else []))


def _has_part(machines: Collection[str], concerning: Collection[str] | None) -> bool:
    return concerning is None or any(machine in concerning for machine in machines)


def _call_answer(
    caller: BridgePoint, callee: BridgePoint, first: Attempt, second: Attempt | None
) -> Answer:
    """What came of a call; a room may be renewing its connection, so that a call has two tries."""
    last = second or first
    reason = last.reason
    if second is not None and second.status == "ok":
        reason = msg("the first call failed, the second did not")
    return Answer(
        service=caller.id,
        target=caller.machine,
        question=msg(
            "{caller} calls {callee}: encrypted, and heard both ways",
            caller=caller.id,
            callee=callee.id,
        ),
        status=_STATUS[last.status],
        reason=reason,
        observed=(*_lines(first), *(_lines(second) if second else ())),
    )


def _call_line(estate: Estate, callee: BridgePoint) -> str:
    uri = shlex.quote(f"sip:{callee.user}@{estate.domain}")
    return f"/usr/local/bin/govctl-call {uri} {CALL_SECONDS}"


def _answer(probe: ServiceProbe, attempt: Attempt) -> Answer:
    return Answer(
        service=probe.name.partition(".")[0],
        target=probe.machine,
        question=Bilingual(probe.text.en, vi=probe.text.vi),
        status=_STATUS[attempt.status],
        reason=attempt.reason,
        observed=_lines(attempt),
    )


def _key(probe: ServiceProbe) -> str:
    """A name that is unique in the whole estate, and safe in the probe's frames."""
    return f"{probe.name}.{probe.machine}"


def _lines(attempt: Attempt) -> tuple[str, ...]:
    return tuple(attempt.output.splitlines()[:5])


def _tell(job: Job, attempt: Attempt) -> None:
    state: State = "done" if attempt.status == "ok" else "failed"
    name = attempt.probe.removesuffix(f".{attempt.machine}")
    # What it said is for people; the reason has the whole command.
    said = [msg("{reason}", reason=line) for line in _lines(attempt)[:1]]
    job.tell(Step(f"{attempt.machine} {name}", state, said[0] if said else attempt.reason))
