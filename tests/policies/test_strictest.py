"""TCVN 14423 and QCVN 12 at once: the stricter counts, key by key, and it is said whose it is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from policies.catalogue import checks
from policies.requirements import Baseline, load
from policies.strictest import demand, demands
from policies.target import TargetContext
from policies.values import resolve

BOTH = (load("tcvn14423-2026"), load("qcvn12-2026"))
CHECKS = {check.id: check for check in checks()}
PERIODS: Mapping[str, str] = {
    # level 1 … 5: period, and t or q or both
    "log.review": "W:q W:q W:q W:q W:q",
    "web.patch": "M:q M:q M:q M:q M:q",
    "net.diagram.update": "6M:q 6M:q 6M:q 6M:tq Q:t",
    "risk.controls.effectiveness": "6M:q 6M:q 6M:q 6M:tq 6M:tq",
    "hw.rogue.search": "M:q M:q M:q M:q M:tq",
    "data.rights-review": "M:q M:q M:q M:q M:tq",
    "acc.list.review": "Q:q Q:q Q:q Q:tq M:t",
    "sw.unauthorised.search": "Q:q Q:q Q:q Q:q M:t",
    "hw.dhcp.review": "- - M:q M:q M:tq",
    "mon.tuning": "- - M:q M:q M:tq",
    "hw.discovery.scan": "- - M:q M:q M:tq",
    "data.access-log.review": "- - M:q M:q M:tq",
    "sdlc.sbom.update": "- - M:q M:q M:tq",
    "sw.allowlist.review": "- - 6M:q 6M:q 6M:tq",
    "sw.supported": "- - 6M:q 6M:q 6M:tq",
    "bak.restore-test": "P:q P:q Q:q Q:q Q:tq",
    "vuln.scan.scheduled": "- - Q:q Q:q Q:tq",
    "test.external": "- - Y:q Y:tq 6M:t",
    "test.internal": "- - Y:q Y:tq 6M:t",
}
THRESHOLDS = [
    ("log.retention", (1, 2, 3, 4), "log_retention>=12 months", "q"),
    ("log.retention", (5,), "log_retention>=12 months", "tq"),
    ("cfg.idle-lock", (1, 2, 3, 4, 5), "mobile_idle_lock<=2 minutes", "q"),
    ("cfg.idle-lock", (1,), "business_app_idle_lock<=15 minutes", "q"),
    ("cfg.lockout", (1,), "business_app_failed_logins<=5 attempts", "q"),
    ("acc.password.admin", (1, 2), "password_history>=10 passwords", "q"),
    ("acc.password.admin", (3, 4, 5), "admin_mfa==true", "t"),
    ("net.remote.auth", (1, 2, 3), "remote_mfa==true", "q"),
    ("data.classify", (1, 2, 3, 4, 5), "data_tier_count>=4 tiers", "q"),
    ("vuln.scan.scheduled", (3, 4), "critical_asset_scan_interval<=1 months", "q"),
    ("net.zones", (2,), "zones~=server|dmz|wireless|db_server|internal|edge|wan", "q"),
    ("net.zones", (3,),
     "zones~=admin|db_server|dmz|edge|internal|internal_server|wan|wireless", "tq"),
    ("log.sources", (2,), "log_sources~=system_access|process|application|security_alert", "q"),
    ("log.fields", (3, 4, 5),
     "access_log_fields~=source|destination|mac|account|time|action", "t"),
    ("risk.process", (3,),
     "risk_process_steps~=analyse|communicate|evaluate|identify|monitor|treat", "tq"),
    ("data.encrypt-rest", (2,), "encrypted_at_rest~=credentials|important_data|non_public_data",
     "tq"),
]  # fmt: skip


def _letters(whose: tuple[str, ...]) -> str:
    return "".join(name[0] for name in whose)


@pytest.mark.parametrize("key", PERIODS)
def test_the_shorter_period_counts(key: str) -> None:
    for level, expected in enumerate(PERIODS[key].split(), 1):
        if expected == "-":
            with pytest.raises(KeyError):
                demand(BOTH, level, key)
            continue
        found = demand(BOTH, level, key)
        assert f"{found.period}:{_letters(found.period_of)}" == expected, level


@pytest.mark.parametrize(("key", "levels", "threshold", "whose"), THRESHOLDS)
def test_the_stricter_threshold_counts(
    key: str, levels: tuple[int, ...], threshold: str, whose: str
) -> None:
    for level in levels:
        for order in (BOTH, BOTH[::-1]):
            bounds = {str(one.threshold): one.whose for one in demand(order, level, key).bounds}
            assert threshold in bounds, (level, bounds)
            assert sorted(_letters(bounds[threshold])) == sorted(whose)


@pytest.mark.parametrize(
    "key", ["acc.password.length", "phy.entry", "bak.automatic", "net.remote.vpn"]
)
def test_what_only_one_requires_outright_is_required(key: str) -> None:
    found = demand(BOTH, 4, key)
    assert found.strength == "required"
    assert _letters(found.strength_of) == "q"


def test_nothing_that_either_asks_for_is_lost() -> None:
    for level in (1, 2, 3, 4, 5):
        keys = [one.key for one in demands(BOTH, level)]
        assert len(keys) == len(set(keys))
        assert set(keys) == {row.key for one in BOTH for row in one.level(level)}


@pytest.mark.parametrize(
    ("check", "level", "baselines", "value", "whose"),
    [
        ("pam-password-history", 1, BOTH, 10, "qcvn12-2026:"),
        ("pam-password-history", 3, BOTH, 10, "tcvn14423-2026:"),
        ("pam-lockout-attempts", 1, BOTH, 5, "qcvn12-2026:"),
        ("accounts-shell-timeout", 2, BOTH, 300, "tcvn14423-2026:"),
        ("pam-password-length", 5, BOTH[1:], 14, "qcvn12-2026:"),
    ],
)
def test_a_check_is_judged_by_the_stricter_and_says_whose_it_is(
    check: str, level: int, baselines: tuple[Baseline, ...], value: int, whose: str
) -> None:
    args, said = resolve(CHECKS[check], TargetContext(level=level, baselines=baselines))
    assert value in args.values()
    assert f"({whose}" in said[0]
