"""The JSON Schemas of the files of decisions, for editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from govctl.decisions import source
from govctl.estate import piece
from govctl.estate import source as estate_source
from govctl.estate.schema import DIALECT, explained


def schemas() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """File, without its ending → what makes its schema."""
    models: dict[str, type[piece.Source]] = {
        "waivers": source.WaiversSource,
        "attestations": source.AttestationsSource,
    }
    return {name: partial(_schema, name, model) for name, model in models.items()}


def _schema(name: str, model: type[piece.Source]) -> dict[str, Any]:
    found = explained(model, piece, estate_source, source)
    return {"$schema": DIALECT, **found, "title": f"govctl {name}"}
