"""Themes that have work on a host, what its visit is asked, and what failed: hosts/visit.py."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

_ROOM = Path(__file__).resolve().parents[1]


def with_rows(checks: Mapping[str, Any] | str) -> list[str]:
    """Names of the themes that have rows."""
    return [theme for theme, rows in _given(checks).items() if rows]


def visit(
    checks: Mapping[str, Any] | str,
    due: Sequence[str],
    themes: Iterable[Mapping[str, Any]],
    asked: Mapping[str, Any],
) -> str:
    """What a visit is asked: the sources that it sends, in the order of their imports, and the rows
    of each theme that is due; of `themes` each says which modules it needs, the last of which
    closes it. `asked["keep"]`, if the host is to keep what is there, gets the rows that say where
    to look. Packed, since Ansible sends it there and, with the result, back: a fifth of the text.
    """
    given = _given(checks)
    known = {one["theme"]: one["modules"] for one in themes}
    modules = dict.fromkeys(["rights", *(name for theme in due for name in known[theme])])
    request = {
        **_plain(asked),
        "sources": [[name, _text(name)] for name in (*modules, "visit")],
        "themes": [{"theme": theme, "module": known[theme][-1], "rows": given[theme]}
                   for theme in due],
    }  # fmt: skip
    if request["keep"]:
        request["keep"] |= {"rows": [row for theme in due for row in given[theme]],
                            "program": _undo()}  # fmt: skip
    text = json.dumps(request)
    return base64.b64encode(zlib.compress(text.encode())).decode("ascii")


def failures(visited: Mapping[str, Any]) -> list[str]:
    """What failed in a visit, by its registered result: `theme: reason`, or a reason alone."""
    try:
        answer = json.loads(str(visited.get("stdout") or "{}"))
    except ValueError:
        answer = {}
    found = [f"{theme}: {_last(said['failed'])}"
             for theme, said in answer.get("themes", {}).items() if said["failed"]]  # fmt: skip
    if visited.get("rc", 1) != 0:
        found.append(_last(str(visited.get("stderr") or visited.get("msg") or "?")))
    return found


def _last(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "?")


def _given(checks: Mapping[str, Any] | str) -> dict[str, Any]:
    """Theme → rows. govctl hands them over as JSON: Ansible looks at every value of a mapping
    whenever it is used, which takes longer than the work."""
    found: dict[str, Any] = json.loads(checks) if isinstance(checks, str) else _plain(checks)
    return found


def _plain(value: Any) -> Any:
    """Ansible's own kinds of mappings, lists and words as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _undo() -> dict[str, str]:
    """What a host keeps beside what it keeps: name → text."""
    return {path.name: path.read_text(encoding="utf-8")
            for path in sorted((_ROOM / "undo").glob("*.py"))}  # fmt: skip


@cache
def _text(name: str) -> str:
    return (_ROOM / "hosts" / f"{name}.py").read_text(encoding="utf-8")


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self) -> dict[str, Any]:
        """By the names that templates use."""
        own = (with_rows, visit, failures)
        return {f"govctl_{one.__name__}": one for one in own}
