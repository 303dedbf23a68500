"""The JSON Schema of `estate.yaml`, for editors."""

from __future__ import annotations

from typing import Any

from govctl.estate import register
from govctl.estate.shorthand import plural
from govctl.estate.source import EstateSource

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as JSON data, with short forms of units for the shipped registers' tiers."""
    result = EstateSource.model_json_schema(by_alias=True)
    tiers = dict.fromkeys(
        tier for name in register.shipped() for tier in register.snapshot(name).tiers
    )
    definitions = result["$defs"]
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
