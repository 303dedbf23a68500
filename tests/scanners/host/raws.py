"""Raws for tests, made of texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scanners.host.model import File, Output, Raw

OUTPUTS = Path(__file__).parent / "outputs"
"""Real outputs of a Debian 12 container."""


def recorded(name: str) -> bytes:
    return (OUTPUTS / name).read_bytes()


def file(path: str, content: str | bytes | None, *, kind: str = "file", mode: int = 0o644,
         uid: int = 0, gid: int = 0, target: str | None = None) -> File:  # fmt: skip
    data = content.encode() if isinstance(content, str) else content
    return File(path, kind, mode, uid, gid, len(data or b""), target, data)


def output(
    stdout: str | bytes = b"", status: int = 0, stderr: str = "", truncated: bool = False
) -> Output:
    data = stdout.encode() if isinstance(stdout, str) else stdout
    return Output("command", data, stderr.encode(), status, 0.1, truncated)


def raw(
    files: Mapping[str, str | bytes | File] | None = None,
    outputs: Mapping[str, str | bytes | Output] | None = None,
    *,
    live: bool | None = None,
) -> Raw:
    """Live if there are outputs, unless it says otherwise."""
    there = {
        path: one if isinstance(one, File) else file(path, one)
        for path, one in (files or {}).items()
    }
    said = {
        name: one if isinstance(one, Output) else output(one)
        for name, one in (outputs or {}).items()
    }
    return Raw(there, said, bool(said) if live is None else live)
