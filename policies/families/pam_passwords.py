"""What PAM demands of new passwords before it stores them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_answers import OptionArgs, elsewhere, judge_option, no_service
from policies.families._pam_modules import (
    ANYTHING,
    UNIX,
    answers,
    present,
    quote,
    reached,
    settings,
    stack,
)
from policies.families._pam_run import FAILURE, Answer, ends
from policies.families._verdicts import failed, not_evaluated, passed
from policies.families._versions import at_least
from policies.model import Verdict
from scanners.host.facts.pam import Pam, PamLine
from scanners.host.facts.software import Packages
from scanners.host.model import Missing

_QUALITY = "pam_pwquality.so"
_CRACKLIB = "pam_cracklib.so"
_HISTORY = "pam_pwhistory.so"
_CREDITS = ("dcredit", "ucredit", "lcredit", "ocredit")
_QUALITY_DEFAULTS = {  # pwquality.conf(5)
    "difok": "1", "minlen": "8", "dcredit": "0", "ucredit": "0", "lcredit": "0", "ocredit": "0",
    "minclass": "0", "maxrepeat": "0", "maxsequence": "0", "maxclassrepeat": "0", "gecoscheck": "0",
    "dictcheck": "1", "usercheck": "1", "enforcing": "1", "retry": "1", "enforce_for_root": "0",
}  # fmt: skip
_CRACKLIB_DEFAULTS = {  # pam_cracklib(8), which Linux-PAM 1.5 no longer has
    **_QUALITY_DEFAULTS, "difok": "5", "minlen": "9",
    "dcredit": "1", "ucredit": "1", "lcredit": "1", "ocredit": "1",
}  # fmt: skip

Guard = Callable[[PamLine], bool]


def _gap(lines: Sequence[PamLine], service: str, module: str, guards: Guard) -> Verdict | None:
    """A verdict if the guards do not stand between a new password and its storage."""
    if _stores(lines, guards):
        return failed(msg("{service} also stores passwords that {module} refuses",
                          service=service, module=module), map(quote, lines))  # fmt: skip
    if any(line.module == UNIX for line in lines) and not _stores(lines, lambda _line: False):
        return failed(msg("{service} can store no new password at all", service=service),
                      map(quote, lines))  # fmt: skip
    return None


def _stores(lines: Sequence[PamLine], guards: Guard) -> bool:
    """True if pam_unix may store a password that the guards refuse.

    A guard that refuses also takes the password away, so that what follows must ask anew, which a
    module with `use_authtok` does not.
    """

    def ask(_place: int, line: PamLine, marks: frozenset[str]) -> Sequence[Answer]:
        bound = {"use_authtok", "use_first_pass"} & set(line.arguments)
        if bound and "typed" not in marks and line.module in (UNIX, _QUALITY, _HISTORY):
            return (FAILURE,)
        if guards(line):
            return (Answer("authtok_err", forget="typed"),)
        if line.module == UNIX:
            return (Answer("success", "stored"),)
        if line.module in (_QUALITY, _CRACKLIB, _HISTORY):
            return (Answer("success", "typed"),)
        return answers(line, ANYTHING)

    return any("stored" in end.marks for end in ends(lines, ask))


def _quality_options(line: PamLine, pam: Pam) -> dict[str, str]:
    if line.module == _CRACKLIB:
        return {**_CRACKLIB_DEFAULTS, **settings(line)}
    return {**_QUALITY_DEFAULTS, **pam.pwquality, **settings(line)}


@family("pam.quality", needs=(Pam,), args=OptionArgs)
def quality(args: OptionArgs, pam: Pam) -> Verdict:
    """New passwords are judged by pwquality with this option, before they are stored."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    found, evidence = {}, []
    for service in services:
        lines = stack(pam, service, "password")
        places = reached(lines, lambda line: line.module in (_QUALITY, _CRACKLIB))
        if not places:
            return failed(msg("{module} does not stand before {other} in {service}",
                              module=_QUALITY, other=UNIX, service=service),
                          map(quote, lines))  # fmt: skip
        options = {lines[place]: _quality_options(lines[place], pam) for place in places}
        values = {line: _quality_value(args.option, given) for line, given in options.items()}
        strict = {line for line in values if args.holds(values[line])}
        found[service] = values[min(strict or values, key=lines.index)]
        evidence += [*map(quote, values), f"{service}: {args.option} = {found[service]}"]
        awake = {line for line in strict if _refuses(options[line])}
        gap = _gap(lines, service, _QUALITY, awake.__contains__) if strict else None
        if gap:
            return gap
    return judge_option(args, found, evidence)


def _refuses(options: Mapping[str, str]) -> bool:
    return as_integer(options["enforcing"]) != 0


def _quality_value(option: str, options: Mapping[str, str]) -> str:
    """The effective value: positive credits make a short password pass, so they lower `minlen`.

    A negative credit says how many digits or letters a password must have; `minclass = 4` asks for
    one of each, since there are only four classes.
    """
    credit = {kind: as_integer(options[f"{kind}credit"]) or 0 for kind in "dulo"}
    if option == "minlen":
        length = as_integer(options["minlen"])
        return options["minlen"] if length is None \
            else str(max(length, 6) - sum(max(0, one) for one in credit.values()))  # fmt: skip
    classes = as_integer(options["minclass"])
    if option == "minclass":
        demanded = sum(one < 0 for one in credit.values())
        return options["minclass"] if classes is None else str(max(classes, demanded))
    if option in _CREDITS and credit[option[0]] > -1 and (classes or 0) >= 4:
        return "-1"
    return options.get(option, "0")


def _history_options(line: PamLine, pam: Pam, modules: str | None) -> dict[str, str]:
    """pam_pwhistory(8); pwhistory.conf counts since Linux-PAM 1.5.3 only."""
    file = pam.pwhistory if modules is not None and at_least(modules, "1.5.3") else {}
    return {"remember": "10", **file, **settings(line)}


def _modules(packages: Packages | Missing) -> str | None:
    return None if isinstance(packages, Missing) else packages.versions.get("libpam-modules")


@family("pam.history", needs=(Pam,), args=OptionArgs, helps=(Packages,))
def history(args: OptionArgs, pam: Pam, packages: Packages | Missing) -> Verdict:
    """Old passwords are remembered and refused, before a new one is stored."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    version = _modules(packages)
    if pam.pwhistory and version is None:
        return not_evaluated(msg("it is not known whether this PAM reads {path}",
                                 path="/etc/security/pwhistory.conf"))  # fmt: skip
    found: dict[str, str] = {}
    evidence: list[str] = []
    for service in services:
        lines = stack(pam, service, "password")
        places = reached(lines, lambda line: line.module == _HISTORY)
        if not places:
            return failed(msg("{module} does not stand before {other} in {service}",
                              module=_HISTORY, other=UNIX, service=service),
                          map(quote, lines))  # fmt: skip
        unread = elsewhere((lines[one] for one in places), "/etc/security/pwhistory.conf")
        if unread:
            return unread
        options = {lines[one]: _history_options(lines[one], pam, version) for one in places}
        values = {line: given.get(args.option, "0") for line, given in options.items()}
        strict = {line for line in values if args.holds(values[line])}
        found[service] = values[min(strict or values, key=lines.index)]
        evidence += map(quote, values)
        gap = _gap(lines, service, _HISTORY, strict.__contains__) if strict else None
        if gap:
            return gap
    return judge_option(args, found, evidence)


class ReuseArgs(Args):
    """How many old passwords are refused."""

    services: tuple[str, ...]
    minimum: int


@family("pam.reuse", needs=(Pam,), args=ReuseArgs, helps=(Packages,))
def reuse(args: ReuseArgs, pam: Pam, packages: Packages | Missing) -> Verdict:
    """So many old passwords are refused, by whichever module remembers them."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    version = _modules(packages)
    evidence: list[str] = []
    for service in services:
        lines = stack(pam, service, "password")
        counts = [_remembered(line, pam, version) for line in lines]
        enough = {line for line, count in zip(lines, counts, strict=True)
                  if count >= args.minimum}  # fmt: skip
        evidence += [quote(line) for line, count in zip(lines, counts, strict=True) if count]
        if _stores(lines, enough.__contains__):
            return failed(msg("{service} takes passwords again that were used before",
                              service=service), map(quote, lines))  # fmt: skip
    return passed(msg("the last {count} passwords are not taken again", count=args.minimum),
                  evidence)  # fmt: skip


def _remembered(line: PamLine, pam: Pam, version: str | None) -> int:
    if line.module == _HISTORY:
        return as_integer(_history_options(line, pam, version)["remember"]) or 0
    return as_integer(settings(line).get("remember", "0")) or 0 if line.module == UNIX else 0


class ChainArgs(Args):
    """A module that must take the password which earlier modules judged."""

    services: tuple[str, ...]
    module: str


@family("pam.takes-over", needs=(Pam,), args=ChainArgs)
def takes_over(args: ChainArgs, pam: Pam) -> Verdict:
    """A module takes the new password that others judged and asks for none of its own."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence = []
    for service in services:
        lines = stack(pam, service, "password")
        places = reached(lines, lambda line: line.module == args.module)
        if not places:
            return failed(msg("{module} is not in {service}", module=args.module,
                              service=service), map(quote, lines))  # fmt: skip
        alone = [quote(lines[one]) for one in sorted(places)
                 if not {"use_authtok", "use_first_pass"} & set(lines[one].arguments)]  # fmt: skip
        if alone:
            return failed(msg("{module} in {service} asks for a password of its own",
                              module=args.module, service=service), alone)  # fmt: skip
        evidence += [quote(lines[one]) for one in sorted(places)]
    return passed(msg("{module} takes the password that was judged before", module=args.module),
                  evidence)  # fmt: skip
