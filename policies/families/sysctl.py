"""Kernel settings: the running value and the next boot's are two facts and one finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from govctl.texts import Message, msg
from policies.families import Args, family
from policies.families._verdicts import failed, none_of, not_applicable, passed
from policies.model import Verdict
from policies.waiting import SETTING
from scanners.host.facts.kernel import Sysctl


class ValueArgs(Args):
    """A key with dots, and the values of which it must have one; the first is the one to set."""

    key: str
    values: tuple[str, ...]
    stricter: tuple[str, ...] = ()
    """Values that ask for more and are right too, whichever is asked for."""


class InterfaceArgs(Args):
    """A per-interface key of `net.<protocol>.conf`.

    `combine` says how the kernel joins `all` with an interface's own value (ip-sysctl.rst):
    `max`, `and`, `or`, or `own` where only the interface's value counts.
    """

    protocol: Literal["ipv4", "ipv6"]
    name: str
    values: tuple[str, ...]
    combine: Literal["max", "and", "or", "own"]
    scopes: tuple[Literal["all", "default"], ...] = ("all", "default")
    """Which of the two must be kept for the next boot."""
    effective: tuple[str, ...] = ()
    """What an interface's own value may make of it besides; systemd's 50-default.conf gives each
    interface one."""


def _normal(value: str) -> str:
    return " ".join(value.split())


def _evidence(sysctl: Sysctl, key: str) -> list[str]:
    lines = []
    if sysctl.running is not None:
        lines.append(f"{key} = {sysctl.running.get(key, '-')}")
    stored = sysctl.persistent.get(key)
    return [*lines, f"{stored.file}: {key} = {stored.value}" if stored else f"*.conf: {key} -"]


@family("sysctl.value", needs=(Sysctl,), args=ValueArgs)
def value(args: ValueArgs, sysctl: Sysctl) -> Verdict:
    """A kernel setting is right now, and will be after the next boot."""
    return _without_ipv6(sysctl, args.key) or _judge(
        sysctl, args.key, (*args.values, *args.stricter)
    )


def _without_ipv6(sysctl: Sysctl, key: str) -> Verdict | None:
    """A verdict where IPv6 is off, so that none of its settings does anything."""
    if sysctl.running is None or not key.startswith("net.ipv6."):
        return None
    switch = key.endswith(".disable_ipv6")
    if "net.ipv4.ip_forward" in sysctl.running and not sysctl.has_ipv6:
        reason, evidence = msg("the running kernel has no IPv6"), ["net.ipv6.* -"]
        return passed(reason, evidence) if switch else not_applicable(reason, evidence)
    if switch or not _is_ipv6_off(sysctl):
        return None
    return not_applicable(
        msg("IPv6 is off on every interface, now and at the next boot"),
        [line for scope in ("all", "default") for line in _evidence(sysctl, _OFF.format(scope))],
    )


_OFF = "net.ipv6.conf.{}.disable_ipv6"


def _is_ipv6_off(sysctl: Sysctl) -> bool:
    switches = sysctl.of_interfaces.get(("ipv6", "disable_ipv6"), ())
    running = [found for interface, found in switches if interface != "lo"]
    stored = [sysctl.persistent.get(_OFF.format(scope)) for scope in ("all", "default")]
    kept = [one.value for one in stored if one is not None]
    return bool(running) and {*running, *kept} == {"1"} and len(kept) == 2


def _judge(sysctl: Sysctl, key: str, wanted: tuple[str, ...]) -> Verdict:
    evidence, asked = _evidence(sysctl, key), " | ".join(wanted)
    stored = sysctl.persistent.get(key)
    kept = stored is not None and _normal(stored.value) in wanted
    if sysctl.running is not None:
        now = sysctl.running.get(key)
        if now is None:
            return failed(msg("the running kernel has no {key}", key=key), evidence)
        if _normal(now) not in wanted:
            reason = (
                Message(SETTING, {"key": key, "found": now, "wanted": asked})
                if kept
                else msg("{key} runs as {found}, not {wanted}", key=key, found=now, wanted=asked)
            )  # fmt: skip
            return failed(reason, evidence)
    if stored is None:
        return failed(msg("no file sets {key}: the next boot may lose it", key=key), evidence)
    if not kept:
        return failed(
            msg("{file} sets {key} to {found}, not {wanted}, at the next boot", file=stored.file,
                key=key, found=stored.value, wanted=asked),
            evidence,
        )  # fmt: skip
    return passed(msg("{key} is {found}", key=key, found=stored.value), evidence)


@family("sysctl.interfaces", needs=(Sysctl,), args=InterfaceArgs)
def interfaces(args: InterfaceArgs, sysctl: Sysctl) -> Verdict:
    """A network setting holds for all interfaces, for new ones, and for each that is there."""
    prefix = f"net.{args.protocol}.conf"
    off = _without_ipv6(sysctl, f"{prefix}.all.{args.name}")
    if off is not None:
        return off
    for scope in args.scopes:
        verdict = _judge(sysctl, f"{prefix}.{scope}.{args.name}", args.values)
        if verdict.status != "pass":
            return verdict
    loose = _loose(args, sysctl.of_interfaces) or _loose(args, sysctl.kept_of_interfaces)
    if sysctl.running is None and not loose:
        return _judge(sysctl, f"{prefix}.{args.scopes[0]}.{args.name}", args.values)
    return none_of(
        loose,
        msg("{key} holds on every interface", key=f"{prefix}.*.{args.name}"),
        msg("{count} interfaces have another value: {names}"),
    )


def _loose(
    args: InterfaceArgs, values: Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
) -> list[str]:
    """Interfaces on which `all` and their own value do not make what is asked.

    A new interface starts with the values of `default`: it is one of those that must fit.
    """
    found = values.get((args.protocol, args.name), ())
    general = _normal(dict(found).get("all", ""))
    wanted = args.effective or args.values
    return [
        f"net.{args.protocol}.conf.{interface}.{args.name} = {own}"
        for interface, own in found
        if interface not in ("all", "lo", *args.scopes)
        and _joined(args.combine, general, _normal(own)) not in wanted
    ]


def _joined(combine: str, general: str, own: str) -> str:
    """What the kernel makes of `all` and an interface's own value."""
    if combine == "own" or not (general.isdecimal() and own.isdecimal()):
        return own
    if combine == "max":
        return str(max(int(general), int(own)))
    if combine == "and":
        return str(int(bool(int(general)) and bool(int(own))))
    return str(int(bool(int(general)) or bool(int(own))))
