"""Which sources the clock may follow."""

from __future__ import annotations

from fnmatch import fnmatchcase

from govctl.texts import msg
from policies.families import Args, NoArgs, family
from policies.families._verdicts import failed, not_applicable, passed
from policies.model import Verdict
from scanners.host.facts.logging import TimeSync


class AuthorisedArgs(Args):
    """The daemon, and the only sources that it may follow (shell globs)."""

    daemon: str
    servers: tuple[str, ...]
    pools: tuple[str, ...] = ()
    """Besides the servers."""


@family("time.authorised", needs=(TimeSync,), args=AuthorisedArgs)
def authorised(args: AuthorisedArgs, time: TimeSync) -> Verdict:
    """The clock follows only the sources that are allowed."""
    if time.daemon != args.daemon:
        return not_applicable(msg("{tool} does not keep the time here", tool=args.daemon))
    if not time.sources:
        return failed(msg("{tool} has no time source", tool=args.daemon))
    allowed = (*args.servers, *args.pools)
    strange = [one for one in time.sources
               if not any(fnmatchcase(one, name) for name in allowed)]  # fmt: skip
    if strange:
        return failed(msg("the clock follows sources that are not allowed: {names}",
                          names=", ".join(strange)), time.sources)  # fmt: skip
    return passed(msg("the clock follows {names}", names=", ".join(time.sources)), time.sources)


@family("time.no-pools", needs=(TimeSync,), args=NoArgs)
def no_pools(_args: NoArgs, time: TimeSync) -> Verdict:
    """chrony follows servers by name, and no pool of servers."""
    if time.daemon != "chrony":
        return not_applicable(msg("{tool} does not keep the time here", tool="chrony"))
    if time.pools:
        return failed(msg("chrony follows pools: {names}", names=", ".join(time.pools)),
                      time.sources)  # fmt: skip
    if not time.sources:
        return failed(msg("{tool} has no time source", tool="chrony"))
    return passed(msg("the clock follows {names}", names=", ".join(time.sources)), time.sources)
