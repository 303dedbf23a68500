"""Which facts a family is judged by, without loading families: they come with all that judges.

An installation wrote it down in a file beside them (`script/compile_catalogues.py`), which counts
for the very modules that it was made from; else they are loaded and asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from policies.sealed import opened, sealed

FILE = Path(__file__).with_name("families.compiled")
_FOLDER = Path(__file__).with_name("families")


def compiled() -> bytes:
    """The file. ValueError if two facts have one name."""
    from scanners.host.facts import SOURCES  # noqa: PLC0415 - only an installation needs all

    names = [source.fact.__name__ for source in SOURCES]
    if len(set(names)) < len(names):
        raise ValueError("two facts have one name")
    return sealed(json.dumps(_asked()).encode(), _makers())


def fact_names(wanted: Iterable[str]) -> set[str]:
    """Names of the facts that these families need or are helped by."""
    known, every = _written(), set(wanted)
    if not every <= known.keys():  # a site has its own
        known = _asked()
    return {fact for name in every for fact in known[name]}


@cache
def _written() -> Mapping[str, list[str]]:
    body = opened(FILE, _makers())
    found: dict[str, list[str]] = {} if body is None else json.loads(body)
    return found


def _asked() -> dict[str, list[str]]:
    from policies.families import families  # noqa: PLC0415 - that is what the file is for

    return {name: [fact.__name__ for fact in (*one.needs, *one.helps)]
            for name, one in families().items()}  # fmt: skip


def _makers() -> list[Path]:
    return [Path(__file__), *sorted(_FOLDER.glob("*.py"))]
