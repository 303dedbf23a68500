"""Where a question about one of several programs does not arise, or nobody can answer it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.catalogue import checks
from policies.judge import TargetContext, judge
from scanners.host.facts import aide, firewall
from scanners.host.facts.aide import Aide
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.software import Packages
from scanners.host.facts.sshd import Sshd
from scanners.host.facts.ufw import Ufw
from scanners.host.model import File
from tests.policies import rulesets
from tests.policies.cases import desktop
from tests.policies.cases.alternatives import CHRONY, IPTABLES, NFTABLES, NO_UFW, UFW, UFW_ON, units
from tests.policies.cases.alternatives import NOTHING as NO_UNITS
from tests.policies.hosts import host, packages, sshd
from tests.scanners.host.raws import file, raw

BY_ID = {check.id: check for check in checks()}
BARE = Packages({"dpkg": "1"}, {})


def _status(name: str, *facts: object, **values: str) -> str:
    context = TargetContext(values=values)
    return judge(host(*facts), [BY_ID[name]], context)[0].status


@pytest.mark.parametrize(
    ("name", "units", "ufw"),
    [
        ("time-ntp-installed", CHRONY, NO_UFW),
        ("time-systemd-timesyncd-starts", CHRONY, NO_UFW),
        ("time-chrony-off", CHRONY, NO_UFW),
        ("time-chrony-installed", NO_UNITS, NO_UFW),  # systemd-timesyncd is preferred
        ("filter-ufw-starts", NFTABLES, NO_UFW),
        ("filter-ufw-installed", IPTABLES, NO_UFW),
        ("filter-nftables-installed", UFW, UFW_ON),
        # Its file begins with `flush ruleset`: hardening must not enable it beside another's rules.
        ("firewall-service", UFW, UFW_ON),
        ("firewall-service", IPTABLES, NO_UFW),
        ("firewall-service", units(firewalld="enabled active"), NO_UFW),
        ("filter-ufw-removed", UFW, UFW_ON),
        ("filter-iptables-starts", NO_UNITS, NO_UFW),
    ],
)
def test_what_the_host_does_not_use_is_not_due(name: str, units: object, ufw: Ufw) -> None:
    assert _status(name, BARE, units, ufw) == "not-applicable"


def test_where_a_host_uses_none_the_run_says_which_it_prefers() -> None:
    facts = (BARE, NO_UNITS, NO_UFW)
    assert _status("filter-ufw-starts", *facts, firewall_tool="ufw") == "fail"
    assert _status("filter-nftables-installed", *facts, firewall_tool="ufw") == "not-applicable"
    assert _status("time-chrony-installed", *facts, var_timesync_service="chronyd") == "fail"


def test_what_the_run_says_counts_more_than_what_the_host_uses() -> None:
    on_chrony, wish = (BARE, CHRONY, NO_UFW), {"var_timesync_service": "systemd-timesyncd"}
    assert _status("time-chrony-starts", *on_chrony, **wish) == "not-applicable"
    assert _status("time-systemd-timesyncd-starts", *on_chrony, **wish) == "fail"
    assert _status("time-chrony-off", *on_chrony, **wish) == "fail"
    assert _status("time-systemd-timesyncd-off", *on_chrony, **wish) == "not-applicable"
    on_nftables = (BARE, NFTABLES, UFW_ON)
    wish = {"var_network_filtering_service": "ufw"}
    assert _status("filter-nftables-off", *on_nftables, **wish) == "fail"
    assert _status("filter-ufw-removed", *on_nftables, **wish) == "not-applicable"


@pytest.mark.parametrize(
    "name", [one for one in BY_ID if one.startswith(("filter-ufw-", "filter-iptables-"))]
)
def test_rows_of_other_filters_leave_a_host_of_nftables_alone(name: str) -> None:
    empty = Iptables({}, {}, {})
    listeners = rulesets.sockets(rulesets.SSHD)
    found = _status(name, BARE, NFTABLES, NO_UFW, rulesets.EMPTY, empty, listeners)
    assert found == ("pass" if name.endswith("-removed") else "not-applicable")


_CLOSED = """
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ip saddr 127.0.0.0/8 counter log prefix "accept " drop
    iifname != lo ip6 saddr { ::1, fe80::1 } drop
    ct state established,related accept  # asked for
    tcp dport { 22, 80-90 } accept
  }
}
"""


@pytest.mark.parametrize(
    ("gone", "status"),
    [
        ("", "pass"),
        ('    iif "lo" accept\n', "fail"),
        ('    ip saddr 127.0.0.0/8 counter log prefix "accept " drop\n', "fail"),
        ("::1, ", "fail"),
    ],
)
def test_a_tree_has_the_rules_of_the_file_of_nftables(gone: str, status: str) -> None:
    text = {"/etc/nftables.conf": _CLOSED.replace(gone, "")}
    tree = firewall.SOURCE.parse(raw(text))
    assert isinstance(tree, Firewall)
    facts = (NFTABLES, NO_UFW, tree, Iptables(None, {}, {}))
    assert _status("filter-nftables-loopback", *facts) == status
    other = {"var_nftables_master_config_file": "/etc/nftables/main.nft"}
    assert _status("filter-nftables-loopback", *facts, **other) == "not-evaluated"


def test_a_table_or_chain_that_a_run_names_must_be_there() -> None:
    tree = firewall.SOURCE.parse(
        raw({"/etc/nftables.conf": "add table ip x\nadd chain ip x in "
                                   "{ type filter hook input priority 0; policy drop; }\n"})
    )  # fmt: skip
    facts = (NFTABLES, NO_UFW, tree)
    hook = {"var_nftables_base_chain_hooks": "input"}
    assert _status("filter-nftables-table", *facts) == "pass"
    assert _status("filter-nftables-table", *facts, var_nftables_table="filter") == "fail"
    assert _status("filter-nftables-table", *facts, var_nftables_family="ip") == "pass"
    assert _status("filter-nftables-chains", *facts, **hook) == "fail"  # nothing for IPv6
    assert _status("filter-nftables-chains", *facts, **hook, var_nftables_family="ip") == "pass"


def test_a_policy_of_ufw_that_nothing_sets_is_not_guessed() -> None:
    unset = Ufw(True, True, {"input": "drop"})
    assert _status("filter-ufw-default", UFW, unset, rulesets.ufw_tree()) == "not-evaluated"


@pytest.mark.parametrize(
    "name", [check.id for check in checks() if check.family.startswith("sshd.")]
)
def test_without_a_server_nothing_of_ssh_is_due(name: str) -> None:
    assert _status(name, Sshd(False, {})) == "not-applicable"


@pytest.mark.parametrize("version", ["", "unknown", "1:x"])
def test_an_unknown_version_of_ssh_is_not_judged(version: str) -> None:
    known = Packages({"openssh-server": version} if version else {"dpkg": "1"}, {})
    assert _status("sshd-protocol", sshd(), known) == "not-evaluated"


def test_a_limit_that_cannot_be_read_is_not_judged() -> None:
    assert _status("sshd-rekey-limit", sshd(rekeylimit="much later")) == "not-evaluated"


@pytest.mark.parametrize(
    "text",
    [
        "/ R\n@@x_include /etc/aide/aide.conf.d\n",
        "# no rule\n",
        "@@x_include /etc/aide/aide.conf.d\n",
    ],
)
def test_what_programs_write_for_aide_is_not_guessed(text: str) -> None:
    program = "/etc/aide/aide.conf.d/31_aide_apt"
    there: dict[str, str | File] = {
        "/etc/aide/aide.conf": text,
        program: file(program, "#!/bin/sh\n", mode=0o755),
    }
    assert _status("aide-acl", aide.parse(raw(there)), packages("aide")) == "not-evaluated"


def test_a_database_elsewhere_is_not_looked_for() -> None:
    facts = desktop.CASES["aide-database"].good[0]
    fact = next(one for one in facts if isinstance(one, Aide))
    away = replace(fact, database="/srv/aide.db", database_exists=None)
    assert _status("aide-database", away, packages("aide")) == "not-evaluated"


def test_a_package_that_does_the_work_instead_makes_a_check_not_due() -> None:
    assert _status("package-journal-remote", packages("rsyslog")) == "not-applicable"
    assert _status("package-journal-remote", BARE) == "fail"


def test_what_is_installed_alone_is_due_even_if_another_is_preferred() -> None:
    off = units(ntpsec="disabled inactive")
    alone, both = (Packages(dict.fromkeys(names, "1"), {})
                   for names in (["ntpsec"], ["ntpsec", "systemd-timesyncd"]))  # fmt: skip
    assert _status("time-ntp-starts", off, NO_UFW, alone) == "fail"
    assert _status("time-ntp-starts", off, NO_UFW, both) == "not-applicable"
    assert _status("time-chrony-installed", NO_UNITS, NO_UFW, packages("chrony")) == "pass"


def test_a_program_that_is_not_the_one_asked_for_must_be_off() -> None:
    assert _status("time-chrony-off", CHRONY, NO_UFW) == "not-applicable"
    asked = {"var_timesync_service": "systemd-timesyncd"}
    assert _status("time-chrony-off", CHRONY, NO_UFW, **asked) == "fail"
    assert _status("time-chrony-off", CHRONY, NO_UFW, var_timesync_service="chronyd") != "fail"


def test_a_package_that_is_there_is_never_out_of_place() -> None:
    both = Packages({"rsyslog": "1", "systemd-journal-remote": "1", "iptables": "1"}, {})
    assert _status("package-journal-remote", both) == "pass"
    assert _status("package-journal-remote", Packages({"rsyslog": "1"}, {})) == "not-applicable"
    assert _status("package-rsyslog-tls", Packages({"rsyslog-gnutls": "1"}, {})) == "pass"
    assert _status("package-rsyslog-tls", BARE) == "not-applicable"
