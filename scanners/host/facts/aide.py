"""AIDE: what it watches, its database, and when it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.formats import aide_conf
from scanners.host.formats.aide_conf import Rule
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import file_text, is_part, matching, output_of, text_of
from scanners.host.reductions import settings_file


@dataclass(frozen=True)
class Aide:
    """aide.conf(5) with its includes, and Debian's daily check."""

    configured: bool
    database: str | None
    """The path of the database that checks compare with; None if it is no plain file."""
    database_exists: bool | None
    """None if nobody looked there."""
    rules: tuple[Rule, ...]
    generated: bool
    """True if programs write a part of the configuration, which is not known here."""
    cron: tuple[str, ...]
    """Lines of crontabs, and files of cron.daily and cron.weekly, that run aide."""
    mail_to: str
    """Who gets the report of Debian's daily check; `root` where nothing says otherwise."""
    merged: bool = False
    """True if /sbin is a link to /usr/sbin: aide follows no links, so that files have one name."""
    database_head: str | None = None
    """How the database begins, unpacked; None where nobody read it (a tree)."""


_MAIN = "/etc/aide/aide.conf"
_PARTS = "/etc/aide/aide.conf.d"
_DEFAULTS = "/etc/default/aide"
_DATABASE = "/var/lib/aide/aide.db"
_CRONTABS = ("/etc/crontab", "/etc/cron.d/*", "/var/spool/cron/crontabs/root")
_CRON_FOLDERS = ("/etc/cron.daily/*", "/etc/cron.weekly/*")
_WEEKLY = re.compile(
    r"@(?:hourly|daily|midnight|weekly)\s"
    r"|[*0-9]\S*\s+\S+\s+(?:\*(?:/[1-7])?\s+\*\s|\S+\s+\*\s+[^*\s])",
    re.ASCII,
)
"""crontab(5): at least once a week; where day and weekday are both given, either will do."""
_RUNS = re.compile(r"\b(?:aide|aide\.wrapper|dailyaidecheck)\b")


def parse(raw: Raw) -> Aide | Missing:
    """The configuration, the database's place, and crontabs that name aide."""
    text, defaults = text_of(raw, _MAIN), text_of(raw, _DEFAULTS)
    if isinstance(text, Missing):
        return text
    if isinstance(defaults, Missing):
        return defaults
    if text is None and is_part(raw):
        return Missing(msg("there is no {path}", path=_MAIN))
    if text is None:
        return Aide(False, None, None, (), False, (), "root")
    for file in matching(raw, f"{_PARTS}/*"):
        part = file_text(file)
        if file.kind != "directory" and isinstance(part, Missing):
            return part
    config = aide_conf.read(text, lambda path, names: _included(raw, path, names))
    database = _path(config.database)
    cron = tuple(_cron(raw))
    mail = re.findall(r"(?m)^\s*MAILTO=[\"']?([^\"'\s]*)", defaults or "")
    return Aide(
        True,
        database,
        _exists(raw, database),
        tuple(config.rules),
        config.generated,
        cron,
        mail[-1] if mail else "root",
        raw.files["/sbin"].kind == "link" if "/sbin" in raw.files else is_part(raw),
        _head(raw, database),
    )


def _exists(raw: Raw, database: str | None) -> bool | None:
    """An empty file is no database; a part of a tree need not hold /var."""
    if not database or not database.startswith(_DATABASE):
        return None
    file = raw.files.get(database)
    if file is None:
        return None if is_part(raw) else False
    return file.size > 0 or file.kind == "link"


def _head(raw: Raw, database: str | None) -> str | None:
    said = output_of(raw, "aide-database")
    if isinstance(said, Missing) or database is None:
        return None
    heads = dict(part.partition("\n")[::2] for part in said.split("\0") if part)
    return heads.get(database)


def _path(url: str | None) -> str | None:
    """`file:/var/lib/aide/aide.db`; without a line, the place compiled into Debian's aide."""
    if url is None:
        return _DATABASE
    match = re.fullmatch(r"(?:file:(?://(?=/))?)?(/\S+)", url)
    return match[1] if match else None


def _included(raw: Raw, path: str, names: str | None) -> Iterator[tuple[str, bool]]:
    """A file, or those of a folder, by name; run-parts(8) naming where no pattern is given."""
    for file in [*matching(raw, path), *matching(raw, f"{path}/*")]:
        text = file_text(file) if file.kind in ("file", "link") else None
        name = file.path.rsplit("/", 1)[-1]
        plain = file.path == path or re.fullmatch(r"[A-Za-z0-9_-]+", name, re.ASCII)
        if isinstance(text, str) and (plain or names is None):
            yield text, bool(file.mode & 0o111) and file.kind == "file"


def _cron(raw: Raw) -> Iterator[str]:
    for glob in _CRONTABS:
        for file in matching(raw, glob):
            text = file_text(file)
            if isinstance(text, str):
                lines = (line.strip() for line in text.splitlines())
                yield from (f"{file.path}: {line[:200]}" for line in lines
                            if _RUNS.search(line) and _WEEKLY.match(line))  # fmt: skip
    for glob in _CRON_FOLDERS:
        yield from (file.path for file in matching(raw, glob)
                    if "aide" in file.path.rsplit("/", 1)[-1] and file.mode & 0o100)  # fmt: skip


_HEADS = f"""\
for f in {_DATABASE}*; do
  [ -f "$f" ] || continue
  printf '\\0%s\\n' "$f"
  zcat -f -- "$f" 2>/dev/null | head -c 300
done
true
"""
"""aide packs its databases (gzip_dbout); a pipe that is closed early reads little of one."""

SOURCE = Source(
    Aide,
    parse,
    files=(_MAIN, f"{_PARTS}/*", _DEFAULTS),
    stats=(f"{_DATABASE}*", "/sbin", *_CRON_FOLDERS),
    reduced=tuple(settings_file(path) for path in _CRONTABS),
    commands=(Command("aide-database", _HEADS, timeout=10, limit=1 << 14),),
)
