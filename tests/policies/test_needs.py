"""Only what checks ask for is collected, and their verdicts are what they were."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from policies import families
from policies.asked import asked_paths, asked_texts, asked_units
from policies.catalogue import FOLDER, checks
from policies.judge import judge
from policies.model import Check
from policies.needs import sources_for
from scanners.host.asked import Asked
from scanners.host.collect import facts_from
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.software import Packages, Units
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.model import HostFacts, Raw
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


def test_every_unit_that_a_row_or_a_family_names_is_asked_for() -> None:
    globs = asked_units(checks())
    unit = r"[\w@-][\w:.@-]*\.(?:service|socket|target|timer)"
    modules = "".join(path.read_text() for path in Path(families.__file__).parent.glob("*.py"))
    rows = "".join(path.read_text() for path in FOLDER.glob("*.yaml"))
    named = {*re.findall(rf'"({unit})"', modules), *re.findall(rf"(?<![\w/.]){unit}\b", rows)}
    lacking = {name for name in named if not any(fnmatchcase(name, glob) for glob in globs)}
    assert len(named) > 60
    assert lacking == set()


def test_of_a_unit_that_nobody_asked_for_nothing_is_said() -> None:
    (check,) = (one for one in checks() if one.id == "service-cups")
    system = System("debian", "12", "h", None, "6.1", "kvm")
    for name, status in (("cups.*", "pass"), ("ssh.service", "not-evaluated")):
        units = Units(Asked({}, (name, "cups-browsed.service")))
        values = {Units: units, Packages: Packages({"adduser": "1"}, {}), System: system}
        facts = HostFacts("h", "now", values, Raw({}, {}, live=True))
        (finding,) = judge(facts, [check])
        assert finding.status == status
    assert "not asked for cups.service" in finding.reason.render("en")
