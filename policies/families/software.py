"""Packages, apt and sockets."""

from __future__ import annotations

from fnmatch import fnmatchcase

from govctl.texts import msg
from policies.families import Args, family
from policies.families._filter import is_shut
from policies.families._verdicts import (
    failed,
    listed,
    none_of,
    not_applicable,
    not_evaluated,
    passed,
)
from policies.model import Verdict
from scanners.host.facts.apt_sources import AptSources
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.software import Apt, Listener, Listeners, Packages
from scanners.host.model import Missing

_FIRST_OF_CLIENTS = 1024
_WILD = frozenset("*?[")


class PackagesArgs(Args):
    """Package names (shell globs)."""

    packages: tuple[str, ...]


def in_database(packages: Packages, patterns: tuple[str, ...]) -> list[str]:
    """Those of these packages that are installed, with their versions, sorted."""
    names = {pattern for pattern in patterns if pattern in packages.versions}
    for pattern in patterns:
        if set(pattern) & _WILD:  # hosts have thousands of packages, and most rows no pattern
            names.update(name for name in packages.versions if fnmatchcase(name, pattern))
    return [f"{name} {packages.versions[name]}" for name in sorted(names)]


@family("packages.absent", needs=(Packages,), args=PackagesArgs)
def absent(args: PackagesArgs, packages: Packages) -> Verdict:
    """None of these packages is installed."""
    return none_of(
        in_database(packages, args.packages),
        msg("not installed: {packages}", packages=", ".join(args.packages)),
        msg("installed: {names}"),
    )


class PresentArgs(PackagesArgs):
    """As above, and where a package that is not installed is not due either."""

    instead: tuple[str, ...] = ()
    """Packages that do the same work."""
    beside: tuple[str, ...] = ()
    """Packages without one of which it is of no use."""


@family("packages.present", needs=(Packages,), args=PresentArgs)
def present(args: PresentArgs, packages: Packages) -> Verdict:
    """At least one of these packages is installed."""
    found = in_database(packages, args.packages)
    if found:
        return passed(msg("installed: {names}", names=listed(found)), found)
    other = [name for name in args.instead if name in packages.versions]
    if other:
        return not_applicable(
            msg("not due where {packages} does this work", packages=", ".join(other))
        )
    if args.beside and not any(name in packages.versions for name in args.beside):
        return not_applicable(msg("not installed: {packages}", packages=", ".join(args.beside)))
    return failed(msg("not installed: {packages}", packages=", ".join(args.packages)))


class ListenArgs(Args):
    """What may answer on the network: `tcp/22`, `udp/30000-30999`."""

    allowed: tuple[str, ...]


@family("listeners.allowed", needs=(Listeners,), helps=(Firewall,), args=ListenArgs)
def listeners(args: ListenArgs, found: Listeners, firewall: Firewall | Missing) -> Verdict:
    """Nothing answers on the network but what the estate's flows open."""
    strangers = [one for one in found.sockets
                 if not _is_local(one.address) and not _allowed(one, args.allowed)]  # fmt: skip
    asking = [one for one in strangers if _only_asks(one, firewall)]
    answering = [_socket(one) for one in strangers if one not in asking]
    allowed = ", ".join(args.allowed) or "-"
    if answering:
        return failed(msg("{count} sockets answer that no flow opens: {names}",
                          count=len(answering), names=listed(answering)), answering)  # fmt: skip
    if asking:
        names = [_socket(one) for one in asking]
        return passed(msg("nothing else answers than {allowed}; the packet filter lets nothing in "
                          "to {names}", allowed=allowed, names=listed(names)), names)  # fmt: skip
    return passed(msg("nothing else answers than {allowed}", allowed=allowed))


def _only_asks(one: Listener, firewall: Firewall | Missing) -> bool:
    """True for a UDP socket that can only get answers to what it sent itself.

    UDP does not tell a client's socket from a server's: both are just bound. The running packet
    filter does, if it demonstrably drops whatever comes unasked. Ports under 1024 are servers'.
    """
    if one.protocol != "udp" or one.port < _FIRST_OF_CLIENTS or isinstance(firewall, Missing):
        return False
    return is_shut(firewall, one.protocol, one.port)


def _is_local(address: str) -> bool:
    bare = address.strip("[]").split("%")[0]
    return bare.startswith("127.") or bare in ("::1", "::ffff:127.0.0.1")


def _allowed(one: Listener, allowed: tuple[str, ...]) -> bool:
    for entry in allowed:
        protocol, _, ports = entry.partition("/")
        first, _, last = ports.partition("-")
        if protocol == one.protocol and int(first) <= one.port <= int(last or first):
            return True
    return False


def _socket(one: Listener) -> str:
    return f"{one.protocol}/{one.port} {one.address} {one.process or '-'}"


class AptArgs(Args):
    """apt's options that switch its signature checks off."""

    options: tuple[str, ...]


@family("apt.verified", needs=(Apt,), helps=(AptSources,), args=AptArgs)
def apt_verified(args: AptArgs, apt: Apt, sources: AptSources | Missing) -> Verdict:
    """apt refuses what is not signed."""
    values = {key.lower(): texts for key, texts in apt.settings.items()}
    loose = [f'{option} "{values[option.lower()][-1]}"' for option in args.options
             if _is_true(values.get(option.lower(), ()))]  # fmt: skip
    if isinstance(sources, AptSources):
        loose += [f"{one.path}: {one.uri} {'trusted' if one.trusted else 'allow-insecure'}"
                  for one in sources.sources if one.trusted or one.insecure]  # fmt: skip
    elif not loose:
        return not_evaluated(sources.reason)
    return none_of(
        loose,
        msg("apt refuses what is not signed"),
        msg("apt takes what is not signed: {names}"),
    )


_TRUE = frozenset({"1", "yes", "true", "with", "on", "enable"})
_FALSE = frozenset({"0", "no", "false", "without", "off", "disable"})


def _is_true(values: tuple[str, ...]) -> bool:
    """apt's own reading of a boolean: the last value counts."""
    return bool(values) and values[-1].lower() in _TRUE


class AptSettingArgs(Args):
    """An option of apt and the value that it must have."""

    option: str
    value: str


@family("apt.setting", needs=(Apt,), args=AptSettingArgs)
def apt_setting(args: AptSettingArgs, apt: Apt) -> Verdict:
    """An option of apt has this value."""
    values = {key.lower(): texts for key, texts in apt.settings.items()}
    found = values.get(args.option.lower(), ())
    last = found[-1] if found else "-"
    same = last == args.value or any(
        {last.lower(), args.value} <= words for words in (_TRUE, _FALSE)
    )
    evidence = [f'{args.option} "{last}"']
    if same:
        return passed(msg("{option} is {found}", option=args.option, found=last), evidence)
    return failed(msg("{option} is {found}, not {wanted}", option=args.option, found=last,
                      wanted=args.value), evidence)  # fmt: skip
