"""What a renderer may use besides the run; a format reads nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from govctl.texts import Language
from policies.model import Check, Profile
from policies.requirements import Baseline

if TYPE_CHECKING:
    from govctl.estate.model import Estate
    from govctl.reports.material import Material


def _no_files(_check: Check) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Revision:
    """The state of a repository that a run looked at."""

    repository: str
    """Its address, `https://…`."""
    revision: str
    branch: str = ""


@dataclass(frozen=True)
class Context:
    """The rules, the estate if there is one, and what is dear to find out, to be asked for."""

    language: Language
    checks: Mapping[str, Check]
    """By id: those that this version has."""
    exit_code: int
    """That of the command that made the run."""
    estate: Estate | None = None
    baselines: tuple[Baseline, ...] = ()
    """Those that the run was judged by; `placed.placed` says how their rows came out."""
    profiles: tuple[Profile, ...] = ()
    trees: bool = False
    """True if the targets are folders of files, named by their path."""
    files: Callable[[Check], tuple[str, ...]] = field(default=_no_files)
    """The paths that a check is judged by, without globs."""
    material: Callable[[], Material] | None = None
    """With the raw output; None where none is kept."""
    revision: Revision | None = None
    """What a pipeline says of the repository that it works on."""
