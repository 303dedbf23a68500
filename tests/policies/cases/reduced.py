"""Facts read from files as they leave a host: reduced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from scanners.host.model import Missing, Source
from scanners.host.reading import glob_matches
from tests.scanners.host.raws import raw

T = TypeVar("T")


def read(source: Source[T], texts: Mapping[str, str], **more: Any) -> T:
    """The fact of a host with these files."""
    files = {}
    for path, text in texts.items():
        content = text.encode()
        for one in source.reduced:
            if glob_matches(one.path, path):
                content = one.reduce(content)
                break
        files[path] = content
    fact = source.parse(raw({**files, **more}))
    assert not isinstance(fact, Missing), fact
    return fact
