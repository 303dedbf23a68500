"""What every step of the main job is given: the estate, its folder, and who watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from govctl.estate import load
from govctl.estate.model import Estate
from govctl.pipeline.events import Stage, Step, Watcher, unwatched
from govctl.pipeline.folder import writing
from govctl.pipeline.lock import exclusive
from govctl.pipeline.own_checks import use_checks_of
from govctl.pipeline.settings import check_values
from govctl.pipeline.workspace import Workspace


@dataclass(frozen=True)
class Job:
    """One run of one command on one estate."""

    estate: Estate
    workspace: Workspace
    watcher: Watcher = field(default=unwatched, repr=False)

    def watched_by(self, watcher: Watcher) -> Job:
        """The same job with somebody who watches."""
        return replace(self, watcher=watcher)

    def tell(self, event: Stage | Step) -> None:
        """Tell whoever watches."""
        self.watcher(event)


def open_job(path: Path, watcher: Watcher = unwatched, *, store: str | None = None) -> Job:
    """Load the estate; InputError if its description is wrong. `store` is where its runs are."""
    folder = path if path.is_dir() else path.parent
    use_checks_of(path)
    estate = load(path)
    check_values(estate, path)
    return Job(estate, Workspace(folder, store), watcher)


@contextmanager
def alone(job: Job, command: str) -> Iterator[None]:
    """Hold the estate for one command; LockedError if another run has it."""
    with writing(), exclusive(job.workspace.folder, command):
        yield


def tools() -> Path:
    """The folder of the programs that came with this govctl: provider, plan policies, Ansible."""
    return Path(sys.executable).parent
