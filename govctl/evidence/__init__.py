"""Runs and what they found: kept whole or not at all, signed, chained, and readable for years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from govctl.evidence.model import Probe, Run, RunInfo, Versions, new_run_id

if TYPE_CHECKING:
    from govctl.evidence.store import Store

__all__ = ["Probe", "Run", "RunInfo", "Store", "Versions", "new_run_id"]


def __getattr__(name: str) -> Any:
    # A scan outside any estate keeps nothing: it does not pay for the database's library.
    if name == "Store":
        from govctl.evidence.store import Store  # noqa: PLC0415

        return Store
    raise AttributeError(name)
