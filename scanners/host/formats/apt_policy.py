"""`apt-cache policy`: archives, and which versions of a package they offer (apt-cache(8))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = "debian-security"
"""What Debian's archive of security updates calls itself, in any case."""
_SUITE = "-security"
"""How suites of security updates end: bookworm-security, jammy-security, jammy-infra-security."""
_FILE = re.compile(r" *-?[0-9]+ (\S.*)")
_PACKAGE = re.compile(r"([a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?):")
_VERSION = re.compile(r" (?:\*\*\*|   ) (\S+) -?[0-9]+")
_SOURCE = re.compile(r" {8} *-?[0-9]+ (\S.*)")


@dataclass(frozen=True)
class Archive:
    """A list of packages, and the release that it belongs to."""

    file: str
    """As version tables name it: `http://… bookworm-security/main amd64 Packages`."""
    label: str
    suite: str
    version: str = ""
    """The distribution's release, `12` or `22.04`; empty where the archive does not say."""

    def is_of(self, release: str) -> bool:
        """True unless the archive says that it is of another release of the distribution."""
        return not (release and self.version) or f"{self.version}.".startswith(f"{release}.")

    @property
    def is_security(self) -> bool:
        """True for an archive of security updates."""
        return self.label.lower() == _LABEL or self.suite.endswith(_SUITE)

    def __str__(self) -> str:
        return f"{self.label}:{self.suite}" if self.label else self.suite or self.file


@dataclass(frozen=True)
class Newer:
    """A version above the installed one."""

    version: str
    files: tuple[str, ...]
    """The lists that offer it."""


@dataclass(frozen=True)
class Offer:
    """A package: what is installed, what apt would install, and everything newer."""

    package: str
    """With its architecture, if that is a foreign one: `libc6:i386`."""
    installed: str | None
    candidate: str | None
    newer: tuple[Newer, ...]
    """The newest first."""


def archives(text: str) -> dict[str, Archive]:
    """The lists that apt reads, by their names; dpkg's own database is none."""
    found: dict[str, Archive] = {}
    file = None
    for line in text.splitlines():
        if line.startswith("Pinned packages:"):
            break
        match = _FILE.fullmatch(line)
        said = line.strip()
        if match:
            file = None if match[1].startswith("/") else match[1]
            if file:
                found[file] = Archive(file, "", "")
        elif file and said.startswith("release "):
            found[file] = _archive(file, said.removeprefix("release "))
    return found


def _archive(file: str, release: str) -> Archive:
    # Values may hold commas (a label of two words and more); keys are single letters.
    pairs = re.findall(r"(?:^|,)([a-z])=(.*?)(?=,[a-z]=|$)", release)
    fields = dict(pairs)
    return Archive(file, fields.get("l", ""), fields.get("a") or fields.get("n", ""),
                   fields.get("v", ""))  # fmt: skip


def offers(text: str) -> Iterator[Offer]:
    """One for each package of the version tables, in their order."""
    for block in re.split(r"\n(?=\S)", text):
        head, _newline, rest = block.partition("\n")
        name = _PACKAGE.fullmatch(head.strip())
        if name and "  Version table:" in rest:
            yield _offer(name[1], rest.splitlines())


def _offer(package: str, lines: list[str]) -> Offer:
    stated = dict(
        line.strip().split(": ", 1)
        for line in lines
        if line.startswith(("  Installed: ", "  Candidate: "))
    )
    newer: list[Newer] = []
    for line in lines:
        if line.startswith(" *** "):
            break
        version = _VERSION.fullmatch(line)
        source = _SOURCE.fullmatch(line)
        if version:
            newer.append(Newer(version[1], ()))
        elif source and newer:
            newer[-1] = Newer(newer[-1].version, (*newer[-1].files, source[1]))
    installed, candidate = _known(stated.get("Installed")), _known(stated.get("Candidate"))
    return Offer(package, installed, candidate, tuple(newer) if installed else ())


def _known(version: str | None) -> str | None:
    return None if version in (None, "(none)") else version
