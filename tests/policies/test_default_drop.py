"""Whether a filter that drops by default does so, whatever its rules say."""

from __future__ import annotations

from typing import Any

import pytest

from policies.catalogue import checks
from policies.judge import judge
from policies.target import TargetContext
from tests.policies.cases.alternatives import NFTABLES
from tests.policies.hosts import host
from tests.policies.rulesets import (
    ACCEPT,
    COUNTER,
    DROP,
    ESTABLISHED,
    LO,
    SSH,
    match,
    nft,
    prefix,
)

CHECK = tuple(check for check in checks() if check.id == "firewall-input")
NEW = match({"ct": {"key": "state"}}, ["new", "established"], "in")
EITHER = match({"meta": {"key": "l4proto"}}, {"set": [6, 17]})
EVERY_PORT = match({"payload": {"protocol": "tcp", "field": "dport"}}, {"range": [1, 65535]})
IPV4 = match({"meta": {"key": "nfproto"}}, "ipv4")
USUAL = ([LO, ACCEPT], [ESTABLISHED, ACCEPT], [SSH, COUNTER, ACCEPT])


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ((), "pass"),
        (([prefix("ip", "10.0.0.0", 8), ACCEPT],), "pass"),
        (([NEW, DROP], [EITHER, ACCEPT]), "pass"),
        (([ACCEPT],), "fail"),
        (([NEW, ACCEPT],), "fail"),
        (([EITHER, COUNTER, ACCEPT],), "fail"),
        (([EVERY_PORT, ACCEPT],), "fail"),
        (([IPV4, ACCEPT],), "fail"),
        (([prefix("ip", "0.0.0.0", 0), ACCEPT],), "fail"),
    ],
)
def test_a_rule_that_names_nothing_in_particular_opens_the_filter(
    rules: tuple[list[dict[str, Any]], ...], status: str
) -> None:
    facts = host(nft(*USUAL, *rules), NFTABLES)
    (finding,) = judge(facts, CHECK, TargetContext())
    assert finding.status == status, finding.reason.render("en")
