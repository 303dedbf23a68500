"""One file a theme: what to fetch, and a pure parser.

Every `Source` that a module here holds is collected: a new fact is a new file and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from scanners.host.model import Source

_sources: list[Source[Any]] = []


def add(module: ModuleType) -> None:
    """Collect the sources of a module too; a fact has one source."""
    for value in vars(module).values():
        if isinstance(value, Source) and all(value.fact is not one.fact for one in _sources):
            _sources.append(value)


for _module in iter_modules(__path__):
    add(import_module(f"{__name__}.{_module.name}"))

SOURCES: Sequence[Source[Any]] = _sources
"""Every fact's source, in the order of their files' names; a site's own come last."""
