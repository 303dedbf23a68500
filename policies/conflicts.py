"""Where a check would object to what a machine is there for, told from descriptions alone.

The families that say what must not be there are asked by their arguments: packages, units, kernel
settings, ports. A recorded exception (`needs:`) settles a conflict, since the check is then not
due, or is judged by what the component needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from govctl.texts import Message, msg
from policies.model import Check
from policies.question import Question

_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Service:
    """What a machine is there for."""

    packages: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    """Units of systemd that must run."""
    sysctl: Mapping[str, str] = field(default_factory=dict)
    """Kernel settings that it makes."""
    ports: tuple[str, ...] = ()
    """What flows open on it: `tcp/443`, `udp/30000-30999`."""


@dataclass(frozen=True)
class Conflict:
    """A check that is due, and what of the service it objects to."""

    check: Check
    what: Message


def conflicts(service: Service, asked: Iterable[Question]) -> tuple[Conflict, ...]:
    """What of a service the due checks among these would not let be, in their order."""
    found = []
    for question in asked:
        object_to = _FAMILIES.get(question.check.family)
        if object_to is None or question.not_due is not None:
            continue
        objections = object_to(service, question.resolved[0])
        found += [Conflict(question.check, what) for what in objections]
    return tuple(found)


def _packages(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    globs = [glob for glob in args["packages"] if _WILD.intersection(glob)]
    plain = set(args["packages"])
    named = [name for name in service.packages
             if name in plain or any(fnmatchcase(name, glob) for glob in globs)]  # fmt: skip
    if named:
        yield msg("installs {names}, which must be absent", names=", ".join(named))


def _units(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    named = [unit for unit in service.runs if unit in args["units"]]
    if named:
        yield msg("runs {names}, which must be off", names=", ".join(named))


def _unused(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    """A service whose package is there and whose units are unknown is taken to run."""
    found = list(_units(service, args))
    yield from found if found or service.runs else _packages(service, args)


def _setting(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    yield from _differing(service, [args["key"]], (*args["values"], *args.get("stricter", ())))


def _settings_of_interfaces(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    glob = f"net.{args['protocol']}.conf.*.{args['name']}"
    keys = [key for key in service.sysctl if fnmatchcase(key, glob)]
    yield from _differing(service, keys, (*args["values"], *args.get("effective", ())))


def _differing(service: Service, keys: Iterable[str], right: Iterable[str]) -> Iterator[Message]:
    wanted = tuple(map(str, right))
    for key in keys:
        value = service.sysctl.get(key)
        if value is not None and value not in wanted:
            yield msg("sets {key} to {found}, which must be {wanted}", key=key, found=value,
                      wanted=" | ".join(dict.fromkeys(wanted)))  # fmt: skip


def _listeners(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    allowed = [_span(one) for one in args["allowed"]]
    closed = [port for port in service.ports if not _is_covered(_span(port), allowed)]
    if closed:
        yield msg("answers on {ports} by a flow, which must be closed", ports=", ".join(closed))


def _mail(service: Service, args: Mapping[str, Any]) -> Iterator[Message]:
    closed = [("tcp", port, port) for port in args.get("ports", _MAIL)]
    yield from _open(service, closed)


def _log(service: Service, _args: Mapping[str, Any]) -> Iterator[Message]:
    yield from _open(service, [(protocol, port, port) for protocol, port in _LOG])


def _open(service: Service, closed: Iterable[_Span]) -> Iterator[Message]:
    spans = tuple(closed)
    found = [port for port in service.ports if any(_meets(_span(port), one) for one in spans)]
    if found:
        yield msg("answers on {ports} by a flow, which must be closed", ports=", ".join(found))


_Span = tuple[str, int, int]
"""Protocol, first and last port."""
_MAIL = (25, 465, 587)
_LOG = (("udp", 514), ("tcp", 514), ("tcp", 601), ("tcp", 6514))
"""syslog over UDP (RFC 5426), plain TCP, RFC 3195, TLS (RFC 5425)."""


def _span(text: str) -> _Span:
    protocol, _slash, ports = text.partition("/")
    first, _dash, last = ports.partition("-")
    return protocol, int(first), int(last or first)


def _meets(one: _Span, other: _Span) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _is_covered(one: _Span, allowed: Iterable[_Span]) -> bool:
    return any(one[0] == other[0] and other[1] <= one[1] and one[2] <= other[2]
               for other in allowed)  # fmt: skip


_FAMILIES: Mapping[str, Callable[[Service, Mapping[str, Any]], Iterator[Message]]] = {
    "packages.absent": _packages,
    "services.unused": _unused,
    "units.disabled": _units,
    "sysctl.value": _setting,
    "sysctl.interfaces": _settings_of_interfaces,
    "listeners.allowed": _listeners,
    "mail.local-only": _mail,
    "logging.no-inputs": _log,
}
"""Family → what it says to a service, by its arguments."""
