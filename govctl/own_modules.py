"""A site's own Python modules, imported from a folder of its choice.

`facts/vpn.py` becomes `site_facts.vpn`, so that `families/vpn.py` can say
`from site_facts.vpn import Vpn`.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from govctl.errors import InputError, Problem
from govctl.texts import _


def import_folder(folder: Path, package: str) -> list[ModuleType]:
    """Every module of a folder, as `package.<stem>`; none if there is no such folder.

    InputError with file and line if one cannot be imported.
    """
    paths = sorted(path for path in folder.glob("*.py") if path.name[0] not in "_.")
    if not paths:
        return []
    parent = sys.modules.get(package)
    if parent is None:
        parent = ModuleType(package)
        parent.__path__ = []
        sys.modules[package] = parent
    if str(folder) not in parent.__path__:
        parent.__path__.append(str(folder))
    return [_imported(path, f"{package}.{path.stem}") for path in paths]


def _imported(path: Path, name: str) -> ModuleType:
    try:
        module = import_module(name)
    except Exception as error:
        line, column = _where(error, path)
        what = f"{type(error).__name__}: {error}"
        raise InputError([Problem(path, line, column, what)]) from error
    if module.__file__ is None or not path.samefile(module.__file__):
        message = _("{other} has this name already", other=module.__file__)
        raise InputError([Problem(path, 0, 0, message)])
    return module


def _where(error: Exception, path: Path) -> tuple[int, int]:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0, error.offset or 0
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return (lines[-1] or 0, 1) if lines else (0, 0)
