"""apt.conf(5): the output of `apt-config dump`, and files merged in a simple way."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|#clear\b([^\n]*)|#[^\n]*|"((?:\\.|[^"\\])*)"|([{};])|([^\s{};"]+)',
    re.DOTALL,
)
_DUMPED = re.compile(r'(\S+) "(.*)";')
_DEPTH = 32
_CLEAR = "#clear"


def parse_dump(text: str) -> dict[str, tuple[str, ...]]:
    """`apt-config dump`: key → values in order; lists lose their trailing `::`."""
    pairs = (_DUMPED.fullmatch(line) for line in text.splitlines())
    return _grouped((match[1], match[2]) for match in pairs if match)


def merge(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The settings of files in order: the last scalar wins, lists grow, `#clear` empties."""
    scalars: dict[str, str] = {}
    lists: list[tuple[str, str]] = []
    spelling: dict[str, str] = {}
    for text in texts:
        for key, value in _settings(text):
            if key == _CLEAR:
                scalars = {name: held for name, held in scalars.items() if not _is_in(name, value)}
                lists = [pair for pair in lists if not _is_in(pair[0], value)]
                continue
            name = spelling.setdefault(key.lower(), key)
            if name.endswith("::"):
                lists.append((name, value))
            else:
                scalars[name] = value
    return _grouped([*scalars.items(), *lists])


def _is_in(name: str, cleared: str) -> bool:
    """True for an option and for all that lies below it."""
    return f"{name.lower()}::".startswith(f"{cleared.lower().rstrip(':')}::")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key.removesuffix("::"), []).append(value)
    return {
        key: tuple(value for value in values if value) or ("",) for key, values in found.items()
    }


def _settings(text: str) -> Iterable[tuple[str, str]]:
    """`A::B "c";`, `A { B "c"; };` and lists `A { "x"; "y"; };`."""
    scope: list[str] = []
    words: list[tuple[bool, str]] = []
    for match in _TOKEN.finditer(text):
        cleared, quoted, mark, plain = match.groups()
        for name in (cleared or "").replace(";", " ").split():
            yield _CLEAR, name
        if quoted is not None or plain is not None:
            words.append((quoted is not None, quoted if quoted is not None else plain))
        elif mark == "{":
            name = next((word for is_quoted, word in words if not is_quoted), "")
            scope = [*scope, name][:_DEPTH]
            words = []
        elif mark:
            yield from _statement(scope, words)
            words = []
            scope = scope[:-1] if mark == "}" else scope


def _statement(scope: list[str], words: list[tuple[bool, str]]) -> Iterable[tuple[str, str]]:
    if not words:
        return
    inside = "::".join(part for part in scope if part)
    if len(words) == 1 and inside:
        yield f"{inside}::", words[0][1]
    elif len(words) > 1 and not words[0][0]:
        yield "::".join(part for part in (inside, words[0][1]) if part), words[1][1]
