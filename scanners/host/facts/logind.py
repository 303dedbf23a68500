"""How systemd-logind treats sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.formats import ini
from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import drop_ins, file_text


@dataclass(frozen=True)
class Logind:
    """logind.conf(5) with its drop-ins."""

    values: Mapping[str, str]
    """Lower-case key → last value of `[Login]`."""


_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
"""By falling priority."""


def parse(raw: Raw) -> Logind | Missing:
    """The first main file that there is, then every drop-in by name."""
    mains = [raw.files[path] for path in (f"{folder}/logind.conf" for folder in _FOLDERS)
             if path in raw.files]  # fmt: skip
    texts = []
    for file in [*mains[:1], *drop_ins(raw, tuple(f"{one}/logind.conf.d" for one in _FOLDERS))]:
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        texts.append(text)
    return Logind(ini.of_systemd(texts, "Login"))


SOURCE = Source(
    Logind,
    parse,
    files=(
        *(f"{folder}/logind.conf" for folder in _FOLDERS),
        *(f"{folder}/logind.conf.d/*.conf" for folder in _FOLDERS),
    ),
)
