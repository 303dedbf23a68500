"""Scans of hosts outside any estate: over SSH, or this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from govctl.errors import TargetError
from govctl.evidence.model import Run
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.judging import Judging, run_of
from govctl.pipeline.site_tests import ask
from govctl.texts import Message, msg
from policies.asked import asked_paths, asked_texts
from policies.model import Finding
from policies.needs import sources_for
from scanners.host.collect import facts_from, now
from scanners.host.collecting import wanted
from scanners.host.model import Raw
from scanners.host.reach.address import Place
from scanners.host.visit import fetch_many


def scan_places(
    places: Mapping[str, Place],
    judging: Judging,
    workers: int,
    *,
    command: Sequence[str],
    watching: Watching,
) -> Run:
    """Visit each host once, by the name its results bear, and judge what it gave.

    One that cannot be reached has findings that say so. Nothing is kept.
    """
    started = datetime.now(UTC)
    sources, rows = sources_for(judging.checks), judging.checks
    wishes = wanted(sources, live=True, paths=asked_paths(rows), texts=asked_texts(rows))
    taken_at = now()
    found: dict[str, list[Finding]] = {}
    with watching() as tell:
        tell(Stage(msg("Scanning"), len(places)))

        def arrived(name: str, raw: Raw | TargetError) -> None:
            if isinstance(raw, TargetError):
                found[name] = judging.unreached(name, raw.message)
                tell(Step(name, "failed", why(raw)))
            else:
                found[name] = judging.findings(facts_from(raw, name, taken_at, sources))
                tell(Step(name, "done"))

        fetch_many(places, wishes, workers, arrived)
        findings = [finding for name in places for finding in found[name]]
        findings = ask(rows, findings, places)
    return run_of(findings, list(places), started, command, [judging])


def why(error: TargetError) -> Message:
    """What a person at the terminal is told: what is wrong, and what to do."""
    if error.hint is None:
        return Message("{reason}", {"reason": error.message})
    return Message("{reason}; {hint}", {"reason": error.message, "hint": error.hint})
