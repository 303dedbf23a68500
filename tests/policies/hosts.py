"""Hosts made of facts, as scanners would give them."""

from __future__ import annotations

from typing import Any

from policies.families import families
from policies.model import Check
from scanners.host.facts.accounts import Account, Accounts, Group, LoginDefs
from scanners.host.facts.firewall import Chain
from scanners.host.facts.kernel import Persistent, Sysctl
from scanners.host.facts.pam import Pam, PamLine
from scanners.host.facts.paths import Path, Paths
from scanners.host.facts.software import Apt, Packages
from scanners.host.facts.sshd import Sshd
from scanners.host.facts.system import System
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import HostFacts, Raw

Facts = tuple[object, ...]
EVERYTHING = tuple("/*" * depth for depth in range(1, 6))
METAL = System("debian", "12", "box", None, "6.1.0", "none")
CONTAINER = System("debian", "12", "box", None, "6.1.0", "lxc")
TREE = System("debian", "12", "box", None, None, None)
PACKAGES = dict.fromkeys(("chrony", "cron", "at", "logrotate"), "1.0")


def host(*facts: object, target: str = "box") -> HostFacts:
    """A host with these facts; identity and packages are there unless given."""
    values: dict[type[Any], object] = {System: METAL, Packages: packages()}
    values |= {type(fact): fact for fact in facts}
    found = values[Packages]
    if isinstance(found, Packages):
        values.setdefault(Apt, Apt(found.apt))
    return HostFacts(target, "2026-11-22T00:00:00Z", values, Raw({}, {}, True))


def packages(*names: str, **apt: tuple[str, ...]) -> Packages:
    return Packages(PACKAGES | dict.fromkeys(names, "1.0"), apt)


def sshd(**options: str | tuple[str, ...]) -> Sshd:
    values = {k: (v,) if isinstance(v, str) else v for k, v in options.items()}
    return Sshd(True, values)


def account(name: str = "an", uid: int = 1000, **fields: Any) -> Account:
    given: dict[str, Any] = {
        "gid": uid, "home": f"/home/{name}", "shell": "/bin/bash", "password": "locked",
        "home_mode": 0o750, "home_uid": uid,
    }  # fmt: skip
    return Account(name, uid, **(given | fields))


ROOT = account("root", 0, home="/root")
DAEMON = account("daemon", 1, shell="/usr/sbin/nologin")


def people(*accounts: Account, groups: tuple[Group, ...] | None = None) -> Accounts:
    every = (ROOT, DAEMON, *accounts)
    own = {one.gid: Group(one.name, one.gid, ()) for one in every}
    return Accounts(every, groups if groups is not None else tuple(own.values()))


def login_defs(**values: str) -> LoginDefs:
    return LoginDefs(values, {})


def stack(*lines: str) -> tuple[PamLine, ...]:
    """`auth required pam_unix.so nullok`, one a line; brackets may hold blanks."""
    found = []
    for number, line in enumerate(lines, 1):
        kind, rest = line.split(None, 1)
        if rest.startswith("["):
            control, _, rest = rest.partition("]")
            control += "]"
        else:
            control, rest = rest.split(None, 1)
        module, *arguments = rest.split()
        found.append(PamLine(kind, control, module, tuple(arguments), "/etc/pam.d/x", number))
    return tuple(found)


def pam(lines: tuple[str, ...], *services: str, **files: dict[str, str]) -> Pam:
    return Pam(
        {service: stack(*lines) for service in services},
        files.get("pwquality", {}), files.get("faillock", {}), files.get("pwhistory", {}),
    )  # fmt: skip


def sysctl(running: dict[str, str] | None, stored: dict[str, str]) -> Sysctl:
    persistent = {key: Persistent(value, "/etc/sysctl.d/x.conf") for key, value in stored.items()}
    return Sysctl(running, persistent)


def paths(*entries: Path, asked: tuple[str, ...] = EVERYTHING) -> Paths:
    return Paths({entry.path: entry for entry in entries}, asked)


def path(
    name: str, mode: int, owner: str = "root", group: str = "root", kind: str = "file"
) -> Path:
    return Path(name, kind, mode, owner, group)


def files(found: dict[str, str], asked: tuple[str, ...] = EVERYTHING) -> TextFiles:
    return TextFiles(found, frozenset(), asked)


def chain(hook: str, policy: str = "drop", *rules: dict[str, Any], family: str = "inet") -> Chain:
    return Chain(family, "filter", hook, hook, policy, rules)


def ask(family: str, args: dict[str, Any], *facts: object) -> Any:
    """Judge one family with these arguments."""
    from policies.judge import judge

    check = Check("x-1", family, args, "low", {}, (), {}, None)
    assert family in families()
    return judge(host(*facts), [check])[0]
