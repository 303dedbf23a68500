"""Packages, and of several programs for one task the one that a host uses."""

from __future__ import annotations

from policies.catalogue import checks, themes
from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.facts.ufw import Ufw
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import Facts

NO_UFW = Ufw(False)
UFW_ON = Ufw(True, True, {"input": "drop", "output": "accept", "forward": "drop"})
UFW_OFF = Ufw(True, False, {"input": "drop", "output": "accept", "forward": "drop"})


def units(**states: str) -> Units:
    """`chrony="enabled active"`; two underscores stand for a hyphen."""
    found = {}
    for name, state in states.items():
        enabled, active = state.split()
        unit = f"{name.replace('__', '-')}.service"
        found[unit] = Unit(unit, enabled, None if active == "-" else active)
    return Units(found)


NOTHING = Units({})
CHRONY = units(chrony="enabled active")
CHRONYD = units(chrony="enabled active", chronyd="alias active")
TIMESYNCD = units(systemd__timesyncd="enabled active")
NTPSEC = units(ntpsec="enabled active")
NFTABLES = units(nftables="enabled active")
NFTABLES_TREE = units(nftables="enabled -")
UFW = units(ufw="enabled active", nftables="disabled inactive")
IPTABLES = units(netfilter__persistent="enabled active", iptables="alias active",
                 ip6tables="alias active", nftables="disabled inactive")  # fmt: skip


def _bare(*names: str) -> Packages:
    return Packages(dict.fromkeys(("dpkg", *names), "1.0"), {})


def facts(known: Units, *names: str, ufw: Ufw = NO_UFW) -> Facts:
    return (_bare(*names), known, ufw)


CASES: Cases = {
    "time-chrony-installed": Case(
        (facts(CHRONY, "chrony"), facts(CHRONYD, "chrony")),
        (facts(CHRONY),),  # built by hand: the daemon runs, no package keeps it up to date
    ),
    "time-systemd-timesyncd-installed": Case(
        (facts(TIMESYNCD, "systemd-timesyncd"), facts(NOTHING, "systemd-timesyncd")),
        (facts(NOTHING), facts(units(chrony="disabled inactive"), "chrony")),
    ),
    "time-ntp-installed": Case(
        (facts(NTPSEC, "ntpsec"), facts(units(ntp="enabled active"), "ntp")), (facts(NTPSEC),)
    ),
    "time-chrony-starts": Case(
        (facts(CHRONY), facts(CHRONYD), facts(units(chrony="enabled -"))),
        (facts(units(chrony="disabled active")), facts(units(chrony="enabled failed"))),
    ),
    "time-systemd-timesyncd-starts": Case(
        (facts(TIMESYNCD), facts(units(systemd__timesyncd="enabled -"))),
        (
            facts(NOTHING),
            facts(units(systemd__timesyncd="enabled inactive")),  # a container's condition
            facts(units(systemd__timesyncd="disabled active")),
            facts(units(systemd__timesyncd="masked inactive")),
        ),
    ),
    "time-ntp-starts": Case(
        (facts(NTPSEC), facts(units(ntp="enabled active"))),
        (facts(units(ntpsec="enabled failed")), facts(units(ntpsec="disabled active"))),
    ),
    "time-chrony-off": Case(
        (facts(TIMESYNCD), facts(units(systemd__timesyncd="enabled -", chrony="masked -"))),
        (facts(units(chrony="enabled active", systemd__timesyncd="enabled active")),
         facts(units(chrony="disabled active", ntpsec="enabled active"))),
    ),
    "time-systemd-timesyncd-off": Case(
        (facts(CHRONY), facts(units(chrony="enabled active", systemd__timesyncd="masked -"))),
        (facts(units(chrony="enabled active", systemd__timesyncd="enabled active")),),
    ),
    "time-single-daemon": Case(
        (facts(CHRONYD), facts(TIMESYNCD), facts(NTPSEC)),
        (facts(NOTHING), facts(units(chrony="enabled active", systemd__timesyncd="enabled active")),
         facts(units(chrony="disabled inactive"))),
    ),
    "filter-single-tool": Case(
        (
            facts(NFTABLES),
            facts(NFTABLES_TREE),
            facts(IPTABLES),
            facts(UFW, ufw=UFW_ON),
            # Debian enables ufw.service when ufw is installed; it does nothing with ENABLED=no.
            facts(units(ufw="enabled active", nftables="enabled active"), ufw=UFW_OFF),
        ),
        (
            facts(NOTHING),
            facts(UFW, ufw=UFW_OFF),
            facts(units(ufw="enabled active", nftables="enabled active"), ufw=UFW_ON),
            facts(units(nftables="enabled active", firewalld="enabled active")),
        ),
    ),
    "filter-nftables-installed": Case(
        (facts(NFTABLES, "nftables"), facts(NOTHING, "nftables")), (facts(NOTHING),)
    ),
    "filter-ufw-installed": Case(
        (facts(UFW, "ufw", ufw=UFW_ON),), (facts(UFW, ufw=UFW_ON),)
    ),
    "filter-iptables-installed": Case(
        (facts(IPTABLES, "netfilter-persistent", "iptables-persistent"),),
        (facts(units(iptables="enabled active"), "iptables"),),
    ),
    "filter-ufw-starts": Case(
        (facts(UFW, ufw=UFW_ON), facts(units(ufw="enabled -"), ufw=UFW_ON)),
        (facts(units(ufw="disabled active"), ufw=UFW_ON),
         facts(units(ufw="enabled failed"), ufw=UFW_ON)),
    ),
    "filter-iptables-starts": Case(
        (facts(IPTABLES), facts(units(netfilter__persistent="enabled inactive"))),
        (facts(units(netfilter__persistent="disabled active")),),
    ),
    "filter-nftables-off": Case(
        (facts(UFW, ufw=UFW_ON), facts(IPTABLES)),
        (facts(units(ufw="enabled active", nftables="enabled active"), ufw=UFW_ON),),
    ),
    "firewall-service": Case(
        (facts(NFTABLES), facts(NFTABLES_TREE),
         facts(units(ufw="enabled active", nftables="enabled active"), ufw=UFW_OFF)),
        (facts(NOTHING), facts(units(nftables="disabled inactive")),
         facts(units(nftables="masked inactive")), facts(UFW, ufw=UFW_OFF)),
    ),
    "filter-ufw-removed": Case(
        (facts(NFTABLES), facts(NFTABLES, "nftables"),
         facts(units(nftables="enabled active", ufw="masked inactive"), "ufw", ufw=UFW_OFF)),
        (facts(units(nftables="enabled active", ufw="enabled active"), "ufw", ufw=UFW_ON),
         facts(units(nftables="enabled active", ufw="disabled inactive"), "ufw", ufw=UFW_OFF)),
    ),
    "filter-iptables-removed": Case(
        (facts(UFW, ufw=UFW_ON), facts(NFTABLES, "iptables")),
        (facts(units(ufw="enabled active", netfilter__persistent="enabled active"), ufw=UFW_ON),
         facts(NFTABLES, "iptables-persistent")),
    ),
    "service-netfs": Case(((NOTHING,), (units(netfs="masked inactive"),)),
                          ((units(netfs="enabled active"),), (units(netfs="disabled active"),))),
    "service-journal-remote": Case(
        (
            (NOTHING,),
            (Units({"systemd-journal-remote.socket":
                    Unit("systemd-journal-remote.socket", "disabled", "inactive"),
                    "systemd-journal-remote.service":
                    Unit("systemd-journal-remote.service", "indirect", "inactive")}),),
        ),
        (
            (Units({"systemd-journal-remote.socket":
                    Unit("systemd-journal-remote.socket", "enabled", "active")}),),
            (Units({"systemd-journal-remote.service":
                    Unit("systemd-journal-remote.service", "indirect", "active")}),),
        ),
    ),
}  # fmt: skip
_MINE = {name for theme in ("packages", "filter") for name in themes()[theme]}
for _check in checks():
    if _check.family == "packages.present" and _check.id in _MINE:
        _names, _needed = _check.args["packages"], _check.args.get("beside", ())
        CASES[_check.id] = Case(
            tuple((_bare(name, *_needed),) for name in _names),
            ((_bare(*_needed),), (_bare(f"{_names[0]}-doc", *_needed),)),
        )
