"""Settings of files with sections."""

from __future__ import annotations

import os
from functools import partial

from playbooks.hosts.rights import Row
from playbooks.hosts.texts import settle_text, with_key


def main(request: Row) -> None:
    """Each row's key in those of its files that are there, else in the first, which is made."""
    for row in request["rows"]:
        value = str(row["one_of"][0] if row.get("equals") is None else row["equals"])
        change = partial(with_key, section=row["section"], key=row["key"], value=value)
        for path in [path for path in row["paths"] if os.path.isfile(path)] or row["paths"][:1]:
            settle_text(path, change, dry=request["dry"])
