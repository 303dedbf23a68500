"""How PAM hashes the passwords that it stores."""

from __future__ import annotations

import re

from govctl.texts import msg
from policies.families import Args, family
from policies.families._expect import as_integer
from policies.families._pam_answers import no_service
from policies.families._pam_modules import UNIX, present, quote, settings, stack
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.accounts import LoginDefs
from scanners.host.facts.pam import Pam, PamLine
from scanners.host.model import Missing


class HashArgs(Args):
    """Methods of which `pam_unix.so` must use one."""

    services: tuple[str, ...]
    methods: tuple[str, ...]


_METHODS = ("sha256", "sha512", "md5", "bigcrypt", "blowfish", "gost_yescrypt", "yescrypt")


def _method(line: PamLine, defs: LoginDefs | Missing) -> str | None:
    """The last method that the line names, else that of login.defs; None if nobody knows."""
    named = [method for word in line.arguments for method in _METHODS if word.startswith(method)]
    if named:
        return named[-1]
    if isinstance(defs, Missing):
        return None
    asked = defs.values.get("ENCRYPT_METHOD", "").lower()
    return next((method for method in _METHODS if asked.startswith(method)), "des")


@family("pam.hash-method", needs=(Pam,), args=HashArgs, helps=(LoginDefs,))
def hash_method(args: HashArgs, pam: Pam, defs: LoginDefs | Missing) -> Verdict:
    """New passwords are hashed by a strong method."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence = []
    for service in services:
        for line in _storing(pam, service):
            method = _method(line, defs)
            if method is None:
                return not_evaluated(msg("{path} could not be read", path="/etc/login.defs"))
            if method not in args.methods:
                return failed(msg("{module} in {service} hashes with none of {methods}",
                                  module=UNIX, service=service,
                                  methods=" | ".join(args.methods)), [quote(line)])  # fmt: skip
            evidence += [quote(line)]
    if not evidence:
        return not_applicable(msg("{module} is not in {service}", module=UNIX,
                                  service=", ".join(services)))  # fmt: skip
    return passed(msg("new passwords are hashed with {methods}",
                      methods=" | ".join(args.methods)), evidence)  # fmt: skip


def _storing(pam: Pam, service: str) -> list[PamLine]:
    return [line for line in stack(pam, service, "password") if line.module == UNIX]


class RoundsArgs(Args):
    """How much work a hash must be: rounds of SHA-crypt, the cost of yescrypt."""

    services: tuple[str, ...]
    rounds: int
    cost: int = 5


@family("pam.hash-rounds", needs=(Pam,), args=RoundsArgs, helps=(LoginDefs,))
def hash_rounds(args: RoundsArgs, pam: Pam, defs: LoginDefs | Missing) -> Verdict:
    """Hashing a password is work."""
    services = present(pam, args.services)
    if not services:
        return no_service(args.services)
    evidence = []
    for service in services:
        for line in _storing(pam, service):
            method = _method(line, defs)
            if method is None:
                return not_evaluated(msg("{path} could not be read", path="/etc/login.defs"))
            work = _work(line, method, defs)
            evidence += [quote(line), f"{method} rounds={work}"]
            if work < (args.rounds if method.startswith("sha") else args.cost):
                return failed(msg("{service} hashes new passwords with {method}, rounds {found}",
                                  service=service, method=method, found=work),
                              evidence)  # fmt: skip
    if not evidence:
        return not_applicable(msg("{module} is not in {service}", module=UNIX,
                                  service=", ".join(services)))  # fmt: skip
    return passed(msg("new passwords are hashed with enough rounds"), evidence)


def _work(line: PamLine, method: str, defs: LoginDefs | Missing) -> int:
    """As pam_unix's support.c computes it; methods without rounds count as none."""
    given = settings(line).get("rounds")
    number = as_integer(re.split(r"\D", given, maxsplit=1)[0]) if given else None
    if method.startswith("sha"):
        if given is None and not isinstance(defs, Missing):
            number = as_integer(defs.values.get("SHA_CRYPT_MAX_ROUNDS", ""))
        return number if number is not None and number >= 1000 else 5000
    if "yescrypt" in method:
        return number if number is not None and 3 <= number <= 11 else 5
    if method == "blowfish":
        return number if number is not None and 4 <= number <= 31 else 5
    return 0
