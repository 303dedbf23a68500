"""From a document to a source model: pydantic's complaints in words, each at its position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from govctl.estate.places import Problems
from govctl.estate.shape import keys_at
from govctl.estate.yamlfile import Document, Way
from govctl.texts import _, msg

Model = TypeVar("Model", bound=BaseModel)

KINDS = {
    "string_type": msg("text"),
    "int_type": msg("a whole number"),
    "int_from_float": msg("a whole number"),
    "float_type": msg("a number"),
    "bool_type": msg("true or false"),
    "tuple_type": msg("a list"),
    "dict_type": msg("keys with values"),
    "model_type": msg("keys with values"),
    "model_attributes_type": msg("keys with values"),
}
"""What pydantic missed, in words."""


@dataclass
class Reading(Generic[Model]):
    """A file's content as far as it could be understood."""

    model: Model | None
    """None if not even its outline holds."""
    document: Document
    lost: set[str] = field(default_factory=set)
    """Sections that lack items which were wrong: what refers to them cannot be judged."""
    kept: dict[str, list[int]] = field(default_factory=dict)
    """For lists that lack items: the place in the file of each item that is left."""

    def way(self, section: str, index: int, *rest: str | int) -> Way:
        """The way in the document to an item of the model, or into it."""
        kept = self.kept.get(section)
        return (section, kept[index] if kept else index, *rest)


def read_model(
    document: Document,
    model: type[Model],
    problems: Problems,
    stand_in: Mapping[str, Any] | None = None,
) -> Reading[Model]:
    """Validate a document; what is wrong is noted, what is right is kept as far as it can be.

    `stand_in` has values for sections that nothing can do without, so that the rest of the file can
    be judged when such a section is wrong.
    """
    reading: Reading[Model] = Reading(None, document)
    stand_in = stand_in or {}
    if not isinstance(document.data, dict):
        message = _("this is not a mapping of keys to values")
        expected = _("keys such as {keys}", keys="estate, units")
        problems.add(document.at(()), message, expected=expected)
        return reading
    try:
        reading.model = model.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        ways = [_in_document(detail["loc"], document.data) for detail in details]
        for detail, way in zip(details, ways, strict=True):
            if way[:2] not in document.told:
                _explain(detail, way, document, model, problems)
        reading.model = _rest(reading, model, ways, stand_in)
    return reading


def _rest(
    reading: Reading[Model], model: type[Model], ways: list[Way], stand_in: Mapping[str, Any]
) -> Model | None:
    """The model without each item of a section that holds an error; None if that is no help."""
    data = dict(reading.document.data)
    broken: dict[str, set[str | int]] = {}
    for way in ways:
        section = str(way[0]) if way else ""
        if section in stand_in:
            reading.lost.add(section)
            data[section] = stand_in[section]
        elif len(way) > 1 and isinstance(data.get(section), (tuple, dict)):
            broken.setdefault(section, set()).add(way[1])
        elif section not in keys_at(model, ()):
            data.pop(section, None)
    for section, which in broken.items():
        content = data[section]
        reading.lost.add(section)
        if isinstance(content, tuple):
            reading.kept[section] = [i for i in range(len(content)) if i not in which]
            data[section] = tuple(content[i] for i in reading.kept[section])
        else:
            data[section] = {key: value for key, value in content.items() if key not in which}
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _in_document(loc: tuple[int | str, ...], data: Any) -> Way:
    """Pydantic's location without the steps (tags of a union) that no file has."""
    way: list[int | str] = []
    for position, step in enumerate(loc):
        inside = (isinstance(data, dict) and step in data) or (
            isinstance(data, tuple) and isinstance(step, int) and step < len(data)
        )
        if inside:
            data = data[step]
        if inside or (position == len(loc) - 1 and step != "[key]"):
            way.append(step)
    return tuple(way)


def _explain(
    detail: ErrorDetails, way: Way, document: Document, model: type[BaseModel], problems: Problems
) -> None:
    kind, context = detail["type"], detail.get("ctx", {})
    place = document.at(way)
    if kind == "extra_forbidden":
        message = _('unknown key "{key}"', key=way[-1])
        candidates = keys_at(model, detail["loc"][:-1])
        problems.unknown(document.at_key(way), message, str(way[-1]), candidates)
    elif kind == "missing":
        problems.add(place, _('the key "{key}" is missing', key=way[-1]))
    elif kind == "govctl":
        where = document.at_key(way) if "[key]" in detail["loc"] else place
        hint = context["hint"] or None
        problems.add(where, context["message"], expected=context["expected"], hint=hint)
    elif kind == "literal_error":
        allowed = [
            part.strip(" '") for part in str(context["expected"]).replace(" or ", ",").split(",")
        ]
        message = _('"{value}" is not known here', value=detail["input"])
        problems.unknown(place, message, str(detail["input"]), allowed)
    elif kind in KINDS:
        found = _('found "{value}"', value=_shown(detail["input"], way, document))
        problems.add(place, found, expected=KINDS[kind].render(), hint=_quote(way, document, kind))
    else:
        message = _('"{value}" does not fit', value=_shown(detail["input"], way, document))
        problems.add(place, message, expected=_limits(kind, context, detail["msg"]))


def _limits(kind: str, context: dict[str, Any], otherwise: str) -> str:
    """What was expected, for a value outside its bounds."""
    texts = {
        "greater_than_equal": _("at least {limit}", limit=context.get("ge")),
        "less_than_equal": _("at most {limit}", limit=context.get("le")),
        "string_too_short": _("some text"),
        "string_too_long": _("at most {limit} characters", limit=context.get("max_length")),
        "too_short": _("at least {limit} of them", limit=context.get("min_length")),
    }
    return texts.get(kind, otherwise)


def _shown(value: Any, way: Way, document: Document) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(list(map(str, value))[:4]) + "}"
    if isinstance(value, tuple):
        return _("a list")
    return document.plain.get(way, str(value))[:60] or ("null" if value is None else "")


def _quote(way: Way, document: Document, kind: str) -> str | None:
    """The trap of YAML 1.1: 01, no, 1e3 or a date is not text unless it is quoted."""
    written = document.plain.get(way)
    if written and kind == "string_type":
        return _('write it in quotes: "{value}"', value=written)
    return None
