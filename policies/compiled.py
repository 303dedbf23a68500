"""The shipped checks as they were built when govctl was installed: to read them takes longest.

A file beside the rows, made by `script/compile_catalogues.py`. It counts only as it was written,
for the very rows and the very code that it was made from; else the rows are read, as they are where
it is not there. A site's own rows are always read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from policies.model import Check
from policies.requirements import FOLDER as BASELINES
from policies.sealed import opened, sealed
from policies.values import Value

NAME = "rows.compiled"
_HERE = Path(__file__).parent
_MAKERS = (
    *(_HERE / f"{name}.py" for name in ("answers", "compiled", "model", "reading", "rows")),
    *(_HERE / f"{name}.py" for name in ("unfixed", "values")),
    BASELINES / "through.csv",
)
"""What makes a check of a row."""


def compiled(folder: Path) -> bytes:
    """The file for a folder of rows. InputError if one of them is wrong."""
    from policies.reading import load  # noqa: PLC0415 - only an installation reads them

    checks = load(_files(folder), with_arguments=False)
    body = json.dumps(
        [_packed(check) for check in checks], ensure_ascii=False, separators=(",", ":")
    ).encode()
    return sealed(body, _makers(folder))


def built(folder: Path) -> tuple[Check, ...] | None:
    """The checks of a folder, in the order of its files; None if its rows must be read."""
    body = opened(folder / NAME, _makers(folder))
    return None if body is None else tuple(map(_unpacked, json.loads(body)))


def _packed(check: Check) -> list[Any]:
    """A check as JSON has it: arguments that are looked up stand apart from plain ones."""
    plain = {name: arg for name, arg in check.args.items() if not isinstance(arg, Value)}
    values = {name: list(vars(arg).values()) for name, arg in check.args.items()
              if isinstance(arg, Value)}  # fmt: skip
    return [list(check.args), plain, values, {**vars(check), "args": None}]


def _unpacked(packed: list[Any]) -> Check:
    names, args, values, rest = packed
    if values:
        args |= {name: _value(*fields) for name, fields in values.items()}
        args = {name: args[name] for name in names}
    rest["args"] = args
    rest["answers"] = tuple(rest["answers"])
    rest["references"] = {scheme: tuple(ids) for scheme, ids in rest["references"].items()}
    rest["applies"] = {trait: tuple(ones) for trait, ones in rest["applies"].items()}
    check = object.__new__(Check)
    vars(check).update(rest)  # its own way sets field by field, which takes thrice as long
    return check


def _value(
    default: Any, name: str, key: str | None, unit: str | None, variables: list[str],
    endless: list[int],
) -> Value:  # fmt: skip
    return Value(default, name, key, unit, tuple(variables), tuple(endless))


def _makers(folder: Path) -> list[Path]:
    return [*_MAKERS, *_files(folder)]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
