"""How long passwords live, and when accounts that nobody uses close."""

from __future__ import annotations

from typing import Literal

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._expect import Expect, as_c_number
from policies.families._verdicts import failed, none_of, not_applicable, not_evaluated, passed
from policies.families.accounts import of_passwords
from policies.model import Verdict
from scanners.host.facts.accounts import Accounts, LoginDefs
from scanners.host.facts.system import System
from scanners.host.model import Missing, Taken

_DAY = 86_400


class DaysArgs(Args):
    """An upper bound in days."""

    maximum: int


@family("accounts.password-age", needs=(Accounts,), args=DaysArgs)
def password_age(args: DaysArgs, accounts: Accounts) -> Verdict:
    """Passwords that exist expire in time."""
    endless = [
        f"{one.name} ({'-' if one.max_days is None else one.max_days})"
        for one in accounts.accounts
        if one.password != "locked"  # noqa: S105 - a state
        and (one.max_days is None or not 0 <= one.max_days <= args.maximum)
    ]
    verdict = none_of(
        endless,
        msg("every password expires within {days} days", days=args.maximum),
        msg("{count} passwords live longer than {days} days: {names}", days=args.maximum),
    )
    return of_passwords(verdict, accounts)


@family("accounts.inactive-default", needs=(LoginDefs,), args=DaysArgs)
def inactive_default(args: DaysArgs, defs: LoginDefs) -> Verdict:
    """New accounts are closed when nobody uses them."""
    found = defs.useradd.get("INACTIVE", "-1")
    number = as_c_number(found)
    evidence = [f"INACTIVE={found}"]
    if number is not None and 0 <= number <= args.maximum:
        return passed(msg("{option} is {found}", option="INACTIVE", found=found), evidence)
    wanted = f"0..{args.maximum}"
    return failed(
        msg("{option} is {found}, not {wanted}", option="INACTIVE", found=found, wanted=wanted),
        evidence,
    )


@family("accounts.inactive", needs=(Accounts,), args=DaysArgs)
def inactive(args: DaysArgs, accounts: Accounts) -> Verdict:
    """Accounts with a password are closed in time after it expired."""
    unlimited = [
        f"{one.name} ({'-' if one.inactive_days is None else one.inactive_days})"
        for one in accounts.accounts
        if one.has_password
        and (one.inactive_days is None or not 0 <= one.inactive_days <= args.maximum)
    ]
    verdict = none_of(
        unlimited,
        msg("every account with a password closes {days} days after it expired", days=args.maximum),
        msg("{count} accounts stay open longer than {days} days after their password expired: "
            "{names}", days=args.maximum),
    )  # fmt: skip
    return of_passwords(verdict, accounts)


@family("accounts.changed-in-past", needs=(Accounts,), args=NoArgs, helps=(System, Taken))
def changed_in_past(
    _args: NoArgs, accounts: Accounts, system: System | Missing, taken: Taken | Missing
) -> Verdict:
    """No password was changed after today, which would keep it from ever expiring."""
    dated = [one for one in accounts.accounts if one.has_password and one.changed is not None]
    if not dated:
        return of_passwords(passed(msg("no password has a date of its last change")), accounts)
    own = None if isinstance(system, Missing) else system.clock
    if own is None and isinstance(taken, Missing):
        return not_evaluated(msg("it is not known when this was read"))
    now = taken.seconds if own is None and isinstance(taken, Taken) else own or 0
    today = now // _DAY
    return none_of(
        (f"{one.name} ({one.changed})" for one in dated if (one.changed or 0) > today),
        msg("every password was changed in the past"),
        msg("{count} passwords were changed in the future: {names}"),
    )


class FieldArgs(Expect):
    """A number of days in shadow(5), and whose."""

    field: Literal["min_days", "max_days", "warn_days", "inactive_days"]
    names: tuple[str, ...] = ()
    """Empty: everybody who has a password."""


@family("accounts.shadow-days", needs=(Accounts,), args=FieldArgs)
def shadow_days(args: FieldArgs, accounts: Accounts) -> Verdict:
    """The ages of passwords that exist are as asked."""
    found = {
        one.name: getattr(one, args.field)
        for one in accounts.accounts
        if (one.name in args.names if args.names else one.password != "locked")  # noqa: S105
    }
    if args.names and not found:
        return not_applicable(msg("there is no account called {names}",
                                  names=", ".join(args.names)))  # fmt: skip
    verdict = none_of(
        [f"{name} ({'-' if days is None else days})" for name, days in found.items()
         if days is None or not args.holds(str(days))],
        msg("{field} of every password is {wanted}", field=args.field, wanted=args.wanted),
        msg("{field} of {count} passwords is not {wanted}: {names}", field=args.field,
            wanted=args.wanted),
    )  # fmt: skip
    return of_passwords(verdict, accounts)
