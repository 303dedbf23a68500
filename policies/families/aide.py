"""The file integrity checker AIDE."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, listed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.aide import Aide
from scanners.host.facts.software import Packages, Unit, Units
from scanners.host.formats.aide_conf import watched

_DEBIAN_CRON = "/etc/cron.daily/dailyaidecheck"
_MAILERS = ("bsd-mailx", "mailutils", "s-nail")


@family("aide.database", needs=(Aide,), args=NoArgs)
def database(_args: NoArgs, aide: Aide) -> Verdict:
    """AIDE has a database to compare with."""
    if not aide.configured:
        return failed(msg("AIDE is not configured"))
    if aide.database is None or aide.database_exists is None:
        return not_evaluated(msg("nobody looked for the database {path}",
                                 path=aide.database or "-"))  # fmt: skip
    if aide.database_exists:
        return passed(msg("there is {path}", path=aide.database))
    return failed(msg("there is no {path}", path=aide.database))


class ScheduleArgs(Args):
    """Timers that run a check."""

    timers: tuple[str, ...]


@family("aide.scheduled", needs=(Aide, Units), args=ScheduleArgs)
def scheduled(args: ScheduleArgs, aide: Aide, units: Units) -> Verdict:
    """AIDE checks the files regularly."""
    timers = _timers(args, units)
    jobs = _jobs(args, aide, units)
    evidence = [f"{one.name} {one.enabled} {one.active or '-'}" for one in timers] + jobs
    running = [one.name for one in timers if one.starts_at_boot and one.active in (None, "active")
               and not _is_masked(one.name.replace(".timer", ".service"), units)]  # fmt: skip
    if not aide.configured:
        return failed(msg("AIDE is not configured"), evidence)
    if running or jobs:
        return passed(msg("AIDE is run by {names}", names=listed([*running, *jobs])), evidence)
    return failed(msg("nothing runs AIDE"), evidence)


def _is_masked(name: str, units: Units) -> bool:
    return name in units.units and units.units[name].enabled.startswith("masked")


def _timers(args: ScheduleArgs, units: Units) -> list[Unit]:
    return [units.units[name] for name in args.timers if name in units.units]


def _jobs(args: ScheduleArgs, aide: Aide, units: Units) -> list[str]:
    """Debian's job in cron.daily does nothing where systemd has its timer."""
    has_timer = "dailyaidecheck.timer" in units.units
    return [job for job in aide.cron if job != _DEBIAN_CRON or not has_timer]


class NotifyArgs(ScheduleArgs):
    """`address`: who must get the reports (empty: anybody)."""

    address: str = ""


@family("aide.notifies", needs=(Aide, Units, Packages), args=NotifyArgs)
def notifies(args: NotifyArgs, aide: Aide, units: Units, packages: Packages) -> Verdict:
    """Somebody gets the reports of AIDE."""
    runs = scheduled(args, aide, units)
    if runs.status != "pass":
        return runs
    mailing = [job for job in aide.cron if "mail" in job and args.address in job]
    if mailing:
        return passed(msg("reports are mailed by {names}", names=listed(mailing)), mailing)
    if not aide.mail_to:
        return failed(msg("reports of AIDE go to nobody"), ["MAILTO="])
    if args.address and args.address.removesuffix("@localhost") not in (
        aide.mail_to, aide.mail_to.removesuffix("@localhost")
    ):  # fmt: skip
        return failed(msg("reports of AIDE go to {name}, not {wanted}", name=aide.mail_to,
                          wanted=args.address), [f"MAILTO={aide.mail_to}"])  # fmt: skip
    if not any(name in packages.versions for name in _MAILERS):
        return failed(msg("no program mails the reports of AIDE"), [f"MAILTO={aide.mail_to}"])
    return passed(msg("reports of AIDE go to {name}", name=aide.mail_to),
                  [f"MAILTO={aide.mail_to}"])  # fmt: skip


class WatchArgs(Args):
    """Programs of /sbin (or /usr/sbin, where that is the same), and what is watched of each."""

    programs: tuple[str, ...]
    attributes: tuple[str, ...]


@family("aide.watches", needs=(Aide,), args=WatchArgs)
def watches(args: WatchArgs, aide: Aide) -> Verdict:
    """AIDE watches these programs by these attributes."""
    if not aide.configured:
        return failed(msg("AIDE is not configured"))
    wanted, offenders, evidence = frozenset(args.attributes), [], []
    for name in args.programs:
        path = f"/usr/sbin/{name}" if aide.merged else f"/sbin/{name}"
        rule = watched(path, aide.rules)
        evidence.append(f"{path}: {'+'.join(sorted(rule.attributes)) if rule else '-'}")
        if rule is None or not wanted <= rule.attributes:
            offenders.append(path)
    if not offenders:
        return passed(msg("AIDE watches {names}", names=listed(args.programs)), evidence)
    if aide.generated and not any(rule for rule in aide.rules if rule.kind != "never"):
        return not_evaluated(msg("programs write the configuration of AIDE"), evidence)
    return failed(msg("AIDE does not watch as asked: {names}", names=listed(offenders)), evidence)


class EveryArgs(Args):
    """An attribute."""

    attribute: str


@family("aide.every-rule", needs=(Aide,), args=EveryArgs)
def every_rule(args: EveryArgs, aide: Aide) -> Verdict:
    """Each rule of AIDE watches this attribute."""
    if not aide.configured:
        return failed(msg("AIDE is not configured"))
    rules = [rule for rule in aide.rules if rule.kind != "never"]
    if not rules:
        return not_evaluated(msg("no rule of AIDE is known"))
    lacking = [rule.pattern for rule in rules if args.attribute not in rule.attributes]
    if lacking:
        return failed(msg("rules of AIDE without {attribute}: {names}", attribute=args.attribute,
                          names=listed(lacking)), lacking)  # fmt: skip
    if aide.generated:
        return not_evaluated(msg("programs write a part of the configuration of AIDE"))
    return passed(msg("every rule of AIDE watches {attribute}", attribute=args.attribute))
