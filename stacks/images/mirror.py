"""Where Debian's packages come from: what this machine itself uses, or what a setting says.

The project names no server. On a Debian machine the images get the machine's own sources; elsewhere
`GOVCTL_MIRROR` and `GOVCTL_SECURITY_MIRROR` name them, or mmdebstrap's built-in ones are used.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.images.recipe import SUITE

APT = Path("/etc/apt")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Suites whose archive has `main` for every release; a development suite is as good a witness.
_DEBIAN = ("bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing")


@dataclass(frozen=True)
class Mirror:
    """Two addresses: of the archive and of its security updates."""

    archive: str | None
    security: str | None

    def sources(self) -> tuple[str, ...]:
        """Lines of a sources.list for the suite of the images; empty for mmdebstrap's own."""
        if self.archive is None:
            return ()
        lines = [
            f"deb [signed-by={KEYRING}] {self.archive} {suite} main"
            for suite in (SUITE, f"{SUITE}-updates")
        ]
        if self.security:
            lines.append(f"deb [signed-by={KEYRING}] {self.security} {SUITE}-security main")
        return tuple(lines)


def find_mirror(environment: Mapping[str, str] = os.environ, apt: Path = APT) -> Mirror:
    """The settings, else what the machine's apt uses for Debian."""
    named = environment.get("GOVCTL_MIRROR")
    if named:
        return Mirror(named, environment.get("GOVCTL_SECURITY_MIRROR"))
    entries: list[tuple[str, str]] = []
    for path in sorted([apt / "sources.list", *apt.glob("sources.list.d/*")]):
        if path.suffix == ".list" and path.is_file():
            entries += parse_list(path.read_text())
        elif path.suffix == ".sources":
            entries += parse_deb822(path.read_text())
    return choose(entries)


def parse_list(text: str) -> list[tuple[str, str]]:
    """(address, suite) of the `deb` lines of a sources.list(5); options in brackets are skipped."""
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words[:1] != ["deb"]:
            continue
        rest = words[1:]
        while rest and (rest[0].startswith("[") or "=" in rest[0] or rest[0] == "]"):
            rest = rest[1:]
        if len(rest) > 1:
            found.append((rest[0], rest[1]))
    return found


def parse_deb822(text: str) -> list[tuple[str, str]]:
    """(address, suite) of the stanzas of a deb822 file; a disabled stanza counts for nothing."""
    found = []
    for stanza in _stanzas(text):
        if "deb" in stanza.get("types", "").split() and stanza.get("enabled", "yes") != "no":
            addresses, suites = stanza.get("uris", "").split(), stanza.get("suites", "").split()
            found += [(address, suite) for address in addresses for suite in suites]
    return found


def _stanzas(text: str) -> Iterable[dict[str, str]]:
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
                continue
            name, _colon, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
        yield fields


def choose(entries: Iterable[tuple[str, str]]) -> Mirror:
    """The archive and the security archive among (address, suite) pairs of any Debian release."""
    archive = security = None
    for address, suite in entries:
        if suite in _DEBIAN:
            archive = archive or address
        elif suite.endswith("-security") and suite.removesuffix("-security") in _DEBIAN:
            security = security or address
    return Mirror(archive, security if archive else None)


def proxy_environment() -> dict[str, str]:
    """The proxies that the machine's apt is set to, as variables that apt reads in a build too."""
    shell = (
        "eval $(apt-config shell h Acquire::http::Proxy s Acquire::https::Proxy); echo $h; echo $s"
    )
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    proxies = dict(zip(("http_proxy", "https_proxy"), done.stdout.split("\n"), strict=False))
    return {name: value for name, value in proxies.items() if value and value != "DIRECT"}
