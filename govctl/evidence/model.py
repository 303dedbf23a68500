"""What a run of an estate is: who judged which targets, when, with what, and what came out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from govctl.texts import Language, Message
from policies.model import Finding, Status


@dataclass(frozen=True)
class Versions:
    """What judged: a later reader can tell a change on a host from a change of the rules."""

    govctl: str
    checks: str
    """SHA-256 of the check rows."""
    baselines: Mapping[str, str]
    """Baseline id → SHA-256 of its table."""


@dataclass(frozen=True)
class Probe:
    """A question put to a service from outside: does it answer as its users need it to?"""

    service: str
    """`<system>.<component>`, or a bridge point's id."""
    target: str
    """The machine that was asked."""
    question: Message
    """`{name} is answered over UDP`."""
    status: Status
    reason: Message
    observed: tuple[str, ...] = ()
    """Lines of the answer, as a person would quote them."""


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """A run without its findings: what a list of runs shows."""

    id: str
    estate: str | None
    """The estate's id; None for a scan of trees of files outside any estate."""
    estate_digest: str | None
    started: datetime
    """UTC."""
    finished: datetime
    """UTC."""
    versions: Versions
    who: str
    """The account that ran it, `user@host`."""
    command: tuple[str, ...]
    """The words of the command line, without secrets."""
    language: Language
    targets: tuple[str, ...]
    """Everything that was to be looked at, reached or not."""
    probes: tuple[Probe, ...] = ()
    decisions: Mapping[str, Any] = field(default_factory=dict)
    """Waivers and attestations as they held when it started, in plain data; see
    `govctl.decisions.record`."""


@dataclass(frozen=True, kw_only=True)
class Run(RunInfo):
    """A finished run."""

    findings: Sequence[Finding] = field(repr=False)


def new_run_id(started: datetime) -> str:
    """`20261122T044212.345Z-3f9a1c`: sorts by time, and two runs of one instant still differ."""
    moment = started.astimezone(UTC)
    stamp = f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"
    return f"{stamp}-{secrets.token_hex(3)}"
