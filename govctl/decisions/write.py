"""A new entry at the end of a file of decisions: what stands there stays, comments and all.

The file is replaced in one step, after the loader has accepted its new text.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from govctl.errors import InputError, Problem, UsageError
from govctl.estate.places import Problems
from govctl.estate.yamlfile import parse_document, read_text
from govctl.files import PUBLIC, write_whole
from govctl.texts import _

PLAIN = ("id", "from", "until", "date")
"""Keys whose values read the same with and without quotes."""
BARE = re.compile(r"[a-z][a-z0-9]*(?:[-.:][a-z0-9]+)+(?: [a-z])?")
"""Names of checks and requirements that are text in every YAML."""
Check = Callable[[str, Problems], None]
"""Reads the whole new text of a file and notes what is wrong with it."""


@dataclass(frozen=True)
class Added:
    """An entry that was written, or would be."""

    id: str
    text: str
    """The entry alone, as YAML."""


def append(
    file: Path,
    section: str,
    entry: Mapping[str, Any],
    check: Check,
    options: Mapping[str, str],
    *,
    write: bool,
) -> Added:
    """Add an entry to a file's list; without `write` only say which text it would be.

    Without an `id` it gets the next free one of its year. Raises InputError for what the loader
    would refuse; then nothing has changed. What is wrong with the entry is told by the `options` of
    its keys, for it stands in no file yet.
    """
    target = file.resolve()
    with _alone(target.parent):
        before = read_text(target) if target.exists() else None
        had = _entries(before, section, target)
        entry = {**entry, "id": entry.get("id") or _next_id(section, entry, had)}
        alone = dumped({section: [_quoted(entry)]})
        _refuse(alone, section, check, options)
        text = _with(before, section, _quoted(entry), target)
        if _entries(text, section, target)[: len(had)] != had:
            raise UsageError(
                _("{file} cannot be added to without changing what stands there", file=file),
                hint=_("add this by hand:\n{text}", text=alone),
            )
        problems = Problems()
        check(text, problems)
        problems.check()
        if write:
            mode = target.stat().st_mode & 0o777 if before is not None else PUBLIC
            _written(target, text, mode)
    return Added(str(entry["id"]), alone)


def _refuse(alone: str, section: str, check: Check, options: Mapping[str, str]) -> None:
    """InputError if the entry is wrong by itself, each problem named by the option it came from."""
    problems = Problems()
    check(alone, problems)
    document = parse_document(alone, Path(section))
    lines = sorted(
        (line, str(way[2])) for way, (line, _column) in document.keys.items() if len(way) == 3
    )
    found = []
    for problem in problems.found:
        key = next((key for line, key in reversed(lines) if line <= problem.line), "")
        found.append(replace(problem, file=Path(options.get(key, key)), line=0, column=0))
    if found:
        raise InputError(found)


def _quoted(value: Any) -> Any:
    """The same with texts in quotes: the loader reads YAML 1.1, where `no` and `07` are no text."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    if isinstance(value, Mapping):
        return {key: one if key in PLAIN else _quoted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [one if BARE.fullmatch(one) else _quoted(one) for one in value]
    return DoubleQuotedScalarString(value)


def _entries(text: str | None, section: str, file: Path) -> list[Any]:
    if text is None:
        return []
    data = parse_document(text, file).data
    found = data.get(section) if isinstance(data, dict) else None
    if isinstance(found, tuple):
        return list(found)
    message = _('the key "{key}" is missing', key=section)
    raise InputError([Problem(file, 1, 1, message, expected=_("a list"))])


def _next_id(section: str, entry: Mapping[str, Any], had: Iterable[Any]) -> str:
    """`w-2026-003` after `w-2026-002`, by the year in which it begins."""
    prefix = f"{section[0]}-{str(entry.get('from') or entry.get('date'))[:4]}-"
    ids = (str(one.get("id", "")) for one in had if isinstance(one, dict))
    numbers = [
        int(match[1]) for one in ids if (match := re.fullmatch(rf"{prefix}([0-9]{{1,6}})", one))
    ]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


def _with(before: str | None, section: str, entry: Mapping[str, Any], file: Path) -> str:
    if before is None:
        return f"# {_header(section)}\n{dumped({section: [entry]})}"
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        data = yaml_file().load(before)
    except YAMLError as error:
        why = " ".join(str(error).split())
        message = _("not valid YAML: {why}", why=why[:200])
        raise InputError([Problem(file, 0, 0, message)]) from None
    if data[section]:
        data[section].append(entry)
    else:
        data[section] = [entry]
    return dumped(data)


def _header(section: str) -> str:
    if section == "waivers":
        return _("Accepted risks: who, why, and until when. A failure stays a failure.")
    return _("What persons attest of requirements, by which document, and until when.")


def dumped(data: Any) -> str:
    """What `yaml_file` read, as text."""
    stream = io.StringIO()
    yaml_file().dump(data, stream)
    return stream.getvalue()


def yaml_file() -> Any:
    """A reader and writer of YAML that keeps comments, quotes and order."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only writing needs it

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _written(target: Path, text: str, mode: int) -> None:
    try:
        write_whole(target, text, mode)
    except OSError as error:
        raise UsageError(
            _("cannot write {path}: {reason}", path=target, reason=error.strerror)
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that write at once write one after the other."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(
            _("cannot write {path}: {reason}", path=folder, reason=error.strerror)
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
