"""Alternatives: of several programs for one task a host uses one, and only that one is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, listed, not_applicable, passed
from policies.model import Verdict
from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.facts.ufw import Ufw
from scanners.host.model import Missing

Task = Literal["time", "filter"]


@dataclass(frozen=True)
class _Tool:
    packages: tuple[str, ...]
    units: tuple[str, ...]


_TASKS: Mapping[Task, Mapping[str, _Tool]] = {
    "time": {
        "chrony": _Tool(("chrony",), ("chrony.service", "chronyd.service")),
        "systemd-timesyncd": _Tool(("systemd-timesyncd",), ("systemd-timesyncd.service",)),
        "ntp": _Tool(("ntp", "ntpsec"), ("ntp.service", "ntpsec.service", "ntpd.service")),
        "openntpd": _Tool(("openntpd",), ("openntpd.service",)),
    },
    "filter": {
        "nftables": _Tool(("nftables",), ("nftables.service",)),
        "ufw": _Tool(("ufw",), ("ufw.service",)),
        "iptables": _Tool(
            ("iptables-persistent", "netfilter-persistent"),
            ("netfilter-persistent.service", "iptables.service", "ip6tables.service"),
        ),
        "firewalld": _Tool(("firewalld",), ("firewalld.service",)),
    },
}
_DEFAULTS: Mapping[Task, str] = {"time": "systemd-timesyncd", "filter": "nftables"}
"""What is due where a host uses nothing yet and nobody says what it should use."""
_OTHER_NAMES = {"chronyd": "chrony", "ntpd": "ntp", "timesyncd": "systemd-timesyncd",
                "ntpsec": "ntp", "netfilter-persistent": "iptables"}  # fmt: skip
"""What public rules call the same programs."""
_MASKED = frozenset({"masked", "masked-runtime"})


class TaskArgs(Args):
    """A task that one program does: keeping the time, or filtering packets."""

    task: Task


class ToolArgs(TaskArgs):
    """One of the programs; `preferred` is what the host should use (empty: what it uses)."""

    tool: str
    preferred: str = ""


class StartsArgs(ToolArgs):
    """As above."""

    running: bool = True
    """False for a unit that does its work and ends."""


class OffArgs(TaskArgs):
    """A program that must not do the task beside another."""

    tool: str
    preferred: str = ""
    """The program that the host should use (empty: what it uses)."""
    removed: bool = False
    """True if it must not be installed either, unless its units are masked."""


@family("choice.single", needs=(Units, Ufw), args=TaskArgs)
def single(args: TaskArgs, units: Units, ufw: Ufw) -> Verdict:
    """Exactly one program does this task."""
    used = _used(args.task, units, ufw)
    evidence = _evidence(args.task, units, ufw)
    if len(used) == 1:
        return passed(msg("only {tool} does this", tool=used[0]), evidence)
    if used:
        return failed(msg("several programs do this at once: {names}", names=listed(used)),
                      evidence)  # fmt: skip
    return failed(msg("no program does this; any of {names} would",
                      names=", ".join(_TASKS[args.task])), evidence)  # fmt: skip


@family("choice.installed", needs=(Packages, Units, Ufw), args=ToolArgs)
def installed(args: ToolArgs, packages: Packages, units: Units, ufw: Ufw) -> Verdict:
    """The program that this host uses for a task is installed."""
    names = _tool(args.task, args.tool).packages
    found = [f"{name} {packages.versions[name]}" for name in names if name in packages.versions]
    if found:
        return passed(msg("installed: {names}", names=listed(found)), found)
    return not_due(args, units, ufw) or failed(
        msg("not installed: {packages}", packages=", ".join(names))
    )


@family("choice.starts", needs=(Units, Ufw), helps=(Packages,), args=StartsArgs)
def starts(args: StartsArgs, units: Units, ufw: Ufw, packages: Packages | Missing) -> Verdict:
    """The program that this host uses for a task starts at boot and runs."""
    away = not_due(args, units, ufw)
    if away is not None and (_used(args.task, units, ufw) or not _is_only(args, packages)):
        return away
    known = _units(_tool(args.task, args.tool), units)
    evidence = _evidence(args.task, units, ufw)
    enabled = [unit for unit in known if unit.starts_at_boot]
    if not enabled or (args.tool == "ufw" and not ufw.enabled):
        return failed(msg("{tool} does not start at boot", tool=args.tool), evidence)
    asked = [unit for unit in enabled if unit.active is not None]
    if args.running and asked and not any(unit.is_active for unit in asked):
        return failed(msg("{tool} starts at boot, but does not run now", tool=args.tool), evidence)
    return passed(msg("{tool} starts at boot", tool=args.tool), evidence)


@family("choice.off", needs=(Packages, Units, Ufw), args=OffArgs)
def off(args: OffArgs, packages: Packages, units: Units, ufw: Ufw) -> Verdict:
    """A program is off where another does its task."""
    tool, used = _tool(args.task, args.tool), _used(args.task, units, ufw)
    evidence = _evidence(args.task, units, ufw)
    if args.preferred:
        if _name(args.preferred) == _name(args.tool):
            return not_applicable(
                msg("{tool} is what this host should use", tool=args.tool), evidence
            )
        if _name(args.tool) in used:
            return failed(msg("{tool} does this, not {preferred}", tool=args.tool,
                              preferred=args.preferred), evidence)  # fmt: skip
    if used == [_name(args.tool)]:
        return not_applicable(msg("{tool} is what this host uses", tool=args.tool), evidence)
    if _name(args.tool) in used:
        return failed(msg("several programs do this at once: {names}", names=listed(used)),
                      evidence)  # fmt: skip
    here = [name for name in tool.packages if name in packages.versions]
    known = _units(tool, units)
    if args.removed and here and not (known and all(one.enabled in _MASKED for one in known)):
        return failed(msg("installed: {names}", names=listed(here)), [*here, *evidence])
    return passed(msg("{tool} is off", tool=args.tool), evidence)


def not_due(args: ToolArgs, units: Units, ufw: Ufw) -> Verdict | None:
    """Why a question about one of the programs is not due on this host; None if it is."""
    used = _used(args.task, units, ufw)
    evidence = _evidence(args.task, units, ufw)
    if args.preferred:
        if _name(args.preferred) == _name(args.tool):
            return None
        return not_applicable(msg("this host should use {preferred}, not {tool}",
                                  preferred=args.preferred, tool=args.tool), evidence)  # fmt: skip
    default = _DEFAULTS[args.task]
    if _name(args.tool) in used or (not used and default == _name(args.tool)):
        return None
    if used:
        return not_applicable(msg("this host uses {names}, not {tool}", names=listed(used),
                                  tool=args.tool), evidence)  # fmt: skip
    return not_applicable(msg("this host uses nothing for it yet, and {preferred} is preferred to "
                              "{tool}", preferred=default, tool=args.tool),
                          evidence)  # fmt: skip


def _is_only(args: ToolArgs, packages: Packages | Missing) -> bool:
    """True if of the program and the preferred one only the first is installed."""
    if isinstance(packages, Missing):
        return False
    here, there = (any(name in packages.versions for name in _tool(args.task, tool).packages)
                   for tool in (args.tool, args.preferred or _DEFAULTS[args.task]))  # fmt: skip
    return here and not there


def _used(task: Task, units: Units, ufw: Ufw) -> list[str]:
    """Programs that start at boot or run now; ufw only if its own switch is on too."""
    return [
        name
        for name, tool in _TASKS[task].items()
        if any(unit.starts_at_boot or unit.is_active for unit in _units(tool, units))
        and (name != "ufw" or ufw.enabled)
    ]


def _tool(task: Task, name: str) -> _Tool:
    return _TASKS[task].get(_name(name), _Tool((name,), (f"{name}.service",)))


def _name(name: str) -> str:
    return _OTHER_NAMES.get(name, name)


def _units(tool: _Tool, units: Units) -> list[Unit]:
    return [units.units[name] for name in tool.units if name in units.units]


def _evidence(task: Task, units: Units, ufw: Ufw) -> list[str]:
    known = [unit for tool in _TASKS[task].values() for unit in _units(tool, units)]
    lines = [f"{unit.name} {unit.enabled} {unit.active or '-'}" for unit in known]
    if task == "filter" and ufw.installed:
        lines.append(f"ufw.conf: ENABLED={'yes' if ufw.enabled else 'no'}")
    return lines
