"""The fixed words of verdicts and severities, each with the symbol that stands beside it.

A symbol never stands alone: colour and shape only repeat what the word says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.texts import Message, msg
from policies.model import Severity, Status


@dataclass(frozen=True)
class Word:
    """A symbol and its word."""

    symbol: str
    text: Message


STATUS_WORDS: Mapping[Status, Word] = {
    "fail": Word("✗", msg("fail")),
    "unreachable": Word("!", msg("unreachable")),
    "not-evaluated": Word("?", msg("not evaluated")),
    "pass": Word("✓", msg("pass")),
    "not-applicable": Word("–", msg("not applicable")),
}
"""Worst first, as `policies.rollup.WORST`: the order in which reports show them."""

SEVERITY_WORDS: Mapping[Severity, Message] = {
    "critical": msg("critical"),
    "high": msg("high"),
    "medium": msg("medium"),
    "low": msg("low"),
}

TIER_WORDS: Mapping[str, Message] = {
    "nation": msg("nation"),
    "province": msg("province"),
    "district": msg("district"),
    "commune": msg("commune"),
}
"""Tiers are data; one that is not here is shown by its own name."""

KIND_WORDS: Mapping[str, Message] = {
    "edge": msg("edge router"),
    "firewall": msg("firewall"),
    "site-router": msg("site router"),
    "server": msg("server"),
    "bridge-point": msg("bridge point"),
}

GROUP_WORDS: Mapping[str, Message] = {
    "accounts": msg("accounts and access"),
    "backup": msg("backup"),
    "browser-email": msg("browsers and e-mail"),
    "config": msg("configuration"),
    "data": msg("data"),
    "hardware": msg("hardware"),
    "general": msg("general"),
    "incidents": msg("incidents"),
    "logs": msg("logs"),
    "maintenance": msg("maintenance and repair"),
    "malware": msg("malware"),
    "monitoring": msg("monitoring"),
    "network": msg("network"),
    "organisation": msg("organisation"),
    "own": msg("the organisation's own"),
    "policy": msg("policy"),
    "physical": msg("physical protection"),
    "recovery": msg("recovery of data"),
    "risk": msg("risk"),
    "sdlc": msg("software development"),
    "software": msg("software"),
    "staff": msg("staff"),
    "suppliers": msg("suppliers"),
    "testing": msg("security testing"),
    "time": msg("time"),
    "vuln": msg("vulnerabilities"),
}
"""The baselines' own groups; one that is not here is shown as it is."""
