"""Facts of a host or of a tree of files: fetch once, parse purely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from govctl.errors import TargetError
from govctl.texts import msg
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.model import HostFacts, Missing, Raw, Source, Taken
from scanners.host.moment import now
from scanners.host.reach.address import Place
from scanners.host.tree import collect_tree
from scanners.host.visit import WORKERS, fetch, visit_many


def scan_host(
    place: Place,
    target: str,
    *,
    sources: Iterable[Source[Any]] = SOURCES,
    paths: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> HostFacts:
    """One round trip to a running host. Raises TargetError if it cannot be reached."""
    sources = tuple(sources)
    taken_at = now()
    raw = fetch(place, wanted(sources, live=True, paths=paths, texts=texts))
    return facts_from(raw, target, taken_at, sources)


def scan_tree(
    root: Path,
    target: str | None = None,
    *,
    sources: Iterable[Source[Any]] = SOURCES,
    paths: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> HostFacts:
    """Facts of a tree of files. Raises TargetError if it cannot be read at all."""
    sources = tuple(sources)
    taken_at = now()
    raw = collect_tree(root, wanted(sources, live=False, paths=paths, texts=texts))
    return facts_from(raw, target or str(root), taken_at, sources)


def scan_hosts(
    places: Mapping[str, Place],
    *,
    sources: Iterable[Source[Any]] = SOURCES,
    paths: Iterable[str] = (),
    texts: Iterable[str] = (),
    workers: int = WORKERS,
    on_done: Callable[[str, HostFacts | TargetError], None] | None = None,
) -> dict[str, HostFacts | TargetError]:
    """Many running hosts side by side, by target; one that fails is there as its error.

    `on_done` is called in the caller's thread, in the order in which hosts finish.
    """
    sources = tuple(sources)
    results: dict[str, HostFacts | TargetError] = {}
    taken_at = now()

    def keep(target: str, raw: Raw | TargetError) -> None:
        if isinstance(raw, TargetError):
            results[target] = raw
        else:
            results[target] = facts_from(raw, target, taken_at, sources)
        if on_done:
            on_done(target, results[target])

    visit_many(places, wanted(sources, live=True, paths=paths, texts=texts), keep, workers)
    return {target: results[target] for target in places}


def facts_from(
    raw: Raw, target: str, taken_at: str, sources: Iterable[Source[Any]] = SOURCES
) -> HostFacts:
    """Parse every fact; what went wrong with one stays with that one."""
    values = {source.fact: _value(raw, source) for source in sources}
    return HostFacts(target, taken_at, {**values, Taken: _moment(taken_at)}, raw)


def _moment(taken_at: str) -> Taken | Missing:
    try:
        return Taken(int(datetime.fromisoformat(taken_at).timestamp()))
    except ValueError:
        return Missing(msg("it is not known when this was read"))


def _value(raw: Raw, source: Source[Any]) -> object:
    if raw.gap is not None and source.needs_files:
        return Missing(raw.gap)
    try:
        return source.parse(raw)
    except Exception as error:
        # Parsers are total by their tests; a site's own may not be, and the others must go on.
        name, kind = source.fact.__name__, type(error).__name__
        return Missing(msg("the reader of {fact} failed: {error}", fact=name, error=kind))
