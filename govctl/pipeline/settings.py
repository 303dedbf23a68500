"""The values that an estate sets: are there checks that know them?"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from govctl.errors import InputError, Problem
from govctl.estate.loader import estate_file
from govctl.estate.model import Estate
from govctl.estate.yamlfile import read_document
from govctl.texts import _


def check_values(estate: Estate, path: Path) -> None:
    """InputError, with each place, if the estate sets a value that no check has."""
    if not estate.values:
        return
    from policies.catalogue import checks  # noqa: PLC0415 - few estates set values
    from policies.values import known  # noqa: PLC0415

    names = known(checks())
    document = read_document(estate_file(path))
    problems = []
    for name in estate.values:
        if name not in names:
            place = document.at_key(("values", name))
            near = get_close_matches(name, names, 1)
            problems.append(Problem(
                place.file, place.line, place.column,
                _("no check has a value {name}", name=name),
                hint=_("did you mean {name}?", name=near[0]) if near else None,
            ))  # fmt: skip
    if problems:
        raise InputError(problems)
