"""Options that mean the same for every command, wherever on the line they stand."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from govctl.texts import LANGUAGES, Language, language_of_locale

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


def command_of(words: Sequence[str]) -> str | None:
    """The word that names the command, in a line that `hoist` has put in order."""
    rest = iter(words)
    for word in rest:
        if word in VALUES:
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None


def language_of(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> Language:
    """The language of a run: `--lang`, else GOVCTL_LANG, else the locale's.

    Help texts are made when the commands are loaded, so it is needed before the line is parsed.
    """
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        given = value if equals else "".join(words[place + 1 : place + 2])
        if name in VALUES and given in LANGUAGES:
            return "vi" if given == "vi" else "en"
    return language_of_locale(environment)
