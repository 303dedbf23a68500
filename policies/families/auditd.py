"""The audit daemon's own configuration."""

from __future__ import annotations

from pydantic import field_validator

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import Expect
from policies.families._verdicts import failed, listed, passed
from policies.model import Verdict
from scanners.host.facts.audit import Auditd


class SettingArgs(Expect):
    """A keyword of auditd.conf(5)."""

    key: str
    or_better: tuple[str, ...] = ()
    """What is as good whatever value a profile sets."""

    @field_validator("one_of")
    @classmethod
    def _apart(cls, words: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Public profiles write alternatives as `halt|single`."""
        return words and tuple(part for word in words for part in word.split("|"))


@family("auditd.setting", needs=(Auditd,), args=SettingArgs)
def setting(args: SettingArgs, auditd: Auditd) -> Verdict:
    """auditd keeps its log as asked."""
    broken = _broken(auditd)
    if broken:
        return broken
    found = auditd.settings.get(args.key.lower(), "-")
    evidence = [f"{args.key} = {found}"]
    if args.holds(found) or found.lower() in args.or_better:
        return passed(msg("{option} is {found}", option=args.key, found=found), evidence)
    return failed(
        msg("{option} is {found}, not {wanted}", option=args.key, found=found, wanted=args.wanted),
        evidence,
    )


class PluginArgs(Args):
    """A program that auditd hands its records to."""

    program: str


@family("auditd.plugin", needs=(Auditd,), args=PluginArgs)
def plugin(args: PluginArgs, auditd: Auditd) -> Verdict:
    """auditd hands its records on to a program."""
    broken = _broken(auditd)
    if broken:
        return broken
    evidence = [f"{name}: active = yes, path = {values.get('path', '-')}"
                for name, values in sorted(auditd.plugins.items())]  # fmt: skip
    if any(values.get("path", "").rsplit("/", 1)[-1] == args.program
           for values in auditd.plugins.values()):  # fmt: skip
        return passed(msg("auditd hands its records to {name}", name=args.program), evidence)
    return failed(msg("auditd hands no record to {name}", name=args.program), evidence)


def _broken(auditd: Auditd) -> Verdict | None:
    if not auditd.errors:
        return None
    return failed(msg("auditd does not start: it cannot read {lines} in its configuration",
                      lines=listed(auditd.errors)), auditd.errors)  # fmt: skip
