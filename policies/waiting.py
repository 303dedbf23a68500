"""Failures that a restart ends: the next boot has what is asked, the running kernel has not."""

from __future__ import annotations

from govctl.texts import msg

ARGUMENT = msg("the kernel runs without {argument}; only the next boot would give it").template
SETTING = msg("{key} runs as {found}, not {wanted}; only the next boot would set it").template
AT_NEXT_BOOT = frozenset({ARGUMENT, SETTING})
"""Templates of their reasons."""
