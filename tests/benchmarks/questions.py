"""Some of our checks as people ask them with testinfra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Check
from policies.values import defaults

EACH = 12
"""Questions of a kind."""
Ask = Callable[[Any], bool]
"""From testinfra's `host` to the answer."""


@dataclass(frozen=True)
class Question:
    """A check, and how testinfra is asked the same."""

    check: str
    ask: Ask


def questions(checks: Iterable[Check]) -> tuple[Question, ...]:
    """The first EACH checks of each kind that testinfra has a word for."""
    found: dict[str, list[Question]] = {family: [] for family in _ASKS}
    for check in checks:
        ask = _ASKS.get(check.family, _none)(defaults(check.args))
        if ask is not None and len(found[check.family]) < EACH:
            found[check.family].append(Question(check.id, ask))
    return tuple(question for several in found.values() for question in several)


def _none(_args: Mapping[str, Any]) -> Ask | None:
    return None


def _permissions(args: Mapping[str, Any]) -> Ask | None:
    if set("*?[") & set("".join(args["paths"])):
        return None  # testinfra has no globs
    owners, groups = args.get("owners", ["root"]), args.get("groups", ["root"])

    def fits(file: Any) -> bool:
        return (
            not file.mode & ~int(args["mode"], 8) and file.user in owners and file.group in groups
        )

    def ask(host: Any) -> bool:
        files = [host.file(path) for path in args["paths"]]
        return all(fits(file) for file in files if file.exists)

    return ask


def _absent(args: Mapping[str, Any]) -> Ask | None:
    if set("*?[") & set("".join(args["packages"])):
        return None
    return lambda host: not any(host.package(name).is_installed for name in args["packages"])


def _unused(args: Mapping[str, Any]) -> Ask | None:
    installed = _absent(args)
    if installed is None:
        return None

    def ask(host: Any) -> bool:
        if installed(host):
            return True
        units = [host.service(name) for name in args["units"]]
        return not any(unit.is_enabled or unit.is_running for unit in units if unit.exists)

    return ask


def _sysctl(args: Mapping[str, Any]) -> Ask | None:
    return lambda host: str(host.sysctl(args["key"])) in args["values"]


def _sshd(args: Mapping[str, Any]) -> Ask | None:
    if "equals" not in args:
        return None
    line = f"{args['option']} {args['equals']}".lower()
    return lambda host: line in host.check_output("sshd -T").lower().splitlines()


_ASKS: Mapping[str, Callable[[Mapping[str, Any]], Ask | None]] = {
    "files.permissions": _permissions,
    "packages.absent": _absent,
    "services.unused": _unused,
    "sysctl.value": _sysctl,
    "sshd.option": _sshd,
}
