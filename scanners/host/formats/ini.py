"""Sections of `key = value` lines, as systemd's configuration files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def of_systemd(texts: Iterable[str], name: str) -> dict[str, str]:
    """As `section`; systemd passes over `storage=`, since its keys have their case."""
    return section(map(joined, texts), name, is_key=lambda key: key[:1].isupper())


def joined(text: str) -> str:
    """A file without comments, and with the lines that a backslash continues in one.

    A head that is not closed ends the file: systemd reads nothing after it (systemd.syntax(7)).
    """
    return "\n".join(_logical(text))


def _logical(text: str) -> Iterator[str]:
    held = ""
    for line in text.split("\n"):
        rest = line.lstrip()
        if rest[:1] in ("#", ";"):
            continue
        held += rest
        if (len(held) - len(held.rstrip("\\"))) % 2:
            held = f"{held[:-1]} "
            continue
        if held.startswith("[") and not held.rstrip().endswith("]"):
            return
        yield held
        held = ""
    yield held


def section(
    texts: Iterable[str], name: str, *, is_key: Callable[[str], bool] = bool
) -> dict[str, str]:
    """Lower-case key → the last value over all texts; an empty value takes the setting back."""
    values: dict[str, str] = {}
    for text in texts:
        inside = False
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                inside = line == f"[{name}]"
            elif inside and line[:1] not in "#;" and "=" in line:
                key, _, value = line.partition("=")
                if is_key(key.strip()):
                    values[key.strip().lower()] = value.strip()
    return {key: value for key, value in values.items() if value}


def words(texts: Iterable[str], name: str, key: str) -> list[str] | None:
    """A list of systemd's that grows with each line; an empty value empties it. None if nothing
    sets it."""
    found: list[str] | None = None
    for text in map(joined, texts):
        inside = False
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                inside = line == f"[{name}]"
            elif inside and "=" in line:
                left, _, value = line.partition("=")
                if left.strip().lower() == key:
                    found = [*(found or []), *value.split()] if value.strip() else []
    return found
