"""What systemd-coredump keeps of a program that crashed."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, passed
from policies.model import Verdict
from scanners.host.facts.coredump import Coredump


class CoredumpArgs(Args):
    """A key of coredump.conf(5) and the value that it must have."""

    key: str
    value: str


@family("coredump.setting", needs=(Coredump,), args=CoredumpArgs)
def setting(args: CoredumpArgs, coredump: Coredump) -> Verdict:
    """A setting of systemd-coredump has this value, in the last file that sets it."""
    found = coredump.settings.get(args.key.lower(), "-")
    evidence = [f"{args.key}={found}"]
    if _same(found, args.value):
        return passed(msg("{option} is {found}", option=args.key, found=found), evidence)
    return failed(msg("{option} is {found}, not {wanted}", option=args.key, found=found,
                      wanted=args.value), evidence)  # fmt: skip


def _same(found: str, wanted: str) -> bool:
    """Sizes may carry a unit (systemd.syntax(7)): `0`, `0K` and `0B` are one."""
    zero = re.fullmatch(r"0+(\.0+)?\s*[BKMGTPE]?", found, re.ASCII)
    return found.lower() == wanted.lower() or (wanted == "0" and zero is not None)
