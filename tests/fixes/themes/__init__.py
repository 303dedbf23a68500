"""What breaks each row that has a fix: a module has a `THEME`, or several `THEMES` where rows
contradict each other."""

from __future__ import annotations

import importlib
import pkgutil

from tests.fixes.theme import Theme


def themes() -> dict[str, Theme]:
    """Every theme by its name."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name[0] != "_")
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [getattr(one, "THEMES", None) or (one.THEME,) for one in modules]
    return {theme.name: theme for some in found for theme in some}
