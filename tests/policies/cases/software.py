"""Packages, units, sockets, mounts, the packet filter, logging, time and sudo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policies.catalogue import checks
from scanners.host.facts import apt_sources
from scanners.host.facts.firewall import Chain, Firewall
from scanners.host.facts.logging import Forward, Logging, TimeSync, parse_logging
from scanners.host.facts.mounts import Mount, Mounts
from scanners.host.facts.software import Listener, Listeners, Packages, Unit, Units
from scanners.host.facts.sudo import Sudo, SudoRule
from scanners.host.formats.sudo_lists import Item
from scanners.host.model import File
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import PACKAGES, chain, packages
from tests.scanners.host.raws import file, raw

ACCEPT = {"expr": [{"accept": None}]}
JUMP = {"expr": [{"jump": {"target": "open"}}]}
LOG = Logging((), 0o640, {}, {})
CLOCK = TimeSync("chrony", ("10.0.0.1",), True, "_chrony")
SUDO = Sudo(True, {}, ())
SSH_ONLY = Listener("tcp", "0.0.0.0", 22, "sshd")
SHM = Mount("/dev/shm", "tmpfs", "tmpfs", frozenset({"nodev", "nosuid", "noexec", "rw"}))


def _journald(text: str, folder: str = "") -> tuple[object, ...]:
    """journald.conf(5) of a tree with dpkg's database, and what is at /var/log/journal."""
    found: dict[str, str | File] = {
        "/etc/systemd/journald.conf": text,
        "/var/lib/dpkg/status": "Package: systemd\n",
    }
    if folder:
        found["/var/log/journal"] = file("/var/log/journal", None, kind=folder)
    return (parse_logging(replace(raw(found), asked=("/var/log/journal",))),)


def _absent(names: list[str]) -> Case:
    return Case(((packages(),),), tuple((packages(name),) for name in names))


def _unit(name: str, enabled: str, active: str | None) -> Units:
    return Units({name: Unit(name, enabled, active)})


LOADER = "nftables.service"
CHRONY = _unit("chrony.service", "enabled", "active")


def _unused(package: str, unit: str) -> Case:
    here = packages(package)
    return Case(
        (
            (packages(), Units({})),
            (here, _unit(unit, "masked", "inactive")),
            (here, _unit(unit, "disabled", None)),
            # masked, and the link of another name left behind
            (here, Units({unit: Unit(unit, "masked"), "x.service": Unit("x.service", "alias")})),
        ),
        (
            (here, _unit(unit, "generated", None)),
            (here, _unit(unit, "enabled", "active")),
            (here, _unit(unit, "enabled", None)),
            (here, _unit(unit, "disabled", "active")),
        ),
    )


def _enabled(unit: str, running: bool, *needed: str) -> Case:
    there = packages(*needed)
    bad = [_unit(unit, "disabled", "active"), _unit(unit, "masked", "inactive"), Units({})]
    if running:
        bad.append(_unit(unit, "enabled", "failed"))
    good = (_unit(unit, "enabled", "active"), _unit(unit, "static", None))
    return Case(tuple((one, there) for one in good), tuple((one, there) for one in bad))


def _firewall(hook: str) -> Case:
    shut = chain(hook)
    rest: tuple[Chain, ...] = (chain("input"), chain("forward"), chain("output"))
    both = (chain(hook, family="ip"), chain(hook, family="ip6"))
    path = "/etc/nftables.conf"

    def wall(now: tuple[Chain, ...] | None, then: tuple[Chain, ...]) -> Firewall:
        return Firewall(now, path, then)

    open_jump = Firewall(
        (chain(hook, "drop", JUMP),), path, (shut,), {"inet filter open": (ACCEPT,)}
    )
    twice = {
        "inet filter open": ({"expr": [{"jump": {"target": "deep"}}]},),
        "inet filter deep": ({"expr": [{"goto": {"target": "open"}}]}, ACCEPT),
    }
    deep = Firewall((chain(hook, "drop", JUMP),), path, (shut,), twice)
    on, off = _unit(LOADER, "enabled", "active"), _unit(LOADER, "masked", "inactive")
    good = [wall(rest, rest), wall(both, both), wall(None, (shut,))]
    bad = [
        wall((), (shut,)),
        wall((shut,), ()),  # gone after the next boot
        wall((chain(hook, "accept"),), (shut,)),
        wall((chain(hook, "drop", ACCEPT),), (shut,)),
        wall((chain(hook, family="ip"),), (shut,)),  # IPv6 stands open
        open_jump,
        deep,
        wall(None, ()),
    ]
    return Case(
        tuple((one, on) for one in good),
        (*((one, on) for one in bad), (good[0], off), (good[0], Units({}))),
    )


def _sockets(*sockets: Listener) -> Listeners:
    return Listeners(sockets)


ASKS = Listener("udp", "*", 42223, "baresip")


def _match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _port(protocol: str, right: Any, op: str = "==") -> dict[str, Any]:
    return _match({"payload": {"protocol": protocol, "field": "dport"}}, right, op)


def _lets_in(*expr: dict[str, Any], policy: str = "drop", family: str = "inet") -> Firewall:
    """A filter as `nft -j` gives one, with a rule that accepts what these matches hold for."""
    rules = [
        {"expr": [_match({"meta": {"key": "iifname"}}, "lo"), {"accept": None}]},
        {"expr": [_match({"ct": {"key": "state"}}, ["established", "related"], "in"),
                  {"accept": None}]},
        {"expr": [{"jump": {"target": "essentials"}}]},
        {"expr": [*expr, {"counter": "f_x"}, {"accept": None}]},
        {"expr": [{"counter": "refused_in"}]},
    ]  # fmt: skip
    ping = {"expr": [_match({"payload": {"protocol": "icmp", "field": "type"}}, "echo-request"),
                     {"accept": None}]}  # fmt: skip
    shut = chain("input", policy, *rules, family=family)
    return Firewall((shut,), None, (), {f"{family} filter essentials": (ping,)})


SSH_IN = _lets_in(_port("tcp", 22))


def _defaults(**options: str) -> Sudo:
    return replace(SUDO, defaults=options)


def _sudo(option: str, good: list[str], bad: list[str]) -> Case:
    scoped = replace(_defaults(**{option: good[0]}), scoped_defaults={"user:an": {option: bad[0]}})
    return Case(
        tuple((_defaults(**{option: value}),) for value in good),
        (*((_defaults(**{option: value}),) for value in bad), (scoped,)),
    )


def _forward(protocol: str = "tcp", tls: bool = True, verified: bool = True) -> Logging:
    return replace(LOG, forwards=(Forward("log", 6514, protocol, tls, verified),))


def _rule(who: str, *tags: str) -> Sudo:
    grant = Item("ALL", False, None, frozenset(tags))
    rule = SudoRule(who, (who,), (grant,), frozenset(tags), "ALL", "/etc/sudoers", 1)
    return replace(SUDO, rules=(rule,))


def _sources(text: str, ending: str = "list") -> object:
    path = f"/etc/apt/sources.list.d/x.{ending}"
    return apt_sources.parse(raw({path: f"{text}\n"}))


def _apt(**values: str) -> Packages:
    return Packages(PACKAGES, {k.replace("_", "::"): (v,) for k, v in values.items()})


CASES: Cases = {
    "listeners-allowed": Case(
        (
            (_sockets(SSH_ONLY),),
            (_sockets(SSH_ONLY, Listener("udp", "127.0.0.1", 323, "chronyd")),),
            (_sockets(Listener("tcp", "[::1]", 25, None)),),
            (_sockets(SSH_ONLY, ASKS), SSH_IN),
            (_sockets(ASKS), _lets_in(_port("udp", {"set": [53, {"range": [5000, 5999]}]}))),
        ),
        (
            (_sockets(SSH_ONLY, Listener("tcp", "*", 111, "rpcbind")),),
            (_sockets(Listener("udp", "0.0.0.0", 22, None)),),
            (_sockets(Listener("tcp", "[::]", 8080, "python3")),),
            (_sockets(ASKS),),  # no packet filter
            (_sockets(Listener("tcp", "*", 42223, "baresip")), SSH_IN),
            (_sockets(Listener("udp", "*", 161, "snmpd")), SSH_IN),
            (_sockets(ASKS), _lets_in(_port("tcp", 22), policy="accept")),
            (_sockets(ASKS), _lets_in(_port("tcp", 22), family="ip")),  # IPv6 stands open
            (_sockets(ASKS), _lets_in()),
            (_sockets(ASKS), _lets_in(_port("udp", {"range": [40000, 50000]}))),
            (_sockets(ASKS), _lets_in(_port("udp", "@ports"))),
            (_sockets(ASKS), _lets_in(_port("udp", 53, "!="))),
            (_sockets(ASKS), _lets_in({"jump": {"target": "elsewhere"}})),
        ),
    ),
    "apt-verified": Case(
        (
            (_apt(), _sources("deb [arch=amd64 signed-by=/x.gpg] https://deb.example.org x m")),
            (_apt(), _sources("deb [trusted=no] https://deb.example.org/debian x main")),
            (_apt(), _sources("#deb [trusted=yes] https://deb.example.org/debian x main")),
        ),
        (
            (_apt(APT_Get_AllowUnauthenticated="true"),),
            (_apt(Acquire_AllowInsecureRepositories="1"),),
            (_apt(acquire_allowweakrepositories="yes"),),
            (_apt(), _sources("deb [ arch=amd64 trusted=yes ] http://x.example/apt x main")),
            (_apt(), _sources("deb [allow-insecure=yes] http://x.example/apt x main")),
            (_apt(), _sources("Types: deb\nURIs: http://x.example\nSuites: x\nAllow-Weak: yes\n",
                              "sources")),
        ),
    ),
    "apt-no-recommends": Case(
        tuple((_apt(**{"APT_Install-Recommends": word}),) for word in ("0", "No", "false")),
        ((_apt(**{"APT_Install-Recommends": "1"}),), (_apt(**{"APT_Install-Recommends": "x"}),),
         (_apt(),)),
    ),
    "logging-forwarded": Case(
        ((_forward(),), (_forward(tls=False),), (_forward("udp", tls=False, verified=False),)),
        ((LOG,),),
    ),
    "logging-forward": one(
        _forward(), LOG, _forward(tls=False), _forward(verified=False), _forward("udp", tls=False)
    ),
    "logging-file-mode": one(LOG, replace(LOG, file_mode=0o644), replace(LOG, file_mode=0o660)),
    "logging-journal-storage": Case(
        (
            _journald("[Journal]\nStorage=persistent\n"),
            _journald("[Journal]\nStorage=auto\n", "directory"),
            _journald("", "directory"),
            _journald("[Journal]\nstorage=volatile\n", "directory"),  # keys have their case
            _journald("[Journal]\nStorage=Volatile\n", "directory"),  # so have words
        ),
        (
            _journald("[Journal]\nStorage=volatile\n", "directory"),
            _journald("[Journal]\nStorage=none\n", "directory"),
            _journald("[Journal]\nStorage=auto\n"),
            _journald("[Journal]\nstorage=persistent\n"),
            _journald("", "file"),
        ),
    ),
    "logging-journal-compress": Case(
        (
            _journald(""),
            _journald("[Journal]\nCompress=4K\n"),
            _journald("[Journal]\nCompress=T\n"),
        ),
        (_journald("[Journal]\nCompress=no\n"), _journald("[Journal]\nCompress=0\n")),
    ),
    "time-daemon": Case(
        ((CLOCK, CHRONY), (CLOCK, _unit("chrony.service", "enabled", None))),
        (
            (replace(CLOCK, daemon=None), CHRONY),
            (replace(CLOCK, daemon="ntpd"), CHRONY),
            (CLOCK, _unit("chrony.service", "masked", "inactive")),  # installed and configured
            (CLOCK, _unit("chrony.service", "enabled", "failed")),
            (CLOCK, Units({})),
        ),
    ),
    "time-sources": one(CLOCK, replace(CLOCK, sources=())),
    "time-synchronised": one(CLOCK, replace(CLOCK, synchronised=False)),
    "time-user": one(CLOCK, replace(CLOCK, user="root")),
    "mounts-dev-shm": one(
        Mounts((SHM,), (SHM,)),
        Mounts((replace(SHM, options=frozenset({"nodev", "nosuid"})),), (SHM,)),
        Mounts((SHM,), (replace(SHM, options=frozenset({"nodev"})),)),
        Mounts((), (SHM,)),
    ),
    "sudo-installed": one(packages("sudo"), packages()),
    "sudo-pty": _sudo("use_pty", ["1"], ["0"]),
    "sudo-authenticate": _sudo("authenticate", ["1"], ["0"]),
    "sudo-environment": _sudo("env_reset", ["1"], ["0"]),
    "sudo-timestamp": _sudo("timestamp_timeout", ["15", "0", "0.5"], ["-1", "30", "nan"]),
    "sudo-log": one(
        _defaults(logfile="/var/log/sudo.log"), SUDO, _defaults(logfile="0")
    ),
    "sudo-nopasswd": one(
        _rule("govctl", "NOPASSWD"), _rule("an", "NOPASSWD"), _rule("%sudo", "NOPASSWD", "EXEC")
    ),
}  # fmt: skip
for _check in checks():
    _args = _check.args
    if _check.family == "packages.absent":
        CASES[_check.id] = _absent(_args["packages"])
    elif _check.family == "services.unused":
        CASES[_check.id] = _unused(_args["packages"][0], _args["units"][0])
    elif _check.family == "units.enabled":
        _needed = _check.applies.get("package", ())[:1]
        CASES[_check.id] = _enabled(_args["units"][0], _args.get("running", True), *_needed)
    elif _check.family == "firewall.default-drop":
        CASES[_check.id] = _firewall(_args["hook"])
