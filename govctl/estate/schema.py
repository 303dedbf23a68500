"""The JSON Schema of `estate.yaml`, for editors."""

from __future__ import annotations

import ast
import inspect
from itertools import chain
from typing import Any

from govctl.estate import papers, register, source
from govctl.estate.piece import words
from govctl.estate.shorthand import plural

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as JSON data, with short forms of units for the shipped registers' tiers."""
    result = source.EstateSource.model_json_schema(by_alias=True)
    definitions = result["$defs"]
    for model, fields in _docstrings().items():
        properties = (result if model == "EstateSource" else definitions.get(model, {})).get(
            "properties", {}
        )
        for name, text in fields.items():
            if name in properties:
                properties[name]["description"] = text
    tiers = dict.fromkeys(
        tier for name in register.shipped() for tier in register.snapshot(name).tiers
    )
    _shorten(definitions["RegisterUnitSource"], "unit", {tier: tier for tier in tiers})
    short = {f"{plural(tier)} of": tier for tier in tiers}
    _shorten(definitions["GroupSource"], "descendants of", short)
    return {"$schema": DIALECT, **result, "title": "govctl estate"}


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


def _docstrings() -> dict[str, dict[str, str]]:
    """The texts below the fields of the source models, by model and key, inherited ones too.

    Pydantic can read them when a model is made; that costs every start of govctl 30 ms.
    """
    texts: dict[str, dict[str, str]] = {}
    parsed = (ast.parse(inspect.getsource(module)).body for module in (source, papers))
    for item in chain.from_iterable(parsed):
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
