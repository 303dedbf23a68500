"""Which paths, texts and units checks ask for by name, so that one visit can bring them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from policies.model import Check
from policies.values import defaults

_BY_PATH = ("files.permissions", "homes.trust", "homes.dot-files", "audit.program")
_BY_TEXT = ("files.banner", "files.allow-list", "settings.ini", "logs.kept")
_ONE_EACH = ("path", "allow", "deny")
_UNIT = re.compile(r"[\w:.\\@-]+\.(service|socket|target|timer|path|mount)", re.ASCII)
_BY_FAMILIES = (
    *("nftables.service", "ufw.service", "firewalld.service", "iptables.service"),
    *("ip6tables.service", "netfilter-persistent.service"),
    *("chrony.service", "chronyd.service", "systemd-timesyncd.service", "openntpd.service"),
    *("ntp.service", "ntpd.service", "ntpsec.service"),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dailyaidecheck.timer"),
    "sssd-*.socket",
)
"""Units that families ask for by themselves, whatever a row says."""


def asked_paths(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of which owner and mode are judged, sorted."""
    return _named(checks, _BY_PATH)


def asked_texts(checks: Iterable[Check]) -> tuple[str, ...]:
    """Paths and globs of small files whose text is judged, sorted."""
    return _named(checks, _BY_TEXT)


def asked_units(checks: Iterable[Check]) -> tuple[str, ...]:
    """Globs of the units whose state is judged, sorted: those that rows name, of whatever family,
    the services of their timers and sockets, and those that families know by themselves."""
    found = {text for check in checks for text in _texts(defaults(check.args)) if _is_unit(text)}
    services = {re.sub(r"\.(timer|socket)$", ".service", name) for name in found}
    return tuple(sorted(found | services | set(_BY_FAMILIES)))


def _is_unit(text: str) -> bool:
    return _UNIT.fullmatch(text) is not None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _named(checks: Iterable[Check], families: tuple[str, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for check in checks:
        if check.family in families:
            args = defaults(check.args)
            found.update(args.get("paths", ()))
            found.update(args[name] for name in _ONE_EACH if name in args)
    return tuple(sorted(found))
