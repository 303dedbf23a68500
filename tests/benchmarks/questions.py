"""What checks ask, as people ask it with testinfra, wherever testinfra has words for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Check
from policies.values import defaults

Ask = Callable[[Any], bool]
"""From testinfra's `host` to the answer."""


@dataclass(frozen=True)
class Question:
    """A check, and how testinfra is asked the same."""

    check: str
    ask: Ask


def questions(checks: Iterable[Check]) -> tuple[Question, ...]:
    """Every check that can be asked so: no globs, no precedence of files, no `Match` of sshd."""
    asks = ((one, _ASKS.get(one.family, _none)(defaults(one.args))) for one in checks)
    return tuple(Question(check.id, ask) for check, ask in asks if ask is not None)


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


def _interfaces(args: Mapping[str, Any]) -> Ask | None:
    keys = [
        f"net.{args['protocol']}.conf.{scope}.{args['name']}"
        for scope in args.get("scopes", ("all", "default"))
    ]
    return lambda host: all(str(host.sysctl(key)) in args["values"] for key in keys)


def _sshd(args: Mapping[str, Any]) -> Ask | None:
    if "equals" not in args:
        return None
    line = f"{args['option']} {args['equals']}".lower()
    return lambda host: line in _sshd_lines(host)


def _sshd_lines(host: Any) -> list[str]:
    """Asked once a host, as a fixture of a person's own would."""
    if not hasattr(host, "sshd_lines"):
        host.sshd_lines = host.check_output("sshd -T").lower().splitlines()
    lines: list[str] = host.sshd_lines
    return lines


def _present(args: Mapping[str, Any]) -> Ask | None:
    return lambda host: any(host.package(name).is_installed for name in args["packages"])


def _enabled(args: Mapping[str, Any]) -> Ask | None:
    running = args.get("running", True)

    def ask(host: Any) -> bool:
        units = [host.service(name) for name in args["units"]]
        on = [unit for unit in units if unit.exists and unit.is_enabled]
        return bool(on) and (not running or any(unit.is_running for unit in on))

    return ask


def _module(args: Mapping[str, Any]) -> Ask | None:
    def ask(host: Any) -> bool:
        said = host.run("modprobe -n -v %s", args["module"]).stdout
        return "install /bin/true" in said or "install /bin/false" in said

    return ask


def _mount(args: Mapping[str, Any]) -> Ask | None:
    def ask(host: Any) -> bool:
        mount = host.mount_point(args["path"])
        return bool(mount.exists) and set(args["options"]) <= set(mount.options)

    return ask


def _definition(args: Mapping[str, Any]) -> Ask | None:
    def ask(host: Any) -> bool:
        said = host.file("/etc/login.defs").content_string
        found = re.findall(rf"^\s*{args['key']}\s+(\S+)", said, re.MULTILINE)
        if "minimum" in args:
            return bool(found) and int(found[-1]) >= args["minimum"]
        if "maximum" in args:
            return bool(found) and int(found[-1]) <= args["maximum"]
        return bool(found)

    return ask


def _shadowed(_args: Mapping[str, Any]) -> Ask | None:
    def ask(host: Any) -> bool:
        lines = host.file("/etc/passwd").content_string.splitlines()
        return all(line.split(":")[1] == "x" for line in lines)

    return ask


def _uid_zero(_args: Mapping[str, Any]) -> Ask | None:
    def ask(host: Any) -> bool:
        lines = host.file("/etc/passwd").content_string.splitlines()
        return [line.split(":")[0] for line in lines if line.split(":")[2] == "0"] == ["root"]

    return ask


_ASKS: Mapping[str, Callable[[Mapping[str, Any]], Ask | None]] = {
    "files.permissions": _permissions,
    "packages.absent": _absent,
    "packages.present": _present,
    "services.unused": _unused,
    "units.enabled": _enabled,
    "sysctl.value": _sysctl,
    "sysctl.interfaces": _interfaces,
    "sshd.option": _sshd,
    "modules.disabled": _module,
    "mounts.options": _mount,
    "accounts.definition": _definition,
    "accounts.shadowed": _shadowed,
    "accounts.uid-zero": _uid_zero,
}
