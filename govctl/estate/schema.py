"""The JSON Schema of `estate.yaml`, for editors."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from govctl.estate import papers, register, source, tailoring_source
from govctl.estate.piece import words
from govctl.estate.shorthand import plural

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as JSON data, with short forms of units for the shipped registers' tiers."""
    result = explained(source.EstateSource, source, tailoring_source, papers)
    definitions = result["$defs"]
    tiers = dict.fromkeys(
        tier for name in register.shipped() for tier in register.snapshot(name).tiers
    )
    _shorten(definitions["RegisterUnitSource"], "unit", {tier: tier for tier in tiers})
    short = {f"{plural(tier)} of": tier for tier in tiers}
    _shorten(definitions["GroupSource"], "descendants of", short)
    _let_other_tiers(result)
    return {"$schema": DIALECT, **result, "title": "govctl estate"}


def explained(model: type[BaseModel], *modules: ModuleType) -> dict[str, Any]:
    """The schema of a source model, with the texts below the fields of these modules' models."""
    result = model.model_json_schema(by_alias=True)
    definitions = result.get("$defs", {})
    for name, fields in _docstrings(modules).items():
        owner = result if name == model.__name__ else definitions.get(name, {})
        properties = owner.get("properties", {})
        for key, text in fields.items():
            if key in properties:
                properties[key]["description"] = text
    return result


def _shorten(definition: dict[str, Any], key: str, forms: dict[str, str]) -> None:
    """Let each short form stand in place of a key (and of the tier, which it says)."""
    required = [name for name in definition.pop("required", []) if name not in (key, "tier")]
    for name in forms:
        definition["properties"][name] = definition["properties"][key]
    full = [key, "tier"] if key == "descendants of" else [key]
    definition["anyOf"] = [
        {"required": [*required, *full]},
        *({"required": [*required, name]} for name in forms),
    ]


def _let_other_tiers(schema: dict[str, Any]) -> None:
    """Short forms of tiers that no shipped register has: any word that is no known form.

    A schema cannot look at the estate's own `tiers`; `validate` does.
    """
    definitions = schema["$defs"]
    group, unit = definitions["GroupSource"], definitions["RegisterUnitSource"]
    known = {key for one in (*group["anyOf"], *unit["anyOf"]) for key in one["required"]}
    forms = sorted({*known, "id", "from"} - {"tier"})
    other: dict[str, Any] = {"not": {"anyOf": [{"required": [key]} for key in forms]}}
    text = {"type": "string"}
    for name, definition, form in (
        ("GroupOfOtherTier", group, "^[a-z0-9-]+ of$"),
        ("UnitOfOtherTier", unit, "^[a-z0-9-]+$"),
    ):
        definitions[name] = {
            **{key: value for key, value in definition.items() if key != "anyOf"},
            **other,
            "patternProperties": {form: text},
            "allOf": [{"not": {"propertyNames": {"enum": [*definition["properties"]]}}}],
        }
    schema["properties"]["units"]["items"]["oneOf"] += [
        {"$ref": "#/$defs/GroupOfOtherTier"},
        {"$ref": "#/$defs/UnitOfOtherTier"},
    ]


def _docstrings(modules: Iterable[ModuleType]) -> dict[str, dict[str, str]]:
    """The texts below the fields of the source models, by model and key, inherited ones too.

    Pydantic can read them when a model is made; that costs every start of govctl 30 ms.
    """
    texts: dict[str, dict[str, str]] = {}
    items = (item for module in modules for item in ast.parse(inspect.getsource(module)).body)
    for item in items:
        if isinstance(item, ast.ClassDef):
            own: dict[str, str] = {}
            for base in item.bases:
                own |= texts.get(getattr(base, "id", ""), {})
            for field, text in zip(item.body, item.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    own[words(field.target.id)] = str(text.value.value)
            texts[item.name] = own
    return texts
