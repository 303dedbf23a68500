"""Tables of requirements, CSV: an organisation's own ones read strictly, every problem at once.

Shipped tables have the same shape and are read without questions; the tests ask them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from govctl.errors import InputError, Problem
from govctl.estate import strictness
from govctl.estate.places import Place, Problems
from govctl.texts import _
from policies.model import Requirement

NEEDED = ("level", "clause", "group", "key", "strength", "evidence", "topic_en", "topic_vi")
OPTIONAL = ("area", "threshold", "period", "condition", "also_on", "applies_to",
            "source_confidence")  # fmt: skip
COLUMNS = (*NEEDED, *OPTIONAL)
EVIDENCE = ("host-scan", "network-probe", "service-probe", "iac", "document", "periodic-record",
            "interview")  # fmt: skip
_KEY = re.compile(r"[a-z0-9_]+([.-][a-z0-9_]+)*")
_PART = r"(?=[^|]*\d)[\w-]+([./ -][\w-]+)*"
_CLAUSE = re.compile(rf"{_PART}(\|{_PART})*")
"""`5.8.2.1 a`, `A.1.2`, `TT12-PLI II.2.a.iii`, and several with bars between them."""
_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


def requirement(baseline: str, row: Mapping[str, str]) -> Requirement:
    """A row of a table as a requirement."""
    return Requirement(
        baseline=baseline,
        level=int(row["level"]),
        key=row["key"],
        clause=row["clause"],
        threshold=row.get("threshold", ""),
        text={"en": row["topic_en"], "vi": row["topic_vi"]},
        group=row["group"],
        area=row.get("area", ""),
        strength=row["strength"],
        evidence=row["evidence"],
        period=row.get("period", ""),
        condition=row.get("condition", ""),
        applies_to=tuple(filter(None, row.get("applies_to", "").split("|"))),
        also_on=tuple(filter(None, row.get("also_on", "").split("|"))),
        source=row.get("source_confidence", ""),
    )


def read(path: Path) -> tuple[Requirement, ...]:
    """An organisation's table; its name is the baseline's id.

    InputError with file, line and column (of the table) for each: unknown or missing columns, a
    level that is none, a key that stands twice in a level, clauses, thresholds, periods, strengths
    and kinds of evidence that cannot be read.
    """
    problems = Problems()
    if not _NAME.fullmatch(path.stem):
        problems.add(Place(path), _('"{name}" is no name of a baseline', name=path.stem),
                     expected=_("small letters, digits, dots and hyphens"))  # fmt: skip
    found: dict[tuple[str, str], int] = {}
    rows = []
    for line, row, columns in _rows(path, problems):
        before = len(problems.found)
        _judge_row(path, line, row, columns, problems)
        pair = (row["level"], row["key"])
        if pair in found:
            message = _('the key "{key}" stands twice at level {level}',
                        key=row["key"], level=row["level"])  # fmt: skip
            hint = _("the first one is in line {line}", line=found[pair])
            problems.add(Place(path, line, columns["key"]), message, hint=hint)
        found.setdefault(pair, line)
        if len(problems.found) == before:
            rows.append(requirement(path.stem, row))
    if not rows and not problems.found:
        problems.add(Place(path), _("the table is empty"), expected=",".join(COLUMNS))
    problems.check()
    return tuple(rows)


def lines_of(path: Path) -> Mapping[tuple[int, str], int]:
    """Where each level's key stands in a table that can be read: (level, key) → line."""
    return {(int(row["level"]), row["key"]): line for line, row, _c in _rows(path, Problems())}


def _rows(
    path: Path, problems: Problems
) -> Iterator[tuple[int, dict[str, str], Mapping[str, int]]]:
    """Line, cells and column numbers of each row; what does not fit the header is noted."""
    try:
        from govctl.estate.yamlfile import read_text  # noqa: PLC0415 - with it comes YAML

        text = read_text(path)
    except InputError as error:
        problems.found.extend(error.problems)
        return
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    columns: dict[str, int] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _header(path, reader.line_num, cells, problems)
                if not columns.keys() >= set(NEEDED):
                    return
                continue
            if len(cells) > len(columns):
                message = _("more cells than columns: {count}", count=len(cells))
                problems.add(Place(path, reader.line_num, len(columns) + 1), message,
                             expected=str(len(columns)))  # fmt: skip
            row = {name: cells[at - 1].strip() if at <= len(cells) else ""
                   for name, at in columns.items()}  # fmt: skip
            yield reader.line_num, row, columns
    except csv.Error as error:
        problems.add(Place(path, reader.line_num, 1), _("cannot be read: {why}", why=error))


def _header(path: Path, line: int, cells: list[str], problems: Problems) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, cell in enumerate(cells, 1):
        name = cell.strip().lower()
        if name not in COLUMNS:
            message = _('unknown column "{name}"', name=cell.strip())
            problems.unknown(Place(path, line, at), message, name, COLUMNS)
        elif name in columns:
            message = _('the column "{name}" stands twice', name=name)
            problems.add(Place(path, line, at), message)
        columns.setdefault(name, at)
    for name in NEEDED:
        if name not in columns:
            problems.add(Place(path, line, 1), _('the column "{name}" is missing', name=name))
    return columns


def _judge_row(
    path: Path, line: int, row: Mapping[str, str], columns: Mapping[str, int], problems: Problems
) -> None:
    def wrong(column: str, message: str, expected: str) -> None:
        problems.add(Place(path, line, columns.get(column, 1)), message, expected=expected)

    def chosen(column: str, known: tuple[str, ...]) -> None:
        if row.get(column, "") not in known:
            found = _('"{value}" is not known here', value=row.get(column, "")[:60])
            wrong(column, found, _("one of: {names}", names=", ".join(filter(None, known))))

    chosen("level", ("1", "2", "3", "4", "5"))
    chosen("strength", strictness.STRENGTHS)
    chosen("evidence", EVIDENCE)
    chosen("period", strictness.PERIODS)
    if not _KEY.fullmatch(row["key"]):
        wrong("key", _('"{value}" is no key', value=row["key"][:60]), "log.retention")
    if not _CLAUSE.fullmatch(row["clause"]):
        found = _('"{value}" is no clause', value=row["clause"][:60])
        wrong("clause", found, "5.8.2.1 a, A.1.2, QĐ12 4.2")
    for column in ("group", "topic_en", "topic_vi"):
        if not row[column]:
            wrong(column, _('the cell "{name}" is empty', name=column), _("some text"))
    try:
        bounds = strictness.contradiction(strictness.read(row.get("threshold", "")))
    except ValueError as error:
        found = _('"{value}" is no threshold', value=str(error)[:60])
        wrong("threshold", found, "name>=12 months, name<=5, name==true, name~=a|b")
        return
    if bounds:
        wrong("threshold", _("{low} and {high} cannot both hold", low=bounds[0], high=bounds[1]),
              _("a lower bound below the upper one"))  # fmt: skip


def problem_of_name(path: Path, name: str) -> Problem:
    """For a table that takes the name of a shipped baseline."""
    message = _("a shipped baseline is called {name}", name=name)
    return Problem(path, 0, 0, message, hint=_("give the table another name"))
