"""Where a check's answer comes from: the commands and files that its facts are read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policies.families import families
from policies.model import Check
from scanners.host.facts import SOURCES
from scanners.host.model import Source


def sources_of(check: Check) -> tuple[Source[Any], ...]:
    """The sources of the facts that a check's family needs, then of those that help it."""
    family = families()[check.family]
    by_fact = {source.fact: source for source in SOURCES}
    asked = (*family.needs, *family.helps)
    # The time of the scan is read from nowhere.
    return tuple(by_fact[fact] for fact in asked if fact in by_fact)


def read_from(check: Check) -> tuple[str, ...]:
    """Names of commands, and globs of files, as the evidence of a scan names them."""
    return tuple(_names(sources_of(check)))


def globs_of(source: Source[Any]) -> tuple[str, ...]:
    """The files whose contents a source reads, whole or reduced."""
    return (*source.files, *(one.path for one in source.reduced))


def _names(sources: Iterable[Source[Any]]) -> Iterable[str]:
    for source in sources:
        yield from (command.name for command in source.commands)
        yield from globs_of(source)
