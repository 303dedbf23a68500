"""Sections of `key = value` lines, as systemd's configuration files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def of_systemd(texts: Iterable[str], name: str) -> dict[str, str]:
    """As `section`; systemd passes over `storage=`, since its keys have their case."""
    return section(texts, name, is_key=lambda key: key[:1].isupper())


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
    """A list that grows with each line; an empty value empties it. None if nothing sets it."""
    found: list[str] | None = None
    for text in texts:
        inside = False
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                inside = line == f"[{name}]"
            elif inside and line[:1] not in "#;" and "=" in line:
                left, _, value = line.partition("=")
                if left.strip().lower() == key:
                    found = [*(found or []), *value.split()] if value.strip() else []
    return found
