"""Arguments and verdicts that the families of PAM share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from govctl.texts import msg
from policies.families import Args
from policies.families._expect import Expect
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.pam import PamLine


class StackArgs(Args):
    """Services that are judged where they exist; none of them existing is no pass."""

    services: tuple[str, ...]


class OptionArgs(Expect):
    """A module's option, wherever it is set."""

    services: tuple[str, ...]
    option: str


_NO_SERVICE = msg("none of these PAM services exists: {services}")


def no_service(services: Iterable[str]) -> Verdict:
    """There is nothing to judge."""
    return not_applicable(msg(_NO_SERVICE.template, services=", ".join(services)))


def judge_option(args: OptionArgs, found: Mapping[str, str], evidence: Iterable[str]) -> Verdict:
    """`found` is the effective value by service."""
    wrong = {service: value for service, value in found.items() if not args.holds(value)}
    if wrong:
        where = ", ".join(f"{service}: {value}" for service, value in wrong.items())
        return failed(
            msg("{option} is {found}, not {wanted}", option=args.option, found=where,
                wanted=args.wanted),
            evidence,
        )  # fmt: skip
    value = ", ".join(sorted(set(found.values())))
    return passed(msg("{option} is {found}", option=args.option, found=value), evidence)


def elsewhere(lines: Iterable[PamLine], usual: str) -> Verdict | None:
    """A verdict if a line takes its settings from a file that nobody read (`conf=`)."""
    for line in lines:
        for argument in line.arguments:
            path = argument.removeprefix("conf=")
            if path not in (argument, usual):
                return not_evaluated(msg("{path} could not be read", path=path))
    return None
