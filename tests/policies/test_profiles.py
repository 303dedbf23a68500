"""Profiles choose checks by public references and say with which values they are judged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from govctl.errors import UsageError
from policies import requirements
from policies.catalogue import checks
from policies.families import families
from policies.judge import judge
from policies.model import Check, Profile
from policies.profiles import choose, load, names, split
from policies.target import TargetContext
from policies.values import Value, resolve
from tests.policies.hosts import host, sshd

CHECKS = {check.id: check for check in checks()}
TCVN = requirements.load("tcvn14423-2026")
LEVELS = {
    "cis-debian12": ("l1-server", "l1-workstation", "l2-server", "l2-workstation"),
    "anssi-bp28": ("enhanced", "high", "intermediary", "minimal"),
}


SECTION = {"cis": frozenset({"5.1.16"})}


def _tries(value: str, id_: str = "site:own") -> Profile:
    return Profile(id_, {}, SECTION, values={"sshd_max_auth_tries_value": value})


def _judged(context: TargetContext, tries: int = 3) -> tuple[str, tuple[str, ...]]:
    facts = host(sshd(maxauthtries=str(tries)))
    finding = judge(facts, [CHECKS["sshd-max-auth-tries"]], context)[0]
    return finding.status, finding.values


def test_the_shipped_profiles() -> None:
    assert set(names()) == {f"{family}:{level}" for family in LEVELS for level in LEVELS[family]}


@pytest.mark.parametrize("name", names())
def test_every_value_of_a_profile_suits_the_checks_that_take_it(name: str) -> None:
    context = choose([name]).context()
    for check in checks():
        args, _whose = resolve(check, context)
        families()[check.family].args.model_validate_json(json.dumps(args))


@pytest.mark.parametrize("name", names())
def test_a_profile_asks_for_checks_in_the_catalogues_order(name: str) -> None:
    chosen = choose([name])
    assert chosen.checks
    assert [check.id for check in chosen.checks] == [
        check.id for check in checks() if load(name).asks_for(check)
    ]
    assert load(name).text.keys() == {"en", "vi"}


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("cis-debian12:l1-server", "cis-debian12:l2-server"),
        ("cis-debian12:l1-workstation", "cis-debian12:l2-workstation"),
        ("anssi-bp28:minimal", "anssi-bp28:intermediary"),
        ("anssi-bp28:intermediary", "anssi-bp28:enhanced"),
        ("anssi-bp28:enhanced", "anssi-bp28:high"),
    ],
)
def test_a_higher_level_asks_for_more(less: str, more: str) -> None:
    low, high = load(less), load(more)
    assert all(ids < high.references[scheme] or scheme == "ssg"
               for scheme, ids in low.references.items())  # fmt: skip
    assert low.values.keys() <= high.values.keys()


def test_servers_and_workstations_differ() -> None:
    server, desk = load("cis-debian12:l1-server"), load("cis-debian12:l1-workstation")
    assert "1.1.1.9" in server.references["cis"]  # USB storage: level 2 on a workstation
    assert "1.1.1.9" not in desk.references["cis"]
    assert "1.1.1.9" in load("cis-debian12:l2-workstation").references["cis"]


def test_a_check_of_nothing_but_rules_left_out_is_left_out() -> None:
    check = replace(
        CHECKS["pam-password-length"],
        references={"ssg": ("accounts_password_minlen_login_defs",), "anssi": ("R31",)},
    )
    assert not load("anssi-bp28:minimal").asks_for(check)
    both = replace(check, references={**check.references, "ssg": ("a", *check.references["ssg"])})
    assert load("anssi-bp28:minimal").asks_for(both)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cis-debian12:l1-sever", "did you mean cis-debian12:l1-server?"),
        ("cis-debian12", "did you mean"),
        ("tcvn14423-2025", "did you mean tcvn14423-2026?"),
        ("tcvn14423-2026:9", "known are: 1, 2, 3, 4, 5"),
        ("nothing-like-it", "known are: "),
    ],
)
def test_an_unknown_name_or_level_comes_with_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose([name])
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_a_level_of_a_baseline_asks_for_its_own_checks() -> None:
    one, five = choose(["tcvn14423-2026:1"]), choose(["tcvn14423-2026"])
    assert (one.level, five.level) == (1, 5)
    assert one.baselines == five.baselines == (TCVN,)
    keys = {row.key for row in TCVN.level(1)}
    assert one.checks == tuple(c for c in checks() if not keys.isdisjoint(c.answers))
    assert len(one.checks) < len(five.checks)


def test_without_names_every_check_is_meant() -> None:
    chosen = choose([])
    assert (chosen.checks, chosen.level, chosen.values) == (checks(), 1, {})


def test_patterns_choose_the_checks_and_names_the_values() -> None:
    chosen = choose(["anssi-bp28:minimal"], ["sshd-root-login", "pam-password-length"])
    assert [check.id for check in chosen.checks] == ["pam-password-length", "sshd-root-login"]
    args, whose = resolve(CHECKS["pam-password-length"], chosen.context())
    assert args["minimum"] == 15
    assert whose == ("minimum 15 (anssi-bp28:minimal)",)


def test_of_two_profiles_the_stricter_value_counts() -> None:
    for order in (("a", "b"), ("b", "a")):
        given = {"a": _tries("4", "a"), "b": _tries("2", "b")}
        context = TargetContext(profiles=tuple(given[name] for name in order))
        assert _judged(context) == ("fail", ("maximum 2 (b)",))


def test_the_values_of_profiles_by_name_are_those_of_the_first() -> None:
    chosen = replace(choose([]), profiles=(_tries("4"), _tries("2")))
    assert chosen.values == {"sshd_max_auth_tries_value": "4"}


def test_a_profile_says_nothing_of_checks_that_it_does_not_ask_for() -> None:
    other = replace(_tries("2"), references={"cis": frozenset({"5.1.17"})})
    assert _judged(TargetContext(profiles=(other,))) == ("pass", ())


def test_a_profile_may_be_laxer_than_a_checks_own_default() -> None:
    assert _judged(TargetContext(profiles=(_tries("6"),)), 6) == (
        "pass",
        ("maximum 6 (site:own)",),
    )


def test_a_profile_cannot_loosen_what_a_baseline_asks_for() -> None:
    context = TargetContext(level=3, baselines=(TCVN,), profiles=(_tries("6"),))
    required = CHECKS["sshd-max-auth-tries"]
    assert any(TCVN.find(3, key) for key in required.answers)
    assert _judged(context, 6) == ("fail", ())


def test_the_estate_replaces_a_profile_and_says_so() -> None:
    context = TargetContext(estate={"ssh_max_auth_tries": "5"}, profiles=(_tries("2"),))
    assert _judged(context, 5) == ("pass", ("maximum 5 (estate)",))


def test_the_estate_cannot_loosen_a_threshold_and_may_tighten_it() -> None:
    at_three = TargetContext(level=3, baselines=(TCVN,))
    check = CHECKS["sshd-keepalive"]
    name = next(arg.name for arg in check.args.values() if isinstance(arg, Value) and arg.key)
    lax, strict = (replace(at_three, estate={name: value}) for value in ("900", "60"))
    assert resolve(check, lax)[1] == ("seconds 300 (tcvn14423-2026:5.5.2.2 a)",)
    assert resolve(check, strict)[1] == ("seconds 60 (estate)",)


def test_this_run_wins_over_everybody() -> None:
    context = TargetContext(
        values={"ssh_max_auth_tries": "9"},
        estate={"ssh_max_auth_tries": "1"},
        profiles=(_tries("2"),),
    )
    assert _judged(context, 9) == ("pass", ("maximum 9 (set ssh_max_auth_tries)",))


def test_a_word_where_a_number_is_due_is_never_passed_over() -> None:
    context = TargetContext(profiles=(_tries("2"), _tries("few")))
    assert _judged(context)[0] == "not-evaluated"


def test_a_mask_is_stricter_the_more_it_takes_away() -> None:
    check = Check(
        "umask", "accounts.umask", {"mask": Value("027", "umask", variables=("var_umask",))},
        "medium", {}, (), {"cis": ("5.1.16",)}, None,
    )  # fmt: skip
    lax, strict = (Profile(v, {}, SECTION, values={"var_umask": v}) for v in ("022", "077"))
    for profiles in ((lax, strict), (strict, lax)):
        assert resolve(check, TargetContext(profiles=profiles))[0] == {"mask": "077"}


def test_an_estate_may_answer_to_baselines_and_profiles() -> None:
    baselines, profiles = split(["cis-debian12:l1-server", "tcvn14423-2026"])
    assert baselines == (TCVN,)
    assert [profile.id for profile in profiles] == ["cis-debian12:l1-server"]


DEFAULT = (
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521"
)
GROUPS = (
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
    "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
)


@pytest.mark.parametrize(
    ("methods", "status"),
    [
        (f"sntrup761x25519-sha512@openssh.com,{DEFAULT},{GROUPS}", "pass"),  # 9.2 as it came
        (f"sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,{DEFAULT},{GROUPS}", "pass"),
        ("mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,"
         f"{DEFAULT}", "pass"),  # 10.0
        (f"mlkem768x25519-sha256,{DEFAULT},diffie-hellman-group14-sha1", "fail"),
        (f"{DEFAULT},diffie-hellman-group1-sha1", "fail"),
        (f"{DEFAULT},diffie-hellman-group-exchange-sha1", "fail"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", LEVELS["cis-debian12"])
def test_the_benchmark_asks_for_no_weak_key_exchange(level: str, methods: str, status: str) -> None:
    context = choose([f"cis-debian12:{level}"]).context()
    facts = host(sshd(kexalgorithms=methods))
    assert judge(facts, [CHECKS["sshd-key-exchange"]], context)[0].status == status
