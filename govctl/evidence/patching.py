"""What `patch --apply` did to each machine, as it is kept with the scan that followed.

The documents are written by `govctl.pipeline.patch`; their shape is `reports/schema/patch-1.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "patching"
"""The document of a run that holds it."""
INTERRUPTED = "interrupted_patching"
"""The document with what a patching had begun that was stopped before it could be kept."""


@dataclass(frozen=True)
class Moved:
    """A package whose version is another now, or was to be."""

    package: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class PatchedMachine:
    """One machine."""

    target: str
    due: tuple[Moved, ...]
    """The updates that were to be installed."""
    begun: bool
    answered: bool
    """False if nobody knows what came of it: then `now` says how the due packages stand."""
    installed: tuple[Moved, ...] = ()
    restarted: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    reboot: str | None = None
    """Why it is to be booted again, as it stood afterwards."""
    log: str = ""
    """What apt, dpkg and systemctl printed; its end."""
    now: Mapping[str, str | None] | None = None
    configured: tuple[str, ...] = ()
    """Packages that dpkg had been interrupted in, and has finished with now."""


def patched_in(document: Mapping[str, Any]) -> dict[str, PatchedMachine]:
    """Machines by name of either document, without those that had nothing to do.

    KeyError, TypeError or ValueError if it does not fit.
    """
    found = [_machine(row) for row in document["machines"]]
    return {one.target: one for one in found if one.due or one.begun}


def _machine(row: Mapping[str, Any]) -> PatchedMachine:
    done, due = row["patched"], tuple(_moved(one) for one in row["updates"])
    begun = done is not None or "began" in row
    if done is None:
        return PatchedMachine(row["machine"], due, begun, False, now=row.get("now"))
    return PatchedMachine(
        target=row["machine"],
        due=due,
        begun=begun,
        answered=True,
        installed=tuple(_moved(one) for one in done["installed"]),
        restarted=tuple(done["restarted"]),
        configured=tuple(done.get("configured", ())),
        failures=tuple(done["failures"]),
        reboot=(done["after"] or {}).get("reboot"),
        log=done.get("log", ""),
        now=row.get("now"),
    )


def _moved(row: Mapping[str, Any]) -> Moved:
    return Moved(row["package"], row["from"], row["to"])
