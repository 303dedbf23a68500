"""Options that mean the same for every command, wherever on the line they stand."""

from __future__ import annotations

import os
from dataclasses import dataclass

from govctl.texts import Language, language_of_locale

FLAGS = {"--no-color", "--quiet", "-q", "--verbose", "-v"}
VALUES = {"--lang"}


def hoist(words: list[str]) -> list[str]:
    """Move the common options to the front, where the parser takes them; `--` ends options."""
    front: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--":
            rest += words[index:]
            break
        if word in FLAGS or any(word.startswith(f"{name}=") for name in VALUES):
            front.append(word)
        elif word in VALUES and index + 1 < len(words):
            front += [word, words[index + 1]]
            index += 1
        else:
            rest.append(word)
        index += 1
    return front + rest


@dataclass(frozen=True)
class Common:
    """The common options of this run."""

    language: Language
    color: bool
    quiet: bool
    verbose: bool


def default_language() -> Language:
    """GOVCTL_LANG, else the locale."""
    given = os.environ.get("GOVCTL_LANG", "")
    if given in ("vi", "en"):
        return "vi" if given == "vi" else "en"
    return language_of_locale()
