"""Versions of packages, as far as families need them."""

from __future__ import annotations

import re


def at_least(version: str, wanted: str) -> bool:
    """True if a package's upstream version (`1:1.9.13p3-1+deb12u1`) is not older than `1.9.13`.

    Numbers between dots are compared; letters, epoch and revision are not.
    """
    return _numbers(version) >= _numbers(wanted)


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"(?:\d+:)?(\d{1,9}(?:\.\d{1,9})*)", version, re.ASCII)
    return tuple(map(int, match[1].split("."))) if match else ()
