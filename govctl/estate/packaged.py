"""Data that lies in govctl's packages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def folder_of(package: str) -> Path:
    """The folder of one of govctl's packages, which are always ordinary files.

    `importlib.resources` would find it too, and costs a command 5 ms for the archives it supports.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return Path(spec.origin).parent
