"""Runs and what they found: written once, complete or not at all, and readable for years."""

from govctl.evidence.model import Probe, Run, RunInfo, Versions, new_run_id
from govctl.evidence.store import Store

__all__ = ["Probe", "Run", "RunInfo", "Store", "Versions", "new_run_id"]
