"""What sudo allows, and whether it leaves traces."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._expect import Expect
from policies.families._verdicts import failed, none_of, not_applicable, passed
from policies.model import Verdict
from scanners.host.facts.sudo import Sudo, SudoRule


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
