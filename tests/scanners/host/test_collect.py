from __future__ import annotations

from dataclasses import dataclass

from govctl.texts import msg
from scanners.host.collect import facts_from
from scanners.host.collecting import wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.software import LISTENERS, Listeners
from scanners.host.facts.text_files import SOURCE as TEXT_FILES
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Missing, Raw, Source
from tests.scanners.host.raws import raw, recorded


@dataclass(frozen=True)
class Site:
    """A fact of somebody's own."""


def broken(_raw: Raw) -> Site:
    raise RuntimeError("a fault")


def test_every_fact_type_has_one_source_and_commands_have_names_of_their_own() -> None:
    assert len({source.fact for source in SOURCES}) == len(SOURCES) >= 18
    commands = [command for source in SOURCES for command in source.commands]
    assert len({command.name for command in commands}) == len(commands)


def test_a_gap_in_the_files_leaves_the_facts_that_need_none() -> None:
    visit = raw({}, {"sockets": recorded("ss.txt")})
    visit = Raw(visit.files, visit.outputs, True, gap=msg("cut off"))
    facts = facts_from(visit, "t", "now", [LISTENERS, TEXT_FILES])
    assert isinstance(facts.get(Listeners), Listeners)
    assert facts.get(TextFiles) == Missing(msg("cut off"))


def test_a_reader_that_fails_leaves_the_others() -> None:
    facts = facts_from(raw({}), "t", "now", [Source(Site, broken), TEXT_FILES])
    site = facts.get(Site)
    assert isinstance(site, Missing)
    assert "RuntimeError" in site.reason.render("en")
    assert isinstance(facts.get(TextFiles), TextFiles)


def test_a_running_host_is_not_asked_for_what_commands_answer() -> None:
    live, tree = wanted(SOURCES, live=True), wanted(SOURCES, live=False)
    assert "/var/lib/dpkg/status" not in live.files
    assert "/var/lib/dpkg/status" in tree.files
    assert "/etc/apt/apt.conf.d/*" in {one.path for one in tree.reduced}
    assert "/etc/apt/apt.conf.d/*" not in {one.path for one in live.reduced}


def test_paths_and_texts_that_checks_name_are_looked_for() -> None:
    plan = wanted([TEXT_FILES], live=True, paths=["/srv/a"], texts=["/srv/b"])
    assert "/srv/a" in plan.stats
    assert "/srv/b" in plan.files
    assert set(plan.asked) >= {"/srv/a", "/srv/b"}
