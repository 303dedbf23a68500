"""From rows of YAML to checks, read strictly, every problem reported with its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from govctl.errors import InputError, Problem
from govctl.texts import _
from policies.answers import with_implied
from policies.model import Check, NoFix, Severity
from policies.rows import Location, Row, read
from policies.unfixed import reason
from policies.values import Value, defaults


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Sentence = Annotated[str, Field(min_length=8)]


class _Text(_Strict):
    en: Sentence
    vi: Sentence


class _References(_Strict):
    ssg: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    anssi: tuple[str, ...] = ()
    nist: tuple[str, ...] = ()


class _Applies(_Strict):
    package: tuple[str, ...] | None = None
    """Due only where one of these packages is installed."""
    without: tuple[str, ...] | None = None
    """Not due where one of these packages is installed, as it does the work instead."""
    only: tuple[str, ...] | None = None
    """Due only where the target has one of these traits: router, image, a kind or a role."""
    unless: tuple[str, ...] | None = None
    """Not due where the target has one of these traits."""
    distribution: tuple[str, ...] | None = None


class _Value(_Strict):
    value: Any
    name: str
    key: str | None = Field(default=None, alias="from")
    unit: str | None = None
    variables: tuple[str, ...] = ()
    endless: tuple[int, ...] = ()


class _Row(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    family: str
    args: dict[str, Any] = Field(default_factory=dict)
    severity: Severity
    text: _Text
    answers: tuple[str, ...]
    references: _References = _References()
    fix: str | None
    no_fix: NoFix | None = None
    kernel: bool = False
    applies: _Applies = _Applies()
    part_of: str = ""


def load(
    paths: Iterable[Path],
    taken: Iterable[str] = (),
    *,
    with_arguments: bool = True,
) -> tuple[Check, ...]:
    """Read files of checks; InputError with every problem if any row is wrong.

    `taken` are ids that no row may have. `with_arguments`: also ask the families whether the
    arguments suit them.
    """
    found: dict[str, Check] = {}
    problems: list[Problem] = []
    names = set(taken)
    for path in paths:
        rows, broken = read(path)
        problems += broken
        for row in rows:
            check, wrong = _check(row, path, with_arguments)
            if check is not None and check.id in names:
                message = _("two checks are called {id}", id=check.id)
                wrong.append(Problem(path, *row.place(("id",)), message))
            problems += wrong
            if check is not None:
                names.add(check.id)
                found.setdefault(check.id, check)
    if problems:
        raise InputError(problems)
    return tuple(found.values())


def _check(row: Row, path: Path, with_arguments: bool) -> tuple[Check | None, list[Problem]]:
    try:
        data = _Row.model_validate_json(json.dumps(row.data))
    except ValidationError as error:
        return None, _problems(error, row, path, (), _Row.model_fields)
    args, problems = _arguments(data.args, row, path)
    if data.fix is not None and data.no_fix is not None:
        message = _("a row with a fix gives no reason for having none")
        problems.append(Problem(path, *row.place(("no_fix",)), message))
    if with_arguments and not problems:
        problems = _unsuited(data.family, args, row, path)
    return (None, problems) if problems else (_built(data, args), [])


def _unsuited(family: str, args: Mapping[str, Any], row: Row, path: Path) -> list[Problem]:
    """What the family says of its arguments."""
    from policies.families import families  # noqa: PLC0415 - with them come all facts

    known = families()
    if family not in known:
        near = get_close_matches(family, known, 1)
        message = _("there is no family {name}", name=family)
        hint = _("did you mean {name}?", name=near[0]) if near else None
        return [Problem(path, *row.place(("family",)), message, hint=hint)]
    try:
        known[family].args.model_validate_json(json.dumps(defaults(args)))
    except ValidationError as error:
        return _problems(error, row, path, ("args",), known[family].args.model_fields)
    return []


def _built(data: _Row, args: Mapping[str, Any]) -> Check:
    return Check(
        id=data.id,
        family=data.family,
        args=args,
        severity=data.severity,
        text=dict(data.text),
        answers=with_implied(data.answers),
        references={scheme: ids for scheme, ids in data.references if ids},
        fix=data.fix,
        no_fix=reason(data.family, data.fix, data.no_fix),
        kernel=data.kernel,
        applies={trait: names for trait, names in data.applies if names is not None},
        part_of=data.part_of,
    )


def _arguments(
    raw: Mapping[str, Any], row: Row, path: Path
) -> tuple[dict[str, Any], list[Problem]]:
    """Arguments, with `{value: …, name: …}` turned into a Value."""
    args: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, arg in raw.items():
        if not isinstance(arg, dict):
            args[name] = arg
            continue
        try:
            value = _Value.model_validate_json(json.dumps(arg))
        except ValidationError as error:
            problems += _problems(error, row, path, ("args", name), _Value.model_fields)
            continue
        args[name] = Value(
            value.value, value.name, value.key, value.unit, value.variables, value.endless
        )
    return args, problems


def _problems(
    error: ValidationError, row: Row, path: Path, under: Location, keys: Iterable[str]
) -> list[Problem]:
    from govctl.estate.misfit import misfit  # noqa: PLC0415 - only where something is wrong

    found = []
    for detail in error.errors(include_url=False):
        location = (*under, *detail["loc"])
        known = keys if len(detail["loc"]) == 1 else ()
        one = misfit({**detail, "loc": location}, known)
        found.append(Problem(path, *row.place(location), one.message, one.expected, one.hint))
    return found
