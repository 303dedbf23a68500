"""The packet filter, logging, time and sudo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import Expect
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.firewall import Chain, Firewall
from scanners.host.facts.logging import Logging, TimeSync
from scanners.host.facts.sudo import Sudo, SudoRule


class HookArgs(Args):
    """A netfilter hook."""

    hook: str


@family("firewall.default-drop", needs=(Firewall,), args=HookArgs)
def default_drop(args: HookArgs, firewall: Firewall) -> Verdict:
    """Packets that no rule names are dropped, now and after the next boot."""
    stored = _dropped(firewall.file_chains, args.hook, {})
    now = stored
    if firewall.running is not None:
        now = _dropped(firewall.running, args.hook, firewall.jumped)
    evidence = [_quote(chain) for chain in (*(firewall.running or ()), *firewall.file_chains)
                if chain.hook == args.hook]  # fmt: skip
    gaps = sorted({"ip", "ip6"} - now)
    if gaps:
        return failed(msg("{hook}: what no rule names is let through ({families})",
                          hook=args.hook, families=", ".join(gaps)), evidence)  # fmt: skip
    gaps = sorted({"ip", "ip6"} - stored)
    if gaps:
        return failed(msg("{hook}: dropped now, but the file for the next boot lets it through "
                          "({families})", hook=args.hook, families=", ".join(gaps)),
                      evidence)  # fmt: skip
    return passed(msg("{hook}: what no rule names is dropped, now and at the next boot",
                      hook=args.hook), evidence)  # fmt: skip


def _dropped(
    chains: tuple[Chain, ...], hook: str, jumped: Mapping[str, Sequence[dict[str, Any]]]
) -> set[str]:
    """Address families of which unnamed packets are dropped: one dropping base chain is enough."""
    families: set[str] = set()
    for chain in chains:
        if chain.hook == hook and _drops(chain, jumped):
            families |= {"ip", "ip6"} if chain.family == "inet" else {chain.family}
    return families


def _drops(chain: Chain, jumped: Mapping[str, Sequence[dict[str, Any]]]) -> bool:
    """True if the policy, or the last rule, drops, and no rule lets everything through first."""
    called = {f"{chain.family} {chain.table} {name}" for name in _called(chain.rules)}
    rules = [*chain.rules, *(rule for name in called for rule in jumped.get(name, ()))]
    if any(_is_bare(rule, "accept") for rule in rules):
        return False
    last = chain.rules[-1] if chain.rules else {}
    return chain.policy == "drop" or _is_bare(last, "drop", "reject")


def _called(rules: Sequence[dict[str, Any]]) -> list[str]:
    """Chains that a bare `jump` or `goto` leads every packet through."""
    names = []
    for rule in rules:
        for statement in rule.get("expr", []) if _is_bare(rule, "jump", "goto") else []:
            for verdict in ("jump", "goto"):
                if isinstance(statement, dict) and verdict in statement:
                    names.append(str(statement[verdict].get("target")))
    return names


def _is_bare(rule: dict[str, Any], *verdicts: str) -> bool:
    """True for a rule that matches every packet and ends with one of these verdicts."""
    statements = [one for one in rule.get("expr", []) if isinstance(one, dict)]
    if any("match" in one or "vmap" in one or "limit" in one for one in statements):
        return False
    return any(verdict in one for one in statements for verdict in verdicts)


def _quote(chain: Chain) -> str:
    return f"{chain.family} {chain.table} {chain.name}: hook {chain.hook} policy {chain.policy}"


class ForwardArgs(Args):
    """How messages must travel."""

    tls: bool = True
    verified: bool = True


@family("logging.forward", needs=(Logging,), args=ForwardArgs)
def forward(args: ForwardArgs, logging: Logging) -> Verdict:
    """Messages go to a central server, encrypted, and to nobody else."""
    evidence = [f"{one.protocol}://{one.host}:{one.port} tls={one.tls} verified={one.verified}"
                for one in logging.forwards]  # fmt: skip
    if not logging.forwards:
        return failed(msg("messages are sent nowhere"))
    plain = [f"{one.host}:{one.port}" for one in logging.forwards if args.tls and not one.tls]
    if plain:
        return failed(msg("messages travel in the clear to {names}", names=", ".join(plain)),
                      evidence)  # fmt: skip
    blind = [f"{one.host}:{one.port}" for one in logging.forwards
             if args.verified and not one.verified]  # fmt: skip
    if blind:
        return failed(msg("nobody checks who receives the messages: {names}",
                          names=", ".join(blind)), evidence)  # fmt: skip
    return passed(msg("messages go encrypted to a server that is checked"), evidence)


class ModeArgs(Args):
    """The widest mode, octal."""

    mode: str


@family("logging.file-mode", needs=(Logging,), args=ModeArgs)
def file_mode(args: ModeArgs, logging: Logging) -> Verdict:
    """New log files are closed to others."""
    if logging.file_mode is None:
        return not_applicable(msg("rsyslog is not configured"))
    found = f"{logging.file_mode:04o}"
    good = not logging.file_mode & ~int(args.mode, 8)
    reason = msg("rsyslog makes files with mode {found}; at most {wanted}", found=found,
                 wanted=args.mode)  # fmt: skip
    return (passed if good else failed)(reason, [f"$FileCreateMode {found}"])


class JournalArgs(Expect):
    """A key of journald.conf, and its default."""

    key: str
    default: str


@family("logging.journald", needs=(Logging,), args=JournalArgs)
def journald(args: JournalArgs, logging: Logging) -> Verdict:
    """journald keeps messages as asked."""
    found = logging.journald.get(args.key.lower(), args.default)
    evidence = [f"{args.key}={found}"]
    if args.holds(found):
        return passed(msg("{option} is {found}", option=args.key, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=args.key, found=found, wanted=args.wanted),
        evidence,
    )


class NoArgs(Args):
    """Nothing to set."""


class DaemonArgs(Args):
    """Daemons of which one must keep the time."""

    daemons: tuple[str, ...]


@family("time.daemon", needs=(TimeSync,), args=DaemonArgs)
def daemon(args: DaemonArgs, time: TimeSync) -> Verdict:
    """A daemon keeps the clock right."""
    if time.daemon is None:
        return failed(msg("no daemon keeps the clock right"))
    if time.daemon not in args.daemons:
        return failed(msg("the clock is kept by {found}, not {wanted}", found=time.daemon,
                          wanted=" | ".join(args.daemons)))  # fmt: skip
    return passed(msg("the clock is kept by {found}", found=time.daemon), [time.daemon])


class SourcesArgs(Args):
    """How many sources there must be at least."""

    minimum: int = 1


@family("time.sources", needs=(TimeSync,), args=SourcesArgs)
def sources(args: SourcesArgs, time: TimeSync) -> Verdict:
    """The clock follows named sources."""
    reason = msg("{count} time sources; at least {wanted}", count=len(time.sources),
                 wanted=args.minimum)  # fmt: skip
    good = len(time.sources) >= args.minimum
    return (passed if good else failed)(reason, time.sources)


@family("time.synchronised", needs=(TimeSync,), args=NoArgs)
def synchronised(_args: NoArgs, time: TimeSync) -> Verdict:
    """The clock is right now."""
    if time.synchronised is None:
        return not_evaluated(msg("nobody asked the time daemon"))
    if time.synchronised:
        return passed(msg("the clock is synchronised"), time.sources)
    return failed(msg("the clock is not synchronised"), time.sources)


class UserArgs(Args):
    """The account that the daemon must run as."""

    user: str


@family("time.user", needs=(TimeSync,), args=UserArgs)
def time_user(args: UserArgs, time: TimeSync) -> Verdict:
    """chrony runs without root's rights."""
    if time.daemon != "chrony":
        return not_applicable(msg("chrony does not run here"))
    if time.user is None:
        return not_evaluated(msg("the user of chrony is not known"))
    reason = msg("chrony runs as {found}", found=time.user)
    return (passed if time.user == args.user else failed)(reason, [f"user {time.user}"])


class DefaultArgs(Expect):
    """An option of sudo's Defaults; `default` is sudo's own."""

    option: str
    default: str = "0"


@family("sudo.default", needs=(Sudo,), args=DefaultArgs)
def sudo_default(args: DefaultArgs, sudo: Sudo) -> Verdict:
    """A default of sudo is as asked."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    found = sudo.defaults.get(args.option, args.default)
    evidence = [f"Defaults {args.option}={found}"]
    loose = [
        f"Defaults:{scope} {args.option}={options[args.option]}"
        for scope, options in sudo.scoped_defaults.items()
        if args.option in options and not args.holds(options[args.option])
    ]
    if args.holds(found) and loose:
        return failed(
            msg("{option} is right, but not for all: {names}", option=args.option,
                names=", ".join(loose)),
            [*evidence, *loose],
        )  # fmt: skip
    if args.holds(found):
        return passed(msg("{option} is {found}", option=args.option, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=args.option, found=found,
            wanted=args.wanted),
        evidence,
    )  # fmt: skip


@family("sudo.logged", needs=(Sudo,), args=NoArgs)
def sudo_logged(_args: NoArgs, sudo: Sudo) -> Verdict:
    """sudo writes a log file of its own."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    path = sudo.defaults.get("logfile", "")
    if path in ("", "0"):
        return failed(msg("sudo writes no log file of its own"))
    return passed(msg("sudo writes {path}", path=path), [f"Defaults logfile={path}"])


class TagArgs(Args):
    """A tag that takes the password prompt away, and who may have it."""

    tag: str
    allowed: tuple[str, ...] = ()


@family("sudo.tag", needs=(Sudo,), args=TagArgs)
def sudo_tag(args: TagArgs, sudo: Sudo) -> Verdict:
    """Nobody but those named skips sudo's password."""
    if not sudo.installed:
        return not_applicable(msg("sudo is not installed"))
    free = [_rule(rule) for rule in sudo.rules
            if args.tag in rule.tags and rule.who not in args.allowed]  # fmt: skip
    return none_of(
        free,
        msg("nobody but {names} has {tag}", names=", ".join(args.allowed) or "-", tag=args.tag),
        msg("{count} rules have {tag}: {names}", tag=args.tag),
    )


def _rule(rule: SudoRule) -> str:
    return f"{rule.who} {' '.join(sorted(rule.tags))} {rule.commands} ({rule.file}:{rule.line})"
