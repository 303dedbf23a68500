"""Do services do their work: the probes that a catalogue entry declares, run on its machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from govctl.errors import TargetError
from govctl.texts import Message, msg
from scanners.host.collecting import Wanted
from scanners.host.model import Command, Output, Raw
from scanners.host.reach.address import Place
from scanners.host.reading import NOT_FOUND, TIMED_OUT, failure_of, first_line, printable
from scanners.host.visit import fetch_many

AttemptStatus = Literal["ok", "failed", "timeout", "missing", "unreachable"]
ATTEMPT_STATUSES: tuple[AttemptStatus, ...] = ("ok", "failed", "timeout", "missing", "unreachable")
OUTPUT_LIMIT = 1 << 16
"""Bytes of a probe's output."""


@dataclass(frozen=True)
class Probe:
    """A command that ends with status 0 if the service does what it should."""

    name: str
    run: str
    """For `sh -c`, as root."""
    timeout: int = 15
    """Seconds."""


@dataclass(frozen=True)
class Attempt:
    """What came of one probe on one machine."""

    machine: str
    probe: str
    status: AttemptStatus
    """`failed`: it ran and said no; `missing`: its program is not there."""
    reason: Message
    output: str
    """What it printed, control characters removed; the error output where it failed."""
    seconds: float = 0.0


def probe_machines(
    addresses: Mapping[str, Place],
    probes: Mapping[str, Sequence[Probe]],
    workers: int = 32,
    on_done: Callable[[Attempt], None] | None = None,
) -> tuple[Attempt, ...]:
    """Run each machine's probes in one visit to it; machines side by side, never an exception.

    Both mappings are by machine. Attempts come in the order of `probes`.
    """
    attempts: dict[str, tuple[Attempt, ...]] = {}

    def keep(machine: str, raw: Raw | TargetError) -> None:
        attempts[machine] = _attempts(machine, probes[machine], raw)
        if on_done:
            for attempt in attempts[machine]:
                on_done(attempt)

    wanted = {machine: visit(probes[machine]) for machine in probes}
    reached = {machine: addresses[machine] for machine in probes if machine in addresses}
    fetch_many(reached, wanted, workers, keep)
    for machine in probes.keys() - reached.keys():
        keep(machine, TargetError("no address"))
    return tuple(attempt for machine in probes for attempt in attempts[machine])


def visit(probes: Sequence[Probe]) -> Wanted:
    """What the transport has to run: the probes' commands and nothing else."""
    commands = tuple(Command(one.name, one.run, one.timeout, OUTPUT_LIMIT) for one in probes)
    return Wanted((), (), commands, (), ())


def _attempts(machine: str, probes: Sequence[Probe], raw: Raw | TargetError) -> tuple[Attempt, ...]:
    if isinstance(raw, TargetError):
        reason = msg("{error}", error=raw.message)
        return tuple(Attempt(machine, one.name, "unreachable", reason, "") for one in probes)
    return tuple(attempt_of(machine, one, raw.outputs.get(one.name)) for one in probes)


def attempt_of(machine: str, probe: Probe, output: Output | None) -> Attempt:
    """Read one output; no output at all means that the visit broke off before it."""
    if output is None:
        reason = msg("the visit ended before this probe")
        return Attempt(machine, probe.name, "unreachable", reason, "")
    text = readable(output.stdout)
    reason = failure_of(output) or msg("{command} ended well", command=probe.name)
    status: AttemptStatus = "ok"
    if output.status in TIMED_OUT:
        status = "timeout"
    elif output.status == NOT_FOUND:
        status = "missing"
    elif output.status != 0 or output.truncated:
        status = "failed"
        text = text or first_line(output.stderr)
    return Attempt(machine, probe.name, status, reason, text, output.seconds)


def readable(data: bytes) -> str:
    """Text of a host, safe for terminals and pages: control characters and escapes removed."""
    lines = data.decode("utf-8", "replace").splitlines()
    return "\n".join(printable(line) for line in lines).strip("\n")
