"""Scans of hosts outside any estate: over SSH, or this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from govctl.errors import TargetError
from govctl.evidence.model import Run
from govctl.pipeline.events import Stage, Step, Watching
from govctl.pipeline.judging import Judging, run_of
from govctl.texts import Message, _, msg
from policies.asked import asked_paths, asked_texts
from policies.model import Finding
from scanners.host.collecting import Wanted, wanted
from scanners.host.moment import now
from scanners.host.reach.address import HostAddress, Place
from scanners.host.visit import visit_many

if TYPE_CHECKING:  # facts and families are loaded while connections are made
    from scanners.host.model import HostFacts, Raw, Source


def scan_places(
    places: Mapping[str, Place],
    judging: Judging,
    workers: int,
    *,
    command: Sequence[str],
    watching: Watching,
    seen: Callable[[HostFacts], None] | None = None,
    paths: Sequence[str] = (),
    meanwhile: Callable[[], object] = lambda: None,
) -> Run:
    """Visit each host once, by the name its results bear, and judge what it gave.

    One that cannot be reached has findings that say so. Nothing is kept; `seen` is shown the facts
    of each host, with these `paths` besides what the checks ask for. `meanwhile` is called once,
    while hosts are at work.
    """
    started = datetime.now(UTC)
    rows = judging.checks

    @cache
    def sources() -> tuple[Source[Any], ...]:
        from policies.needs import sources_for  # noqa: PLC0415

        return sources_for(rows)

    def wishes() -> Wanted:
        named = (*asked_paths(rows), *paths)
        return wanted(sources(), live=True, paths=named, texts=asked_texts(rows))

    taken_at = now()
    found: dict[str, list[Finding]] = {}
    with watching() as tell:
        tell(Stage(msg("Scanning"), len(places)))

        def ready() -> None:
            from scanners.host import collect  # noqa: F401, PLC0415 - loaded for `arrived`

            judging.prepare()
            meanwhile()

        def arrived(name: str, raw: Raw | TargetError) -> None:
            if isinstance(raw, TargetError):
                found[name] = judging.unreached(name, raw.message)
                tell(Step(name, "failed", why(raw)))
            else:
                from scanners.host.collect import facts_from  # noqa: PLC0415

                facts = facts_from(raw, name, taken_at, sources())
                found[name] = judging.findings(facts)
                if seen is not None:
                    seen(facts)
                tell(visited(name, raw, places[name]))

        visit_many(places, wishes, arrived, workers, ready)
        from govctl.pipeline.site_tests import ask  # noqa: PLC0415

        findings = [finding for name in places for finding in found[name]]
        findings = ask(rows, findings, places, tell)
    return run_of(tuple(findings), list(places), started, command, [judging])


def visited(name: str, raw: Raw, place: Place) -> Step:
    """A visit that gave something; where files are lacking, why, and what may help."""
    if raw.gap is None:
        return Step(name, "done")
    is_root = place.user == "root" if isinstance(place, HostAddress) else os.geteuid() == 0
    if place.sudo or is_root:
        return Step(name, "incomplete", raw.gap)
    said = {"reason": raw.gap.render(), "hint": _("--sudo makes it root")}
    return Step(name, "incomplete", Message("{reason}; {hint}", said))


def why(error: TargetError) -> Message:
    """What a person at the terminal is told: what is wrong, and what to do."""
    if error.hint is None:
        return Message("{reason}", {"reason": error.message})
    return Message("{reason}; {hint}", {"reason": error.message, "hint": error.hint})
