"""Words of the command line as values, without pydantic where they are plainly right.

Typer asks pydantic for each option, which takes longer to load than many a command to run. Here a
word that can only mean one thing becomes it; all else, and so every error, is left to Typer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

_LONGEST_NUMBER = 15


class _Unclear(Exception):
    """Typer shall say what this means, or what is wrong with it."""


def quicken(params: Iterable[Any]) -> None:
    """Let a command's options and arguments be coerced here first."""
    for param in params:
        coercion = _Coercion(param.type_descriptor, param.get_runtime_param)
        param.get_runtime_param = lambda coercion=coercion: coercion


class _Coercion:
    """What Typer asks for the value of one option: its `RuntimeParam`."""

    def __init__(self, described: Any, typers: Callable[[], Any]) -> None:
        self._annotation = described.annotation
        self._info = described.parameter_info
        self._typers = typers

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return self._plain(value, is_list=param.multiple or param.nargs == -1)
        except _Unclear:
            return self._typers().coerce(value, param=param, ctx=ctx)

    def _plain(self, value: Any, *, is_list: bool) -> Any:
        if value is None:
            return () if is_list else None
        if not is_list:
            return _one(value, self._annotation, self._info)
        if get_origin(self._annotation) is not list or not isinstance(value, (list, tuple)):
            raise _Unclear
        kind = get_args(self._annotation)[0]
        return [_one(item, kind, self._info) for item in value]


def _one(value: Any, kind: Any, info: Any) -> Any:
    if info.parser is not None:
        return _parsed(value, info.parser)
    if not isinstance(kind, type) or (isinstance(value, str) and not _is_text(value)):
        raise _Unclear
    if kind is str and isinstance(value, str):
        return value
    if kind is Path and isinstance(value, (str, Path)):
        return _path(Path(value), info)
    if kind in (int, float):
        return _number(value, kind, info)
    if issubclass(kind, Enum):
        for member in kind:
            if value is member or (isinstance(value, str) and value == member.value):
                return member
    raise _Unclear


def _parsed(value: Any, parser: Callable[[Any], Any]) -> Any:
    try:
        return parser(value)
    except (ValueError, AssertionError) as error:  # which Typer asks for once more, and words
        raise _Unclear from error


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # bytes of a file's name that are no UTF-8
        return False
    return True


def _path(path: Path, info: Any) -> Path:
    asks = info.exists or info.writable or info.resolve_path or info.allow_dash or info.path_type
    if asks or not (info.file_okay and info.dir_okay):
        raise _Unclear
    if info.readable and path.exists() and not os.access(path, os.R_OK):
        raise _Unclear
    return path


def _number(value: Any, kind: type[int] | type[float], info: Any) -> float:
    if isinstance(value, str):
        if not (value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER):
            raise _Unclear
    elif type(value) not in (int, kind):
        raise _Unclear
    number = kind(value)
    is_low = info.min is not None and number < info.min
    is_high = info.max is not None and number > info.max
    if is_low or is_high:
        raise _Unclear
    return number
