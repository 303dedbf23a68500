"""The exceptions that an estate's components need: whether each fits the check that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from govctl.errors import Problem
from govctl.estate.catalogue import shipped_folder
from govctl.estate.places import Place
from govctl.estate.yamlfile import Document, Way, read_document
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.catalogue import Catalogue
    from govctl.estate.model import Estate, Machine, Need
    from policies.model import Check


def unfit(estate: Estate, document: Document, catalogue: Catalogue) -> Iterator[Problem]:
    """Needs of checks that nobody knows, with arguments that they do not take, or with a value that
    a baseline's threshold overrules. `document` is that of `estate.yaml`."""
    from policies.catalogue import checks  # noqa: PLC0415 - the commands' start is measured

    known = {check.id: check for check in checks()}
    for need, machine in _needs(estate):
        if _is_shipped(need, catalogue):
            continue
        reason = _unfitness(known, need, estate, machine)
        if reason is not None:
            message, hint = reason
            yield Problem(*_place(need, document, catalogue), message, hint=hint)


def _is_shipped(need: Need, catalogue: Catalogue) -> bool:
    """True for a need of govctl's own catalogue: that those fit is held by the tests, and to ask
    the families would take longer than all the rest."""
    entry = catalogue.entries.get(need.whose.partition(".")[0])
    return entry is not None and entry.file.is_relative_to(shipped_folder())


def _needs(estate: Estate) -> Iterator[tuple[Need, Machine]]:
    """Each need once, with a machine that has it."""
    seen = set()
    for machine in estate.machines:
        for need in machine.needs:
            if need not in seen:
                seen.add(need)
                yield need, machine


def _unfitness(
    known: Mapping[str, Check], need: Need, estate: Estate, machine: Machine
) -> tuple[str, str | None] | None:
    """What is wrong with a need, and a hint; None if nothing is."""
    from pydantic import ValidationError  # noqa: PLC0415

    from policies.context import context_of  # noqa: PLC0415
    from policies.families import families  # noqa: PLC0415
    from policies.values import is_by_need, resolve  # noqa: PLC0415

    check = known.get(need.check)
    if check is None:
        near = get_close_matches(need.check, known, 1)
        hint = _("did you mean {name}?", name=near[0]) if near else None
        return _("no check is called {name}", name=need.check), hint
    if not need.arguments:
        return None
    args, whose = resolve(check, context_of(estate, machine))
    given = {argument.name: argument.value for argument in need.arguments}
    look = _("see: {command}", command=f"govctl check show {check.id}")
    try:
        families()[check.family].args.model_validate_json(json.dumps({**args, **given}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return f"{check.id}: {where}: {first['msg']}", look
    if not is_by_need(whose):
        message = _("{check} keeps what a baseline asks for: {values}", check=check.id,
                    values="; ".join(whose))  # fmt: skip
        return message, _("accept the risk for a time: govctl waive")
    return None


def _place(need: Need, document: Document, catalogue: Catalogue) -> Place:
    """Where a need is written: in the estate, or in an entry of the catalogue."""
    kind, _space, name = need.whose.rpartition(" ")
    owner, _dot, part = name.partition(".")
    way: Way = ()
    if kind == "system":
        way = (*_item(document, "systems", owner), "components", part)
    elif kind == "machine":
        way = _item(document, "existing machines", name)
    else:
        document = read_document(catalogue.entries[owner].file)
        way = _item(document, "components", part)
    rows = _at(document.data, (*way, "needs"))
    index = next(i for i, row in enumerate(rows) if row.get("check") == need.check)
    return document.at((*way, "needs", index, "check"))


def _item(document: Document, section: str, name: str) -> Way:
    """The way to an item of a list by its id."""
    items = _at(document.data, (section,))
    return (section, next(i for i, item in enumerate(items) if item.get("id") == name))


def _at(data: Any, way: Way) -> Sequence[Any]:
    for step in way:
        data = data[step]
    found: Sequence[Any] = data
    return found
