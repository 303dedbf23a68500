"""What a run of `patch --apply` came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.evidence.model import Run
from govctl.pipeline.patch.patch_state import PatchState
from govctl.pipeline.patch.patching import Patched
from govctl.pipeline.rollout.wave_result import WavesResult


@dataclass(frozen=True)
class PatchRun:
    """What `patch --apply` came to."""

    states: Mapping[str, PatchState]
    """How each machine stood at the start."""
    waves: WavesResult[Patched]
    """Only machines that had something to do."""
    run: Run | None = None
    """The scan that was kept; None if there was nothing to keep, and outside an estate."""

    @property
    def now(self) -> dict[str, PatchState]:
        """How each machine stands, as far as it was looked at."""
        done = {name: one.after for name, one in self.waves.outcomes.items() if one.after}
        return {**self.states, **done}
