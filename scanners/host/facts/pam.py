"""PAM stacks as PAM reads them, and the files its modules read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import basename, dirname

from govctl.texts import msg
from scanners.host.formats import pam_d
from scanners.host.model import File, Missing, Raw, Source
from scanners.host.reading import file_text, is_part, matching, text_of

_FOLDERS = ("/etc/pam.d", "/usr/lib/pam.d")
_COPY = re.compile(r"(~|\.(pam-old|dpkg-\w+|ucf-\w+|rpm\w+|bak|old|orig|save|sw[op]))$")


_PACKAGED = (
    "password requisite pam_pwquality.so retry=3\n"
    "password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt\n"
    "password requisite pam_deny.so\n"
    "password required pam_permit.so\n",
    "/usr/share/pam-configs/pwquality",
)
"""What pam-auth-update makes of Debian's libpam-pwquality, which is what brings pwquality.conf."""


@dataclass(frozen=True)
class PamLine:
    """A line of a stack, after `@include`, `include` and `substack` were followed."""

    type: str
    """auth, account, password, session."""
    control: str
    """`required`, `sufficient` … or the bracketed form, with single spaces."""
    module: str
    """Without directory: `pam_unix.so`."""
    arguments: tuple[str, ...]
    file: str
    line: int
    optional: bool = False
    """Written with a `-` before the type: skipped in silence if the module is not there."""
    within: tuple[int, ...] = ()
    """The substacks around it, outermost first: `die`, `done` and jumps end with the innermost."""


@dataclass(frozen=True)
class Pam:
    """Every service of /etc/pam.d."""

    services: Mapping[str, tuple[PamLine, ...]]
    """A type of which a service has no line is taken from `other`, as libpam does it. Copies that
    editors and package managers leave (`common-auth.pam-old`) are no services."""
    pwquality: Mapping[str, str]
    """pwquality.conf and its .conf.d, the last value of a key counts; flags have the value ``"1"``.
    libpwquality reads the directory first, so that the main file has the last word."""
    faillock: Mapping[str, str]
    """faillock.conf(5)."""
    pwhistory: Mapping[str, str]
    """pwhistory.conf(5), which pam_pwhistory reads since Linux-PAM 1.5.3 (not in Debian 12)."""


def parse(raw: Raw) -> Pam | Missing:
    """All stacks; /etc/pam.d hides files of one name in /usr/lib/pam.d."""
    entries: dict[str, list[pam_d.Entry]] = {}
    for file in [*matching(raw, "/usr/lib/pam.d/*"), *matching(raw, "/etc/pam.d/*")]:
        if file.kind == "directory":
            continue
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        entries[basename(file.path)] = list(pam_d.entries(text, file.path))
    foreign = _foreign(entries)
    if foreign is not None:
        return Missing(msg("{path} could not be read", path=foreign))
    if not any(entries.values()) and _is_part(raw):
        entries["common-password"] = list(pam_d.entries(*_PACKAGED))
    if not any(entries.values()):
        return Missing(msg("{path} holds no PAM service", path="/etc/pam.d"))
    pwquality = _settings(raw, *matching(raw, "/etc/security/pwquality.conf.d/*.conf"),
                          raw.files.get("/etc/security/pwquality.conf"))  # fmt: skip
    faillock = _settings(raw, raw.files.get("/etc/security/faillock.conf"))
    pwhistory = _settings(raw, raw.files.get("/etc/security/pwhistory.conf"))
    for settings in (pwquality, faillock, pwhistory):
        if isinstance(settings, Missing):
            return settings
    services = {name: _stack(name, entries) for name in entries if not _COPY.search(name)}
    services = {name: _completed(lines, services.get("other", ()))
                for name, lines in services.items()}  # fmt: skip
    return Pam(services, dict(pwquality), dict(faillock), dict(pwhistory))  # type: ignore[arg-type]


def _is_part(raw: Raw) -> bool:
    """A tree without packages and stacks, but with the settings that a packaged stack reads."""
    kept = "/etc/security/pwquality.conf" in raw.files \
        or any(matching(raw, "/etc/security/pwquality.conf.d/*.conf"))  # fmt: skip
    return kept and is_part(raw)


def _stack(name: str, entries: Mapping[str, list[pam_d.Entry]]) -> tuple[PamLine, ...]:
    def read(other: str) -> list[pam_d.Entry] | None:
        return entries.get(basename(other))

    return tuple(
        PamLine(
            one.type, one.control, basename(one.module), one.arguments, one.file, one.line,
            one.optional, one.within,
        )
        for one in pam_d.flatten(name, read)
    )  # fmt: skip


def _foreign(entries: Mapping[str, list[pam_d.Entry]]) -> str | None:
    """A file that a stack includes from a place of its own, which nobody fetched."""
    every = (entry for some in entries.values() for entry in some)
    names = (one.module for one in every if one.control in pam_d.INCLUDES)
    return next((name for name in names
                 if name.startswith("/") and dirname(name) not in _FOLDERS), None)  # fmt: skip


def _completed(lines: tuple[PamLine, ...], other: tuple[PamLine, ...]) -> tuple[PamLine, ...]:
    present = {line.type for line in lines}
    return (*lines, *(line for line in other if line.type not in present))


def _settings(raw: Raw, *files: File | None) -> dict[str, str] | Missing:
    """`key = value` or a flag a line, `#` starts a comment anywhere."""
    values: dict[str, str] = {}
    for file in files:
        if file is None:
            continue
        text = text_of(raw, file.path)
        if isinstance(text, Missing):
            return text
        for line in (text or "").splitlines():
            key, equals, value = line.partition("#")[0].partition("=")
            if key.strip():
                values[key.strip().lower()] = value.strip() if equals else "1"
    return values


SOURCE = Source(
    Pam,
    parse,
    files=(
        "/etc/pam.d/*",
        "/usr/lib/pam.d/*",
        "/etc/security/pwquality.conf",
        "/etc/security/pwquality.conf.d/*.conf",
        "/etc/security/faillock.conf",
        "/etc/security/pwhistory.conf",
    ),
)
