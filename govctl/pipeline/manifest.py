"""`--manifest`: many trees, each with its own checks and values, in one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from govctl.errors import InputError, Problem, UsageError
from govctl.pipeline.judging import Judging, judging
from govctl.pipeline.trees import Tree
from govctl.texts import _
from policies.overrides import checked
from policies.rows import read


class _Wrong(NamedTuple):
    """What is wrong with an entry, and the way to it inside the entry."""

    way: tuple[str | int, ...]
    message: str
    expected: str | None = None
    hint: str | None = None


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    root: Annotated[str, Field(min_length=1)]
    checks: tuple[str, ...] = ()
    values: dict[str, str | bool | int | float] = Field(default_factory=dict)


class _Reader:
    """Entries of one file, judged alike where they ask for the same."""

    def __init__(
        self, baselines: tuple[str, ...], checks: tuple[str, ...], values: Mapping[str, str]
    ) -> None:
        self._baselines, self._checks, self._values = baselines, checks, values
        self._known: dict[Any, Judging] = {}

    def tree(self, data: object) -> Tree:
        entry = _Entry.model_validate_json(json.dumps(data))
        own = dict(checked(name, _text(value)) for name, value in entry.values.items())
        values = {**self._values, **own}
        key = (entry.checks, tuple(sorted(values.items())))
        if key not in self._known:
            self._known[key] = judging(self._baselines, entry.checks or self._checks, values)
        return Tree(entry.root, self._known[key])


def read_manifest(
    path: Path,
    baselines: tuple[str, ...],
    checks: tuple[str, ...],
    values: Mapping[str, str],
) -> tuple[Tree, ...]:
    """The trees of a manifest; an entry's checks and values come before those of the command.

    Raises InputError with every problem: broken JSON, unknown checks, values that do not fit.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            _("{path} cannot be read: {reason}", path=path, reason=error.strerror)
        ) from error
    except json.JSONDecodeError as error:
        raise InputError([Problem(path, error.lineno, error.colno, error.msg)]) from error
    except (ValueError, RecursionError) as error:
        raise InputError([Problem(path, 0, 0, _("this is no JSON"))]) from error
    if not isinstance(data, list) or not data:
        message = _("this is no list of trees")
        raise InputError([Problem(path, 1, 1, message, expected='[{"root": …, "checks": […]}]')])
    reader = _Reader(baselines, checks, values)
    trees: list[Tree] = []
    wrong: dict[int, _Wrong] = {}
    for place, one in enumerate(data):
        try:
            trees.append(reader.tree(one))
        except ValidationError as error:
            wrong[place] = _explained(error)
        except UsageError as error:
            wrong[place] = _Wrong((), error.message, hint=error.hint)
    if wrong:
        raise InputError(_problems(path, wrong))
    return tuple(trees)


def _explained(error: ValidationError) -> _Wrong:
    """The first thing that is wrong with an entry."""
    from govctl.estate.misfit import misfit  # noqa: PLC0415 - only where something is wrong

    first = error.errors(include_url=False)[0]
    return _Wrong(first["loc"], *misfit(first, _Entry.model_fields))


def _problems(path: Path, wrong: Mapping[int, _Wrong]) -> list[Problem]:
    """With places: what JSON allows, YAML reads, and knows where it stood."""
    rows, _broken = read(path)
    found = []
    for place, one in wrong.items():
        line, column = rows[place].place(one.way) if place < len(rows) else (0, 0)
        found.append(Problem(path, line, column, one.message, one.expected, one.hint))
    return found


def _text(value: str | bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
