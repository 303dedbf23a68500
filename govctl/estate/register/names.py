"""Names of places, compared the way people mean them.

One name has several spellings: `hòa` and `hoà`, a hyphen or a dash, composed or decomposed. So
names are compared on letters plus tone marks, syllable by syllable, wherever the mark was put.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Grave, acute, tilde, hook above, dot below."""

_SEPARATORS = re.compile(r"[\s\-‐-―−_.,]+")
_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")

KINDS = {
    "tỉnh": "province",
    "thành phố": "city",
    "quận": "urban district",
    "huyện": "district",
    "thị xã": "town",
    "xã": "commune",
    "phường": "ward",
    "thị trấn": "township",
    "đặc khu": "special zone",
}
"""Kinds of units as the register calls them, and their English names."""


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """The spelling-free form of a name: letters, then the tone, for each syllable."""
    return " ".join(_syllable(part) for part in _parts(name))


@lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """The name without any mark, as people type it in a hurry: `phu tho`."""
    letters = (char for char in " ".join(_parts(name)) if not unicodedata.combining(char))
    return "".join(letters).replace("đ", "d")


def bare(name: str, kind: str | None) -> str:
    """The name without its kind: `Phú Thọ` for `Tỉnh Phú Thọ`."""
    if kind and name.lower().startswith(kind.lower() + " "):
        return name[len(kind) + 1 :]
    return name


def english(name: str, kind: str | None) -> str:
    """`Phú Thọ province` for `Tỉnh Phú Thọ`; the name itself if the kind is not known."""
    what = KINDS.get(kind or "")
    return f"{bare(name, kind)} {what}" if what else name


def spellings(name: str, kind: str | None) -> tuple[str, str]:
    """What a person may call a unit: the whole name, and the name without its kind."""
    return name, bare(name, kind)


def _parts(name: str) -> list[str]:
    text = unicodedata.normalize("NFD", name.translate(_APOSTROPHES)).casefold()
    return [part for part in _SEPARATORS.split(text) if part]


def _syllable(part: str) -> str:
    tones = "".join(char for char in part if char in TONES)
    return "".join(char for char in part if char not in TONES) + tones
