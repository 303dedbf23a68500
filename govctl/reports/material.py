"""Everything a report is made from; a report reads nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from govctl.estate.model import Estate
from govctl.evidence.hardening import Hardened
from govctl.evidence.model import Run
from govctl.evidence.patching import PatchedMachine
from govctl.evidence.waves import KeptWaves
from policies.conditions import Traces
from policies.model import Check, Profile
from policies.requirements import Baseline
from policies.rollup import RequirementResult


@dataclass(frozen=True)
class Observation:
    """What one command or one file of a target gave, as the scan brought it back."""

    source: str
    """The command line, or the path of the file."""
    taken_at: str
    """UTC, ISO 8601."""
    text: str
    status: int | None = None
    """The exit status; None for a file."""
    truncated: bool = False
    """True if the scan itself kept only the beginning."""
    globs: tuple[str, ...] = ()
    """Globs that a file answers to, beside its own name."""


def no_observations(_target: str) -> Mapping[str, Observation]:
    """For a run whose raw output is elsewhere."""
    return {}


@dataclass(frozen=True)
class Material:
    """A run, the estate it looked at, and the rules it was judged by."""

    run: Run
    estate: Estate
    checks: Mapping[str, Check]
    """By id."""
    baselines: tuple[Baseline, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Check id → the observations that its verdict is read from, by name or glob."""
    observe: Callable[[str], Mapping[str, Observation]] = no_observations
    """A target's observations by name; asked for one target at a time, so that a large run needs
    little memory."""
    traces: Mapping[str, Traces] = field(default_factory=dict)
    """What each machine's facts show of the conditions that requirements hang on."""
    profiles: tuple[Profile, ...] = ()
    hardened: Mapping[str, Hardened] = field(default_factory=dict)
    """By target: what was changed before this run."""
    waves: KeptWaves | None = None
    """How a run in waves went that came before this run."""
    patched: Mapping[str, PatchedMachine] = field(default_factory=dict)
    """By target: what patching did before this run."""
    rows: tuple[RequirementResult, ...] = ()
    """How the requirements came out where no estate says which machine they are due on."""
