"""Judging from Python: what to ask a host for, and the findings of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from policies.asked import asked_paths, asked_texts
from policies.judge import judge
from policies.model import Check, Finding
from policies.needs import sources_for
from policies.profiles import Chosen
from scanners.host.model import HostFacts, Source


class Wishes(TypedDict):
    """Keyword arguments of `scan_host`, `scan_hosts` and `scan_tree`."""

    sources: tuple[Source[Any], ...]
    paths: tuple[str, ...]
    texts: tuple[str, ...]


def wishes(checks: Iterable[Check]) -> Wishes:
    """What a scan has to bring so that these checks can be judged, and nothing else."""
    every = tuple(checks)
    return Wishes(sources=sources_for(every), paths=asked_paths(every), texts=asked_texts(every))


def findings(
    facts: HostFacts, chosen: Chosen, values: Mapping[str, str] | None = None
) -> list[Finding]:
    """One finding for each chosen check; `values` (by name, as in `--set`) win over all others."""
    return judge(facts, chosen.checks, chosen.context(values))
