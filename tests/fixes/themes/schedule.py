"""Who may use cron and at."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

THEME = Theme(
    "schedule",
    {"files.allow-list": lambda args: f"rm -f {args['allow']}; echo daemon > {args['deny']}"},
    setup=installed("cron", "at"),
)
