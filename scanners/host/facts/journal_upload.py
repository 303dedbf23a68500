"""journal-upload.conf(5): where systemd-journal-upload sends the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.host.formats import ini
from scanners.host.model import Missing, Raw, Source
from scanners.host.reading import drop_ins, file_text
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class JournalUpload:
    """[Upload] after drop-ins."""

    settings: Mapping[str, str]
    """Lower-case key → value: url, serverkeyfile, servercertificatefile, trustedcertificatefile;
    only what is set."""


_NAME = "journal-upload.conf"
_PREFIXES = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_KEYS = ("url", "serverkeyfile", "servercertificatefile", "trustedcertificatefile")


def parse(raw: Raw) -> JournalUpload | Missing:
    """The first main file that exists, then the drop-ins by name."""
    mains = (raw.files.get(f"{prefix}/{_NAME}") for prefix in _PREFIXES)
    main = next((file for file in mains if file is not None), None)
    texts = []
    for file in ([main] if main else []) + drop_ins(
        raw, tuple(f"{p}/{_NAME}.d" for p in _PREFIXES)
    ):
        text = file_text(file)
        if isinstance(text, Missing):
            return text
        texts.append(text)
    section = ini.of_systemd(texts, "Upload")
    return JournalUpload({key: section[key] for key in _KEYS if key in section})


SOURCE = Source(
    JournalUpload,
    parse,
    reduced=tuple(
        settings_file(path)
        for prefix in _PREFIXES
        for path in (f"{prefix}/{_NAME}", f"{prefix}/{_NAME}.d/*.conf")
    ),
)
