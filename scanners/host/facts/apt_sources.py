"""sources.list(5): where apt takes packages from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import file_text, matching
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class AptSource:
    """One address that is in use."""

    uri: str
    path: str
    """The file that names it."""
    trusted: bool = False
    """True if its packages need no signature."""
    insecure: bool = False
    """True if its lists need none, or a weak one will do."""


@dataclass(frozen=True)
class AptSources:
    """Every address of every file, switched-off entries left out."""

    sources: tuple[AptSource, ...]


_FILES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*")
_LINE = re.compile(r"deb(?:-src)?\s+(?:\[([^\]]*)\]\s+)?(\S+)\s")
_OPTION = re.compile(r"([a-z-]+)\s*[-+]?=\s*([\w-]+)", re.ASCII)
_INSECURE = ("allow-insecure", "allow-weak", "allow-downgrade-to-insecure")
_TRUE = frozenset({"yes", "true", "1", "on", "with", "enable"})
_FALSE = frozenset({"no", "false", "0", "off", "without", "disable"})


def parse(raw: Raw) -> AptSources | Missing:
    """One-line style (`*.list`) and deb822 style (`*.sources`); apt reads no other names."""
    found: list[AptSource] = []
    for glob in _FILES:
        for file in matching(raw, glob):
            if file.kind == "directory" or not file.path.endswith((".list", ".sources")):
                continue
            text = file_text(file)
            if isinstance(text, Missing):
                return text
            read = _stanzas if file.path.endswith(".sources") else _lines
            found += read(text, file.path)
    return AptSources(tuple(found))


def _lines(text: str, path: str) -> list[AptSource]:
    matches = (_LINE.match(line.strip() + " ") for line in text.splitlines())
    return [_source(match[2], path, dict(re.findall(_OPTION, (match[1] or "").lower())))
            for match in matches if match]  # fmt: skip


def _source(uri: str, path: str, options: Mapping[str, str]) -> AptSource:
    insecure = any(options.get(name) in _TRUE for name in _INSECURE)
    return AptSource(uri, path, options.get("trusted") in _TRUE, insecure)


def _stanzas(text: str, path: str) -> list[AptSource]:
    found: list[AptSource] = []
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n(?:[ \t]*\n)+", plain):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t") and name:
                fields[name] += " " + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields.get("enabled", "").lower() not in _FALSE:  # what apt does not know is on
            options = {name: value.lower() for name, value in fields.items()}
            found += [_source(uri, path, options) for uri in fields.get("uris", "").split()]
    return found


SOURCE = Source(AptSources, parse, reduced=tuple(settings_file(path) for path in _FILES))
