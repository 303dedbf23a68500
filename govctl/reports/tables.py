"""The tables of a run for spreadsheets: findings, requirements, coverage. Text or numbers only.

Headings and words are in the reader's language; ids, clauses and lines of machines are as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.coverage import coverage
from govctl.reports.entries import Entry, entries
from govctl.reports.placed import placed
from govctl.reports.requirements import outcome
from govctl.reports.tree import Tree
from govctl.reports.visible import visible
from govctl.reports.words import GROUP_WORDS, SEVERITY_WORDS, STATUS_WORDS, TIER_WORDS
from govctl.texts import Message, msg
from policies.model import STATUSES, Status

Cell = str | int
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
LONGEST = 32_767
"""Characters that a cell of a spreadsheet holds."""


@dataclass(frozen=True)
class Table:
    """A name, headings with the width of their columns in characters, and rows."""

    name: str
    columns: tuple[tuple[str, int], ...]
    rows: Sequence[Sequence[Cell]]


def text_cell(text: str) -> str:
    """A text without hidden characters, not longer than a cell; a formula is still to be tamed."""
    shown = visible(text.replace("\r\n", "\n"))
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 2]} …"


def findings(run: Run, context: Context) -> Table:
    """Every verdict a row, also those about services and targets that were silent."""
    language = context.language
    checks = context.checks
    places = _places(context)
    columns = (
        (msg("target"), 26),
        (msg("unit"), 24),
        (msg("system"), 22),
        (msg("check"), 30),
        (msg("what it asks"), 48),
        (msg("verdict"), 16),
        (msg("severity"), 12),
        (msg("reason"), 48),
        (msg("accepted risk"), 24),
        (msg("evidence"), 48),
        (msg("measured against"), 30),
        (msg("requirements"), 30),
        (msg("references"), 36),
        (msg("fixed by the role"), 18),
    )
    rows = []
    for entry in entries(run, checks):
        check = checks.get(entry.rule)
        unit, system = places.get(entry.target, ("", ""))
        rows.append(
            (
                text_cell(entry.target),
                text_cell(unit),
                text_cell(system),
                text_cell(entry.rule),
                text_cell(entry.title.render(language)),
                STATUS_WORDS[entry.status].text.render(language),
                SEVERITY_WORDS[entry.severity].render(language) if entry.severity else "",
                text_cell(entry.reason.render(language)),
                text_cell(entry.waiver or "") if entry.accepted else "",
                text_cell("\n".join(entry.evidence)),
                text_cell("\n".join(entry.values)),
                text_cell("\n".join(entry.requirements)),
                text_cell(_references(entry)),
                (check.fix or "") if check else "",
            )
        )
    return Table(msg("findings").render(language), _said(columns, context), rows)


def requirement_results(run: Run, context: Context) -> Table:
    """Every row that the run's baselines ask for; what a person must still attest stands beside."""
    language = context.language
    columns = (
        (msg("level of government"), 18),
        (msg("baseline"), 18),
        (msg("level"), 8),
        (msg("clause"), 14),
        (msg("field"), 22),
        (msg("requirement"), 56),
        (msg("threshold"), 24),
        (msg("verdict"), 18),
        (msg("reason"), 44),
        (msg("for a person to attest"), 44),
        (msg("checks"), 40),
        *((STATUS_WORDS[status].text, 12) for status in STATUSES),
        (msg("accepted risk"), 14),
    )
    rows: list[Sequence[Cell]] = []
    for row in placed(run, context):
        result, requirement = row.result, row.result.requirement
        group = GROUP_WORDS.get(requirement.group)
        rows.append(
            (
                _tier(row.tier, context),
                requirement.baseline,
                requirement.level,
                requirement.clause,
                group.render(language) if group else text_cell(requirement.group),
                text_cell(requirement.text[language]),
                text_cell(requirement.threshold),
                _verdict(outcome(result), context),
                text_cell(result.reason.render(language)),
                text_cell(result.left[language]) if result.left else "",
                text_cell("\n".join(result.checks)),
                *(result.tally.counts[status] for status in STATUSES),
                result.tally.waived,
            )
        )
    return Table(msg("requirements").render(language), _said(columns, context), rows)


def looked_at(run: Run, context: Context) -> Table:
    """How much of what there is was looked at, and by whom, when and with what."""
    columns = ((msg("coverage"), 44), (msg("value"), 80))
    rows = [(label.render(context.language), value) for label, value in _coverage(run, context)]
    return Table(msg("coverage").render(context.language), _said(columns, context), rows)


def _coverage(run: Run, context: Context) -> Iterator[tuple[Message, Cell]]:
    looked = Tree(run, context.estate).coverage if context.estate else coverage(run)
    yield msg("run"), run.id
    yield msg("estate"), text_cell(run.estate or "")
    yield msg("started"), f"{run.started:%Y-%m-%d %H:%M:%S} UTC"
    yield msg("finished"), f"{run.finished:%Y-%m-%d %H:%M:%S} UTC"
    yield msg("by"), text_cell(run.who)
    yield msg("command"), text_cell(" ".join(run.command))
    yield msg("version of govctl"), run.versions.govctl
    for name in sorted(run.versions.baselines):
        yield msg("baseline"), text_cell(name)
    yield msg("targets"), len(looked.targets)
    yield msg("targets looked at"), looked.reached
    yield msg("results"), looked.results
    yield msg("results evaluated"), looked.evaluated
    for status, word in STATUS_WORDS.items():
        yield word.text, sum(finding.status == status for finding in run.findings)
    waived = sum(finding.status == "fail" and bool(finding.waiver) for finding in run.findings)
    yield msg("accepted risk (of those that fail)"), waived
    for target in looked.unreachable:
        yield msg("unreachable target"), text_cell(target)
    for target in looked.no_result:
        yield msg("target without a result"), text_cell(target)
    for target in looked.not_in_run:
        yield msg("machine that is not part of this run"), text_cell(target)


def _said(columns: Sequence[tuple[Message, int]], context: Context) -> tuple[tuple[str, int], ...]:
    words = [(label.render(context.language), width) for label, width in columns]
    return tuple((word[:1].upper() + word[1:], width) for word, width in words)


def _references(entry: Entry) -> str:
    return "\n".join(f"{scheme}: {', '.join(ids)}" for scheme, ids in entry.references.items())


def _tier(tier: str | None, context: Context) -> str:
    word = TIER_WORDS.get(tier or "")
    return word.render(context.language) if word else text_cell(tier or "")


def _verdict(status: Status | None, context: Context) -> str:
    word = STATUS_WORDS[status].text if status else msg("no check")
    return word.render(context.language)


def _places(context: Context) -> Mapping[str, tuple[str, str]]:
    """Target → names of its unit and system."""
    estate = context.estate
    if estate is None:
        return {}
    vi = context.language == "vi"
    found = {}
    for machine in estate.machines:
        unit = estate.unit(machine.unit).name
        system = estate.system(machine.system).name if machine.system else None
        name = (system.vi if vi else system.en) if system else ""
        found[machine.id] = (unit.vi if vi else unit.en, name)
    return found
