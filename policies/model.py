"""Checks, verdicts and findings.

A family is a pure function from arguments and facts to a verdict: no clock, no network, no files.
A check is a row of data that gives a family its arguments, a severity, references and texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from govctl.texts import Message

Status = Literal["pass", "fail", "not-applicable", "not-evaluated", "unreachable"]
STATUSES: tuple[Status, ...] = ("pass", "fail", "not-applicable", "not-evaluated", "unreachable")
Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
NoFix = Literal["partition", "package", "decision", "kernel", "firmware", "image", "service"]
"""Why hardening does not close a check: it needs another disk layout or installation; packages say
what the machine is for; accounts, secrets and contents are a person's; it is built into the kernel;
it is set in the firmware; only a rebuilt image changes it; it needs a service that the estate does
not describe."""


@dataclass(frozen=True)
class Verdict:
    """What a family says of one host, why, and from which observations."""

    status: Status
    reason: Message
    evidence: tuple[str, ...] = ()
    """The observed lines that the verdict follows from, as a person would quote them."""


@dataclass(frozen=True)
class Check:
    """A row of `checks/*.yaml`."""

    id: str
    family: str
    args: Mapping[str, Any]
    severity: Severity
    text: Mapping[str, str]
    """`vi` and `en`: what holds if the check passes."""
    answers: tuple[str, ...]
    """Keys of requirements, e.g. `acc.default`."""
    references: Mapping[str, tuple[str, ...]]
    """ssg, cis, anssi, nist → ids."""
    fix: str | None
    """The Ansible role that closes it with these same arguments; None if a person must decide."""
    kernel: bool = False
    """True if it belongs to the owner of the kernel: not applicable in a container."""
    applies: Mapping[str, Any] = field(default_factory=dict)
    """When the check is due: `{package: …}`, `{unless: router}`, …; otherwise not-applicable."""
    part_of: str = ""
    """The check that asks this and more; who names the public rule means this one alone."""
    no_fix: NoFix | None = None
    """Why there is no `fix`; None where there is one, or where a site's own row does not say."""


@dataclass(frozen=True)
class Requirement:
    """A row of a baseline: what one level asks for, by key."""

    baseline: str
    level: int
    key: str
    clause: str
    threshold: str
    text: Mapping[str, str]
    group: str = ""
    """The baseline's own grouping: accounts, config, logs …"""
    area: str = ""
    """One of the areas of NĐ 331/2026, article 30: mạng, máy chủ, ứng dụng, dữ liệu …"""
    strength: str = "required"
    """required, suggested, equivalent-allowed."""
    evidence: str = ""
    """The main proof: host-scan, network-probe, service-probe, iac, document, periodic-record,
    interview."""
    period: str = ""
    """Y, 6M, Q, M at least once per; P if the organisation must set it; empty if none."""
    condition: str = ""
    """`if_dhcp` …: the row is due only then."""
    applies_to: tuple[str, ...] = ()
    also_on: tuple[str, ...] = ()
    """Events that also make it due: `change`, `go-live` …"""
    source: str = ""
    """`seen` in the source for this level, or `derived` from it."""
    tailored: tuple[str, ...] = ()
    """What the estate made stricter here, and for whom: `log_retention>=24 months (unit 25)`."""
    left_out: str = ""
    """The reason why the estate left it out; the baseline asks for it all the same."""

    @property
    def id(self) -> str:
        """`tcvn14423-2026:5.6.2.3`."""
        return f"{self.baseline}:{self.clause}"


@dataclass(frozen=True)
class Profile:
    """Checks chosen by public references, and the values that they are judged with."""

    id: str
    """`cis-debian12:l1-server`."""
    text: Mapping[str, str]
    """`vi` and `en`: its name."""
    references: Mapping[str, frozenset[str]]
    """cis, anssi, ssg → the sections, recommendations or rules that it asks for."""
    left_out: frozenset[str] = frozenset()
    """Rules (ssg) that it does not ask for although a section of its own names them."""
    values: Mapping[str, str] = field(default_factory=dict)
    """By the variable of the public rules: `var_accounts_tmout`."""

    def asks_for(self, check: Check) -> bool:
        """True if the check answers one of its references."""
        rules = set(check.references.get("ssg", ()))
        if rules and rules <= self.left_out:
            return False
        return any(not ids.isdisjoint(check.references.get(scheme, ()))
                   for scheme, ids in self.references.items())  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A verdict on one target for one check; what evidence keeps and reports show."""

    target: str
    check: str
    status: Status
    severity: Severity
    reason: Message
    evidence: tuple[str, ...]
    requirements: tuple[str, ...]
    """`<baseline>:<clause>` for each requirement of the target's level that the check answers."""
    references: Mapping[str, tuple[str, ...]]
    waiver: str | None = None
    """The waiver that accepts this failure for now; it stays a failure."""
    values: tuple[str, ...] = ()
    """Arguments that are not the check's own, and whose they are: of a requirement, a profile, the
    estate or this run. `minimum 14 (tcvn14423-2026:5.6.2.2 b)`, `maximum 600 (anssi-bp28:high)`,
    `maximum 3 (estate)`, `maximum 2 (set ssh_max_auth_tries)`."""

    exception: str = ""
    """Who needs the recorded exception by which this is not due, or is judged by another value:
    `network.router`; empty without one."""

    @property
    def is_open(self) -> bool:
        """True for a failure that nobody accepted."""
        return self.status == "fail" and self.waiver is None
