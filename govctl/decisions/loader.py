"""Reading `waivers.yaml` and `attestations.yaml`: every problem at once, each at its place.

What has ended is history. It is read for its form, and no longer against the estate, which may have
lost the machine meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from govctl.decisions.entries import Reader
from govctl.decisions.model import Attestation, Decisions, Waiver
from govctl.decisions.named import Named
from govctl.decisions.source import AttestationsSource, WaiversSource
from govctl.errors import InputError
from govctl.estate.model import Estate
from govctl.estate.places import Problems
from govctl.estate.reading import Reading, read_model
from govctl.estate.yamlfile import parse_document, read_document
from policies.model import Check

WAIVERS = "waivers.yaml"
ATTESTATIONS = "attestations.yaml"


def load(estate: Estate, folder: Path, checks: Sequence[Check], now: datetime) -> Decisions:
    """What was decided for an estate; nothing if its folder has neither file.

    `now` tells what has ended. Raises InputError with every problem of both files.
    """
    problems = Problems()
    named = Named(estate, checks)
    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    if (folder / WAIVERS).exists():
        waivers = read_waivers(folder / WAIVERS, None, named, now, problems)
    if (folder / ATTESTATIONS).exists():
        attestations = read_attestations(folder / ATTESTATIONS, None, named, now, problems)
    problems.check()
    return Decisions(waivers, attestations)


def read_waivers(
    file: Path, text: str | None, named: Named, now: datetime, problems: Problems
) -> tuple[Waiver, ...]:
    """The waivers of a file, or of a text that shall stand in it; what is wrong is noted."""
    reading = _read(file, text, WaiversSource, problems)
    if reading is None or reading.model is None:
        return ()
    reader = Reader(reading, "waivers", named, now, problems)
    reader.unique([one.id for one in reading.model.waivers])
    found = (reader.waiver(index, one) for index, one in enumerate(reading.model.waivers))
    return tuple(one for one in found if one is not None)


def read_attestations(
    file: Path, text: str | None, named: Named, now: datetime, problems: Problems
) -> tuple[Attestation, ...]:
    """The same for attestations."""
    reading = _read(file, text, AttestationsSource, problems)
    if reading is None or reading.model is None:
        return ()
    reader = Reader(reading, "attestations", named, now, problems)
    reader.unique([one.id for one in reading.model.attestations])
    found = (reader.attestation(index, one) for index, one in enumerate(reading.model.attestations))
    return tuple(one for one in found if one is not None)


Model = TypeVar("Model", bound=BaseModel)


def _read(
    file: Path, text: str | None, model: type[Model], problems: Problems
) -> Reading[Model] | None:
    try:
        document = read_document(file) if text is None else parse_document(text, file)
    except InputError as error:
        problems.found.extend(error.problems)
        return None
    return read_model(document, model, problems)
