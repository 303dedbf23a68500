"""Raw output as one compressed file, so that facts can be read again later and elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from govctl.errors import InputError, Problem
from govctl.texts import Message, _
from scanners.host.model import File, Output, Raw

SCHEMA = "govctl-raw/1"
LEVEL = 6
"""Of gzip, in every bundle."""
_LIMIT = 1 << 28
"""Bytes of a bundle after decompression."""


@dataclass(frozen=True)
class Bundle:
    """What one visit brought back, and whose it is."""

    target: str
    taken_at: str
    """UTC, ISO 8601."""
    raw: Raw


@dataclass(frozen=True)
class _Stored:
    """The JSON form: bytes as base64."""

    schema: str
    target: str
    taken_at: str
    live: bool
    asked: list[str]
    texts: list[str]
    gap: dict[str, Any] | None
    files: list[dict[str, Any]]
    outputs: dict[str, dict[str, Any]]


_STORED = TypeAdapter(_Stored)
_FILE = TypeAdapter(File)
_OUTPUT = TypeAdapter(Output)


def dump(bundle: Bundle) -> bytes:
    """The same bytes for the same content: `plain`, by gzip without a time."""
    return gzip.compress(plain(bundle), compresslevel=LEVEL, mtime=0)


def plain(bundle: Bundle) -> bytes:
    """A bundle before it is packed: JSON in ASCII, keys sorted."""
    raw = bundle.raw
    stored = {
        "schema": SCHEMA,
        "target": bundle.target,
        "taken_at": bundle.taken_at,
        "live": raw.live,
        "asked": list(raw.asked),
        "texts": list(raw.texts),
        "gap": {"template": raw.gap.template, "values": dict(raw.gap.values)} if raw.gap else None,
        "files": [_encoded(vars(file), ("content",)) for _path, file in sorted(raw.files.items())],
        "outputs": {
            name: _encoded(vars(output), ("stdout", "stderr"))
            for name, output in raw.outputs.items()
        },
    }
    text = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def load(data: bytes, file: Path = Path("-")) -> Bundle:
    """Read a bundle. Raises InputError, naming `file`, if it is cut, changed or something else."""
    try:
        text = _decompressed(data)
    except (ValueError, zlib.error) as error:
        raise _damaged(file) from error
    return load_plain(text, file)


def load_plain(text: bytes, file: Path = Path("-")) -> Bundle:
    """Read what `plain` gave. Errors as in `load`."""
    try:
        stored = _STORED.validate_python(_parsed(text))
        if stored.schema != SCHEMA:
            raise ValueError(stored.schema)
        return Bundle(stored.target, stored.taken_at, _raw(stored))
    except (ValueError, ValidationError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(file) from error


def _damaged(file: Path) -> InputError:
    message = _("this is no bundle of facts, or it is damaged")
    return InputError([Problem(file, 0, 0, message, expected=SCHEMA)])


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Lone surrogates stand for bytes of path names that are no UTF-8: only json keeps them.
        return json.loads(text)


def _raw(stored: _Stored) -> Raw:
    files = [_FILE.validate_python(_decoded(one, ("content",))) for one in stored.files]
    outputs = {
        name: _OUTPUT.validate_python(_decoded(one, ("stdout", "stderr")))
        for name, one in stored.outputs.items()
    }
    gap = stored.gap and Message(
        str(stored.gap["template"]), {str(k): str(v) for k, v in stored.gap["values"].items()}
    )
    by_path = {file.path: file for file in files}
    return Raw(by_path, outputs, stored.live, tuple(stored.asked), tuple(stored.texts), gap or None)


def _encoded(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: base64.b64encode(value).decode() if name in names and value is not None else value
        for name, value in fields.items()
    }


def _decoded(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: base64.b64decode(fields[name], validate=True)
             for name in names if fields.get(name) is not None}  # fmt: skip
    return {**fields, **found}


def _decompressed(data: bytes) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    found = reader.decompress(data, _LIMIT)
    if not reader.eof or reader.unused_data:
        raise ValueError("cut, too long, or followed by something else")
    return found
