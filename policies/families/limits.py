"""Limits that a session gets from pam_limits."""

from __future__ import annotations

from dataclasses import dataclass

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_modules import reached, stack
from policies.families._verdicts import failed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.pam import Pam
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing
from scanners.host.reading import glob_matches

_MAIN = "/etc/security/limits.conf"
_MORE = "/etc/security/limits.d/*.conf"
_MODULE = "pam_limits.so"
_ENDLESS = frozenset({"unlimited", "infinity", "-1"})


class LimitArgs(Args):
    """An item of limits.conf(5), and the most that its hard limit may be."""

    item: str
    maximum: int


@dataclass(frozen=True)
class _Line:
    domain: str
    item: str
    value: str
    place: str


@family("limits.hard", needs=(TextFiles,), helps=(Pam,), args=LimitArgs)
def hard(args: LimitArgs, files: TextFiles, pam: Pam | Missing) -> Verdict:
    """Every session gets a hard limit, and no user or group is given more."""
    asked = [_MAIN, *sorted(path for path in (*files.texts, *files.unreadable)
                            if glob_matches(_MORE, path))]  # fmt: skip
    for path in asked:
        if path in files.unreadable or not files.asked_for(path):
            return not_evaluated(msg("{path} could not be read", path=path))
    lines = [line for path in asked for line in _lines(path, files.texts.get(path, ""), args.item)]
    last: dict[str, _Line] = {line.domain: line for line in lines}
    general = last.pop("*", None)
    evidence = [line.place for line in ([general] if general else []) + list(last.values())]
    if general is None:
        return failed(msg("no file limits {item} for everybody", item=args.item), evidence)
    wide = [line for line in (general, *last.values()) if not _within(line.value, args.maximum)]
    if wide:
        return failed(msg("{line}: more than {maximum}", line=wide[0].place, maximum=args.maximum),
                      evidence)  # fmt: skip
    unlimited = [] if isinstance(pam, Missing) else _without_module(pam)
    if unlimited:
        return failed(msg("{module} is missing from {services}", module=_MODULE,
                          services=", ".join(unlimited)), evidence)  # fmt: skip
    return passed(msg("nobody gets more {item} than {maximum}", item=args.item,
                      maximum=args.maximum), evidence)  # fmt: skip


def _without_module(pam: Pam) -> list[str]:
    """Services that let people in and never come to the module that sets limits."""
    return [
        service
        for service in ("login", "sshd")
        if service in pam.services
        and not reached(stack(pam, service, "session"), lambda line: line.module == _MODULE)
    ]


def _lines(path: str, text: str, item: str) -> list[_Line]:
    """Lines that set a hard limit of this item; a domain with a bare `-` is freed of all limits."""
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        place = f"{path}: {' '.join(words)}"
        if len(words) == 2 and words[1] == "-":
            found.append(_Line(words[0], item, "unlimited", place))
        elif len(words) >= 4 and words[1] in ("hard", "-") and words[2].lower() == item:
            found.append(_Line(words[0], item, words[3].lower(), place))
    return found


def _within(value: str, maximum: int) -> bool:
    number = as_integer(value)
    return value not in _ENDLESS and number is not None and 0 <= number <= maximum
