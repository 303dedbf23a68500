"""What the modules of a stack answer when one thing is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from policies.families._pam_run import FAILURE, IGNORE, SUCCESS, Answer, Ask, ends
from scanners.host.facts.pam import Pam, PamLine

UNIX = "pam_unix.so"
FAILLOCK = "pam_faillock.so"
SUCCEEDS, FAILS, SKIPS = (SUCCESS,), (FAILURE,), (IGNORE,)
EITHER, ANYTHING = (SUCCESS, FAILURE), (SUCCESS, FAILURE, IGNORE)

_NEUTRAL = frozenset(
    f"pam_{name}.so"
    for name in (
        "cap", "debug", "echo", "ecryptfs", "env", "faildelay", "gnome_keyring", "group", "issue",
        "keyinit", "kwallet5", "lastlog", "limits", "loginuid", "mail", "mkhomedir", "motd",
        "mount", "namespace", "nologin", "securetty", "selinux", "shells", "systemd", "tty_audit",
        "umask", "warn", "xauth",
    )
)  # fmt: skip
"""Modules that know no secret: they prepare something, or keep some out."""
_SECRETS = frozenset(
    f"pam_{name}.so"
    for name in (
        "ccreds", "fprintd", "google_authenticator", "krb5", "ldap", "mysql", "oath", "p11",
        "pgsql", "pkcs11", "poldi", "radius", "ssh_agent_auth", "sss", "tacplus", "u2f", "unix",
        "userdb", "winbind", "yubico",
    )
)  # fmt: skip
"""Modules that ask for a secret of their own."""


COMMON = "common-*"
"""Debian's parts of every stack, in place of services of which the files are not there."""


def stack(pam: Pam, service: str, kind: str) -> list[PamLine]:
    """The lines of one type."""
    if service == COMMON:
        lines = pam.services.get(f"common-{kind}", ())
        return [line for line in lines if line.type == kind]
    return [line for line in pam.services[service] if line.type.lstrip("-") == kind]


def present(pam: Pam, services: Iterable[str]) -> list[str]:
    """Those of these services that exist; where none does, what Debian's services include."""
    found = [service for service in services if service in pam.services]
    parts = any(f"common-{kind}" in pam.services for kind in ("auth", "password"))
    return found or ([COMMON] if parts else [])


def settings(line: PamLine) -> dict[str, str]:
    """A line's arguments as options; a bare word is a flag."""
    pairs = (argument.partition("=") for argument in line.arguments)
    return {name: value if equals else "1" for name, equals, value in pairs}


def quote(line: PamLine) -> str:
    """A line as a person reads it, with its place."""
    words = " ".join([line.type, line.control, line.module, *line.arguments])
    return f"{line.file}:{line.line}: {words}"


def reached(lines: Sequence[PamLine], wanted: Callable[[PamLine], bool]) -> set[int]:
    """The places of those lines that some way through the stack comes to."""
    return {place for place in _reached(tuple(lines)) if wanted(lines[place])}


@lru_cache(maxsize=256)  # many checks ask it of one stack, and machines of one kind share theirs
def _reached(lines: tuple[PamLine, ...]) -> frozenset[int]:
    found: set[int] = set()

    def ask(place: int, line: PamLine, _marks: frozenset[str]) -> Sequence[Answer]:
        found.add(place)
        return {"pam_deny.so": FAILS, "pam_permit.so": SUCCEEDS}.get(line.module, ANYTHING)

    for _end in ends(lines, ask):
        pass
    return frozenset(found)


def answers(line: PamLine, secrets: Sequence[Answer]) -> Sequence[Answer]:
    """What a line may answer where nobody has another secret than `secrets` stands for."""
    if line.module == "pam_deny.so":
        return FAILS
    if line.module == "pam_permit.so":
        return SUCCEEDS
    if line.module in _NEUTRAL:
        return ANYTHING
    return secrets if line.module in _SECRETS else ANYTHING


def faillock_action(line: PamLine) -> str:
    """`preauth`, `authsucc` or `authfail`: the last one named, and the first if none is."""
    named = [word for word in line.arguments if word in ("preauth", "authsucc", "authfail")]
    return named[-1] if named else "preauth"


def unlocked(line: PamLine) -> Sequence[Answer]:
    """What pam_faillock answers where nobody is locked out."""
    return SKIPS if faillock_action(line) == "authfail" else SUCCEEDS


def asking(
    special: Mapping[str, Callable[[PamLine], Sequence[Answer]]], secrets: Sequence[Answer]
) -> Ask:
    """The usual answers, save for the modules named."""

    def ask(_place: int, line: PamLine, _marks: frozenset[str]) -> Sequence[Answer]:
        return special[line.module](line) if line.module in special else answers(line, secrets)

    return ask


VOUCHED = "vouched"
"""The mark of a way on which something that is not the password let the user in."""
COUNTED = "counted"
ASKED = "asked"


def lockout_gap(
    auth: Sequence[PamLine], account: Sequence[PamLine], counts: set[int]
) -> str | None:
    """Why this stack does not lock accounts out, or None; `counts` are lines that may count.

    Three questions of pam_faillock(8): is someone who is locked out refused although the password
    is right, is a wrong password counted, and does a right one end the count.
    """
    return _lockout_gap(tuple(auth), tuple(account), frozenset(counts))


@lru_cache(maxsize=256)
def _lockout_gap(
    auth: tuple[PamLine, ...], account: tuple[PamLine, ...], counts: frozenset[int]
) -> str | None:
    if not reached(auth, lambda line: line.module == UNIX):
        return None  # no password is asked, so none can be guessed
    if _locked_gets_in(auth, counts):
        return "preauth"
    if _failure_escapes(auth, counts):
        return "authfail"
    resets = reached(account, lambda line: line.module == FAILLOCK)
    succeeds = reached(auth, lambda line: line.module == FAILLOCK
                       and faillock_action(line) == "authsucc")  # fmt: skip
    return None if resets or succeeds else "account"


def _locked_gets_in(auth: Sequence[PamLine], counts: frozenset[int]) -> bool:
    def ask(place: int, line: PamLine, _marks: frozenset[str]) -> Sequence[Answer]:
        if line.module == UNIX:
            return (Answer("success", ASKED),)
        if line.module == FAILLOCK:
            return FAILS if place in counts else SUCCEEDS
        return answers(line, (FAILURE, IGNORE))

    return any(end.granted and ASKED in end.marks for end in ends(auth, ask))


def _failure_escapes(auth: Sequence[PamLine], counts: frozenset[int]) -> bool:
    def ask(place: int, line: PamLine, marks: frozenset[str]) -> Sequence[Answer]:
        if line.module == UNIX:
            return (Answer("auth_err", ASKED),)
        if line.module == FAILLOCK:
            if faillock_action(line) != "authfail":
                return SUCCEEDS
            return (Answer("ignore", COUNTED if place in counts else None),)
        found = answers(line, ANYTHING)
        if line.module == "pam_permit.so" or ASKED not in marks:
            return found
        return tuple(Answer("success", VOUCHED) if one is SUCCESS else one for one in found)

    for end in ends(auth, ask):
        if ASKED not in end.marks or COUNTED in end.marks:
            continue
        if not (end.granted and VOUCHED in end.marks):
            return True
    return False
