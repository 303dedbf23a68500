"""JSON laid out for people at the top and a line each below: a province has many results.

The encoder that indents everything takes many times as long, and a list of finished objects much
memory; so lists may be given as iterators, and each object is encoded as it comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from govctl.reports.visible import escaped

_encode = json.JSONEncoder(ensure_ascii=False).encode


def laid_out(document: Any, levels: int) -> bytes:
    """JSON in UTF-8, of which so many levels are indented; what a terminal would obey is `\\u…`."""
    text = escaped(_text(document, levels, "\n"))
    return f"{text}\n".encode()


def _text(value: Any, levels: int, line: str) -> str:
    deeper = f"{line} "
    if levels and value and isinstance(value, dict):
        parts = (
            f"{_encode(name)}: {_text(one, levels - 1, deeper)}" for name, one in value.items()
        )
        return "{" + deeper + f",{deeper}".join(parts) + line + "}"
    if levels and value and isinstance(value, list | Iterator):
        whole = f",{deeper}".join(_text(one, levels - 1, deeper) for one in value)
        return f"[{deeper}{whole}{line}]" if whole else "[]"
    return _encode(value)
