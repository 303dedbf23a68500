"""systemd-coredump's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.facts.software import STATUS
from scanners.host.formats import ini
from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import drop_ins, file_text, is_part

_DIRECTORIES = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")


@dataclass(frozen=True)
class Coredump:
    """coredump.conf(5) and its drop-ins."""

    settings: Mapping[str, str]
    """Lower-case key → value, with the compiled-in values of what no file sets."""


DEFAULTS = {"storage": "external", "processsizemax": "32G"}


def parse(raw: Raw) -> Coredump | Missing:
    """The main file of the highest directory, then drop-ins by name (coredump.conf(5))."""
    mains = [raw.files[path] for path in (f"{one}/coredump.conf" for one in _DIRECTORIES)
             if path in raw.files]  # fmt: skip
    texts = []
    for file in mains[:1] + drop_ins(raw, tuple(f"{one}/coredump.conf.d" for one in _DIRECTORIES)):
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        texts.append(text)
    if not texts and is_part(raw):
        return Missing(msg("there is no {path}", path="/etc/systemd/coredump.conf"))
    return Coredump({**DEFAULTS, **ini.of_systemd(texts, "Coredump")})


SOURCE = Source(
    Coredump,
    parse,
    files=tuple(
        f"{one}/{name}"
        for one in _DIRECTORIES
        for name in ("coredump.conf", "coredump.conf.d/*.conf")
    ),
    tree_files=STATUS,
)
