"""What breaks each row that has a fix: one module a theme, each with its `THEME`."""

from __future__ import annotations

import importlib
import pkgutil

from tests.fixes.theme import Theme


def themes() -> dict[str, Theme]:
    """Every theme by its name."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name[0] != "_")
    found = [importlib.import_module(f"{__name__}.{name}").THEME for name in names]
    return {theme.name: theme for theme in found}
