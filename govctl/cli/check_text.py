"""Checks as people and programs read them."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from govctl.cli.wording import WIDTH, hanging
from govctl.reports import explained
from govctl.reports.words import SEVERITY_WORDS
from govctl.texts import _, current_language
from policies import profiles, requirements
from policies.catalogue import own
from policies.model import Check, Requirement
from policies.profiles import Chosen, choose
from policies.values import Value, defaults, resolve

_NARROWEST = 24


def table(checks: Sequence[Check]) -> str:
    """`govctl check list`: each check with its severity and what it asks."""
    words = [SEVERITY_WORDS[check.severity].render() for check in checks]
    texts = [check.text[current_language()] for check in checks]
    return columns(
        (_("check"), _("severity"), _("what it asks")),
        [(check.id, *rest) for check, *rest in zip(checks, words, texts, strict=True)],
    )


def baselines() -> list[dict[str, Any]]:
    """Each baseline's levels and each profile, with the number of checks it asks for."""
    site = len(own())
    found: list[dict[str, Any]] = []
    for name in requirements.names():
        levels = sorted({row.level for row in requirements.load(name).requirements})
        names = [f"{name}:{level}" for level in levels]
        found += [{"id": one, "text": None, "checks": _count(one) - site} for one in names]
    for name in profiles.names():
        profile = profiles.load(name)
        values = dict(sorted(profile.values.items()))
        text, count = dict(profile.text), _count(name) - site
        found.append({"id": name, "text": text, "checks": count, "values": values})
    return found


def baseline_table() -> str:
    """`govctl check baselines`."""
    rows = []
    for row in baselines():
        text = row["text"][current_language()] if row["text"] else ""
        rows.append((row["id"], str(row["checks"]), text))
    return columns((_("baseline"), _("checks"), _("name")), rows)


def document(chosen: Chosen, *, whole: bool = False) -> dict[str, Any]:
    """`--format json`; `whole` adds what takes longer to find out."""
    return {"checks": [_row(check, chosen, whole) for check in chosen.checks]}


def described(chosen: Chosen) -> str:
    """`govctl check show`: a paragraph a check."""
    return "\n\n".join(
        "\n".join(hanging(line, 4) for line in _lines(check, chosen)) for check in chosen.checks
    )


def _row(check: Check, chosen: Chosen, whole: bool) -> dict[str, Any]:
    args, whose = resolve(check, chosen.context())
    row: dict[str, Any] = {
        "id": check.id,
        "severity": check.severity,
        "family": check.family,
        "arguments": args,
        "values": list(whose),
        "text": dict(check.text),
        "answers": list(check.answers),
        "requirements": list(_requirements(check)),
        "references": {scheme: list(ids) for scheme, ids in check.references.items()},
        "profiles": _profiles(check),
        "applies": {name: list(words) for name, words in check.applies.items()},
        "kernel": check.kernel,
        "fix": check.fix,
        "no_fix": check.no_fix,
    }
    if whole:
        from policies.sources import read_from  # noqa: PLC0415 - with it come all facts

        row["parameters"] = [_parameter(check, name, value) for name, value in _values(check)]
        row["reads"] = list(dict.fromkeys(read_from(check)))
    return row


def _lines(check: Check, chosen: Chosen) -> Iterator[str]:
    yield f"{check.id} ({SEVERITY_WORDS[check.severity].render()})"
    yield f"  {check.text[current_language()]}"
    yield from _judged(check, chosen)
    yield from explained.due(check)
    yield explained.fixed(check)
    yield from _why(check)
    for scheme, ids in check.references.items():
        yield f"  {scheme}: {', '.join(ids)}"
    asked = _profiles(check)
    if asked:
        yield _("  asked for by {profiles}", profiles=", ".join(asked))
    yield from _read(check)


def _judged(check: Check, chosen: Chosen) -> Iterator[str]:
    yield from explained.judged(check, chosen.context())
    for name, value in _values(check):
        names = ", ".join((value.name, *value.variables))
        yield _("  {argument} is {default} unless set as {names}",
                argument=name, default=value.default, names=names)  # fmt: skip
        for profile, text in _set_by_profiles(check, value):
            yield f"    {profile}: {text}"


def _why(check: Check) -> Iterator[str]:
    clauses: dict[tuple[str, str], list[str]] = {}
    for rows in _requirements(check).values():
        for row in rows:
            clauses.setdefault((row.baseline, row.text[current_language()]), []).append(row.clause)
    for (baseline, text), found in clauses.items():
        names = ", ".join(dict.fromkeys(found))
        yield _("  answers {baseline} {clauses}: {text}",
                baseline=baseline, clauses=names, text=text)  # fmt: skip


def _read(check: Check) -> Iterator[str]:
    from policies.sources import sources_of  # noqa: PLC0415

    lines: list[str] = []
    for source in sources_of(check):
        lines += [command.line for command in source.commands]
        lines += [*source.files, *(one.path for one in source.reduced), *source.stats]
    lines += [str(path) for path in defaults(check.args).get("paths", ())]
    short = [line.split("\n")[0] for line in dict.fromkeys(lines)]
    if short:
        yield _("  reads {sources}", sources=" · ".join(short))


@cache
def _by_key() -> Mapping[str, tuple[Requirement, ...]]:
    found: dict[str, list[Requirement]] = {}
    for name in requirements.names():
        for row in requirements.load(name).requirements:
            found.setdefault(row.key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _requirements(check: Check) -> dict[str, list[Requirement]]:
    """The clauses that a check answers, at whatever level, and their rows."""
    found: dict[str, list[Requirement]] = {}
    for key in check.answers:
        for row in _by_key().get(key, ()):
            found.setdefault(row.id, []).append(row)
    return found


def _profiles(check: Check) -> list[str]:
    return [name for name in profiles.names() if profiles.load(name).asks_for(check)]


def _values(check: Check) -> Iterator[tuple[str, Value]]:
    return ((name, arg) for name, arg in check.args.items() if isinstance(arg, Value))


def _parameter(check: Check, name: str, value: Value) -> dict[str, Any]:
    return {
        "argument": name,
        "name": value.name,
        "variables": list(value.variables),
        "default": value.default,
        "profiles": dict(_set_by_profiles(check, value)),
    }


def _set_by_profiles(check: Check, value: Value) -> Iterator[tuple[str, str]]:
    for name in profiles.names():
        profile = profiles.load(name)
        said = [profile.values[word] for word in (value.name, *value.variables)
                if word in profile.values]  # fmt: skip
        if said and profile.asks_for(check):
            yield name, said[0]


def _count(name: str) -> int:
    return len(choose([name]).checks)


def columns(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns without lines; the last one folds. Rich takes ten times as long for 700 rows."""
    every = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in list(zip(*every, strict=True))[:-1]]
    indent = sum(widths) + 2 * len(widths)
    total = shutil.get_terminal_size((WIDTH, 24)).columns if os.isatty(1) else WIDTH
    room = max(total - indent, _NARROWEST)
    lines = []
    for row in every:
        start = "".join(f"{cell:<{width + 2}}" for cell, width in zip(row, widths, strict=False))
        folded = [row[-1]] if len(row[-1]) <= room else textwrap.wrap(row[-1], room)
        lines.append((start + "".join(folded[:1])).rstrip())
        lines += [" " * indent + line for line in folded[1:]]
    return "\n".join(lines)
