"""Hardening of running machines by Ansible: only hosts and themes that the scan found failing.

What is changed is told while it happens, and written to a journal, so that what a killed run has
changed is known too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from govctl.errors import ProvisionError
from govctl.evidence.hardening import Due
from govctl.pipeline.events import Stage, Watcher, unwatched
from govctl.pipeline.harden.ansible_following import Following, HardenResult
from govctl.pipeline.harden.ansible_runs import play
from govctl.pipeline.harden.ansible_ways import alias_of
from govctl.pipeline.harden.journal import Journal
from govctl.pipeline.harden.rollback import patience, proof_seconds, settle
from govctl.texts import _, msg
from policies.model import Finding
from scanners.host.reach.address import Place
from scanners.host.reach.shell import wants_terminal

__all__ = ["HardenResult", "HardenTarget", "due_of", "harden", "playbook"]


@dataclass(frozen=True)
class HardenTarget:
    """A machine, how to reach it, the rows of each role that it needs, and what fails of them."""

    id: str
    place: Place
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """Role → rows `{"id": …, "family": …, **arguments}`."""
    due: tuple[Due, ...] = ()
    run: str = ""
    """The host keeps what is changed by this name: of the run that found what fails."""

    @property
    def variables(self) -> dict[str, Any]:
        """What the playbook is told of it."""
        rows = {role: list(rows) for role, rows in self.rows.items()}
        return {"govctl_checks": rows, **({"govctl_run": self.run} if self.run else {})}


def due_of(
    findings: Iterable[Finding], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Due, ...]:
    """Which of a target's findings its rows are to close."""
    reasons = {finding.check: finding.reason for finding in findings if finding.is_open}
    return tuple(
        Due(row["id"], role, reasons[row["id"]], _arguments(row))
        for role, found in rows.items()
        for row in found
        if row["id"] in reasons
    )


def harden(
    targets: Sequence[HardenTarget],
    *,
    check: bool = False,
    journal: Journal | None = None,
    watcher: Watcher = unwatched,
) -> dict[str, HardenResult]:
    """Run the roles that have rows on each target; results by target, also for those that failed.

    With `check`, Ansible only says what it would change. `journal` notes who is begun, and each
    change as it is told.
    Errors as of `play`; ProvisionError if the playbook could not start, or did not come to its end:
    hosts have been released then.
    """
    if not targets:
        return {}
    what = msg("Asking what hardening would change") if check else msg("Hardening")
    watcher(Stage(what, sum(len(target.rows) for target in targets)))
    results = _played(targets, check=check, journal=journal, watcher=watcher)
    again = [target for target in targets if _wants_terminal(results[target.id])]
    if again:
        watcher(Stage(msg("Again, at a terminal, where sudo wants one"), len(again)))
        results |= _played(again, check=check, journal=journal, watcher=watcher, terminal=True)
    if not check:
        _settle(targets, results, watcher)
    return results


def _wants_terminal(result: HardenResult) -> bool:
    """True if sudo refused for want of a terminal (`Defaults requiretty`): nothing was done."""
    said = (*result.failed, result.unreachable or "")
    return not result.changes and any(wants_terminal(one.encode()) for one in said)


def _played(
    targets: Sequence[HardenTarget],
    *,
    check: bool,
    journal: Journal | None,
    watcher: Watcher,
    terminal: bool = False,
) -> dict[str, HardenResult]:
    names = {alias_of(target.id, number): target for number, target in enumerate(targets, 1)}
    results = {target.id: HardenResult(target.id, target.due) for target in targets}
    following = Following(
        {alias: (results[target.id], tuple(target.rows)) for alias, target in names.items()},
        check=check,
        journal=journal,
        watcher=watcher,
    )
    if journal is not None and not check:
        journal.begin({target.id: target.run for target in targets})
    proof = {"govctl_proof_seconds": proof_seconds(len(targets))}
    try:
        ending = play(
            playbook(),
            {alias: target.place for alias, target in names.items()},
            {alias: _told(target) | proof for alias, target in names.items()},
            following.take,
            check=check,
            terminal=terminal,
        )
    except KeyboardInterrupt:
        if not check:  # what was changed stays, so hosts must not wait for a login that never comes
            settle({target.id: target.place for target in targets}, watcher, run=targets[0].run)
        raise
    unexplained = ending.said and all(result.ok for result in results.values())
    if unexplained or not ending.complete:
        if not check:  # Ansible may have died in the middle of its work
            settle({target.id: target.place for target in targets}, watcher, run=targets[0].run)
        raise ProvisionError(
            _("Ansible stopped: {reason}", reason=ending.said),
            hint=_("run the same command again; it says what was changed, and carries on"),
        )
    following.end()
    return results


def playbook() -> Path:
    """The playbook that this package ships."""
    return Path(str(files("playbooks").joinpath("harden.yml")))


def _settle(
    targets: Sequence[HardenTarget], results: Mapping[str, HardenResult], watcher: Watcher
) -> None:
    """Add what became of hosts where it broke off: whoever is locked out has restored itself."""
    broken = [target for target in targets if target.run and not results[target.id].ok]
    if broken:
        places = {target.id: target.place for target in broken}
        wait = patience(len(targets))
        for name, one in settle(places, watcher, run=broken[0].run, patience=wait).items():
            results[name].failed += [one.said] if one.said else []
            if results[name].unreachable:  # and so did not tell it
                results[name].changes += one.changes


def _told(target: HardenTarget) -> dict[str, Any]:
    """A target's variables, with the rows as a text: Ansible looks at every value of a mapping
    each time that it is used."""
    told = target.variables
    return told | {"govctl_checks": json.dumps(told["govctl_checks"])}


def _arguments(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "family", "open")}
