"""Packages that others need, or that need others."""

from __future__ import annotations

from tests.fixes.theme import Theme
from tests.fixes.themes._repository import forgotten, repository
from tests.fixes.themes.packages import APART, WANTED

THEME = Theme(
    "packages-apart",
    {"packages.present": lambda args: forgotten(*args["packages"])},
    setup=repository(WANTED),
    only=APART,
)
