"""Only what checks ask for is collected, and their verdicts are what they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks
from policies.judge import judge
from policies.model import Check
from policies.needs import sources_for
from scanners.host.collect import facts_from
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.model import HostFacts
from scanners.host.tree import collect_tree

HERE = Path("/")


def rows(family: str) -> tuple[Check, ...]:
    return tuple(check for check in checks() if check.family == family)


def needs_a_walk(family: str) -> bool:
    """A walk of this machine takes long."""
    return any(source.fact is Walk for source in sources_for(rows(family)))


FAMILIES = [f for f in sorted({check.family for check in checks()}) if not needs_a_walk(f)]


@pytest.fixture(scope="module")
def everything() -> HostFacts:
    sources = [source for source in SOURCES if source.fact is not Walk]
    every = checks()
    wishes = wanted(sources, live=False, paths=asked_paths(every), texts=asked_texts(every))
    return facts_from(collect_tree(HERE, wishes), "here", "now")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_familys_own_sources_are_enough(family: str, everything: HostFacts) -> None:
    mine = rows(family)
    sources = sources_for(mine)
    wishes = wanted(sources, live=False, paths=asked_paths(mine), texts=asked_texts(mine))
    alone = judge(facts_from(collect_tree(HERE, wishes), "here", "now", sources), mine)
    assert alone == judge(everything, mine)


def test_few_checks_need_few_facts() -> None:
    assert len(sources_for(rows("sshd.option"))) < len(SOURCES) / 2
    assert {one.fact for one in sources_for(())} == {System, Packages}
