"""Files that modules of PAM read, where the services come to those modules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_answers import no_service
from policies.families._pam_modules import (
    FAILLOCK,
    FAILS,
    SUCCEEDS,
    asking,
    present,
    quote,
    reached,
    stack,
    unlocked,
)
from policies.families._pam_run import ends
from policies.families._verdicts import failed, none_of, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.accounts import Accounts
from scanners.host.facts.pam import Pam
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing
from scanners.host.reading import glob_matches


class PolyArgs(Args):
    """A directory of which everybody gets one of their own."""

    services: tuple[str, ...]
    directory: str


_NAMESPACES = ("/etc/security/namespace.conf", "/etc/security/namespace.d/*.conf")


@family("pam.polyinstantiated", needs=(Pam, TextFiles), args=PolyArgs)
def polyinstantiated(args: PolyArgs, pam: Pam, files: TextFiles) -> Verdict:
    """Everybody who logs in gets this directory for themselves."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    texts = _texts(files, _NAMESPACES)
    if isinstance(texts, Verdict):
        return texts
    lines = [line for text in texts for line in text.splitlines()]
    fields = [line.split("#")[0].split() for line in lines]
    for path, *rest in filter(None, fields):
        if path.strip('"').rstrip("/") != args.directory or len(rest) < 2:
            continue
        evidence = [" ".join([path, *rest])]
        without = [service for service in services
                   if not reached(stack(pam, service, "session"),
                                  lambda line: line.module == "pam_namespace.so")]  # fmt: skip
        if without:
            return failed(msg("{module} is missing from {services}", module="pam_namespace.so",
                              services=", ".join(without)), evidence)  # fmt: skip
        if "shared" in rest[1].split(":"):
            break
        if len(rest) > 2 and rest[2].startswith("~"):
            return failed(msg("only some get {path} for themselves", path=args.directory), evidence)
        return passed(msg("everybody gets {path} for themselves", path=args.directory), evidence)
    return failed(msg("everybody shares {path}", path=args.directory))


def _texts(files: TextFiles, globs: Sequence[str]) -> list[str] | Verdict:
    """The texts under some globs, in the order in which they are read."""
    for glob in globs:
        hidden = [path for path in files.unreadable if glob_matches(glob, path)]
        if hidden or (glob not in files.asked and not files.asked_for(glob)):
            return not_evaluated(
                msg("{path} could not be read", path=hidden[0] if hidden else glob)
            )
    return [files.texts[path] for glob in globs for path in sorted(files.texts)
            if glob_matches(glob, path)]  # fmt: skip


class LoginsArgs(Args):
    """How often one account may be logged in at the same time."""

    services: tuple[str, ...]
    maximum: int


_LIMITS = ("/etc/security/limits.conf", "/etc/security/limits.d/*.conf")


@family("pam.max-logins", needs=(Pam, TextFiles), args=LoginsArgs)
def max_logins(args: LoginsArgs, pam: Pam, files: TextFiles) -> Verdict:
    """An account is logged in only so many times at once."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    texts = _texts(files, _LIMITS)
    if isinstance(texts, Verdict):
        return texts
    without = [service for service in services
               if not reached(stack(pam, service, "session"),
                              lambda line: line.module == "pam_limits.so")]  # fmt: skip
    if without:
        return failed(msg("{module} is missing from {services}", module="pam_limits.so",
                          services=", ".join(without)))  # fmt: skip
    fields = [line.split("#")[0].split() for text in texts for line in text.splitlines()]
    limits = {one[0]: one[3] for one in fields if len(one) == 4 and one[2] == "maxlogins"}
    free = [one[0] for one in fields if len(one) == 2 and one[1] == "-"]
    evidence = [f"{who} maxlogins {value}" for who, value in limits.items()]
    wrong = [f"{who}: {value}" for who, value in limits.items()
             if not 0 <= (as_integer(value) or 0) <= args.maximum
             or as_integer(value) is None]  # fmt: skip
    if "*" not in limits or wrong or free:
        found = ", ".join([*wrong, *free]) or "-"
        return failed(msg("{option} is {found}, not {wanted}", option="maxlogins", found=found,
                          wanted=f"≤ {args.maximum}"), evidence)  # fmt: skip
    return passed(msg("{option} is {found}", option="maxlogins", found=limits["*"]), evidence)


class TtyArgs(Args):
    """Terminals (regular expression) at which root may not log in."""

    service: str
    terminals: str


@family("pam.root-terminals", needs=(Pam, TextFiles), args=TtyArgs, helps=(Accounts,))
def root_terminals(
    args: TtyArgs, pam: Pam, files: TextFiles, accounts: Accounts | Missing
) -> Verdict:
    """Root cannot log in at these terminals."""
    listed = _listed(args, files)
    if listed.status != "pass" and "/etc/securetty" in {*files.texts, *files.unreadable}:
        return listed
    if not isinstance(accounts, Missing):
        root = next((one for one in accounts.accounts if one.name == "root"), None)
        if root is not None and root.password == "locked":  # noqa: S105 - a state
            return passed(msg("root has no password to log in with"), ["root: locked"])
    if args.service not in pam.services:
        return no_service([args.service])
    return _unguarded(args, pam) or listed


def _unguarded(args: TtyArgs, pam: Pam) -> Verdict | None:
    """A verdict if nothing in the service refuses root at a terminal that is not listed."""
    lines = stack(pam, args.service, "auth")
    if not any(line.module == "pam_securetty.so" for line in lines):
        return failed(msg("{module} is not in {service}", module="pam_securetty.so",
                          service=args.service), map(quote, lines))  # fmt: skip
    ask = asking({"pam_securetty.so": lambda _line: FAILS, FAILLOCK: unlocked}, SUCCEEDS)
    if any(end.granted for end in ends(lines, ask)):
        return failed(msg("{module} in {service} cannot refuse", module="pam_securetty.so",
                          service=args.service), map(quote, lines))  # fmt: skip
    return None


def _listed(args: TtyArgs, files: TextFiles) -> Verdict:
    if "/etc/securetty" in files.unreadable or not files.asked_for("/etc/securetty"):
        return not_evaluated(msg("{path} could not be read", path="/etc/securetty"))
    text = files.texts.get("/etc/securetty")
    if text is None:
        return failed(msg("{path} does not exist", path="/etc/securetty"))
    names = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    return none_of(
        [name for name in names if re.fullmatch(args.terminals, name)],
        msg("root cannot log in at these terminals"),
        msg("root can log in at {count} of these terminals: {names}"),
    )


class CentralArgs(Args):
    """Modules of which one must ask a directory, and the words of nsswitch.conf for it."""

    services: tuple[str, ...]
    modules: tuple[str, ...]
    sources: tuple[str, ...]


@family("pam.central", needs=(Pam, TextFiles), args=CentralArgs)
def central(args: CentralArgs, pam: Pam, files: TextFiles) -> Verdict:
    """People are known to a central directory."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    texts = _texts(files, ("/etc/nsswitch.conf",))
    if isinstance(texts, Verdict):
        return texts
    lines = [line for text in texts for line in text.splitlines()
             if line.split(":")[0].strip() == "passwd"]  # fmt: skip
    words = {word for line in lines for word in line.split("#")[0].split()[1:]}
    if words.isdisjoint(args.sources):
        return failed(
            msg("{path} asks no directory for accounts", path="/etc/nsswitch.conf"), lines
        )
    evidence, without = list(lines), []
    for service in services:
        auth = stack(pam, service, "auth")
        places = reached(auth, lambda line: line.module in args.modules)
        evidence += [quote(auth[place]) for place in sorted(places)]
        without += [] if places else [service]
    if without:
        return failed(msg("{module} is missing from {services}", module=" | ".join(args.modules),
                          services=", ".join(without)), evidence)  # fmt: skip
    return passed(msg("people are known to a central directory"), evidence)
