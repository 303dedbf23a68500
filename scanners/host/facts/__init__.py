"""One file a theme: what to fetch, and a pure parser.

Every `Source` that a module here holds is collected: a new fact is a new file and nothing else.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from scanners.host.model import Source


def _found() -> tuple[Source[Any], ...]:
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return tuple(
        value for module in modules for value in vars(module).values() if isinstance(value, Source)
    )


SOURCES = _found()
"""Every fact's source, in the order of their files' names."""
