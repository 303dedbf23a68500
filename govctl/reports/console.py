"""What a shell shows: renderables for rich, which neither print nor know a terminal.

Tables have no borders, so that a pipe and a narrow terminal get plain columns; every symbol stands
beside its word, so that nothing is lost without colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from govctl import texts
from govctl.estate.model import Estate
from govctl.evidence.model import Run
from govctl.reports.console_decisions import decisions_part, waived_line
from govctl.reports.console_estate import estate_summary
from govctl.reports.console_exceptions import excepted_lines
from govctl.reports.console_parts import (
    ACCENT,
    Flowing,
    name_of,
    next_step,
    plain_table,
    some,
    tier_word,
)
from govctl.reports.coverage import Coverage, coverage
from govctl.reports.standing import STATE_WORDS, THING_WORDS, Standing
from govctl.reports.tree import Tree
from govctl.reports.visible import one_line
from govctl.reports.words import SEVERITY_WORDS, STATUS_WORDS
from govctl.reports.worst import WorstCheck, worst_checks
from govctl.texts import _, current_language, msg
from policies.model import Check, Finding, Profile, Status
from policies.profiles import named_by
from policies.rollup import WORST, Node, Tally, tally
from policies.sections import counted, sections

__all__ = [
    "counts_line",
    "coverage_line",
    "estate_summary",
    "scan_summary",
    "status_table",
]

_STYLES: Mapping[Status, str] = {"fail": "red", "unreachable": "bold", "not-evaluated": "bold"}


def scan_summary(
    run: Run,
    estate: Estate | None,
    checks: Mapping[str, Check],
    next_command: str | None = None,
    limit: int = 12,
) -> RenderableType:
    """The last screen of a scan: coverage, verdicts per unit, worst findings, the next command.

    `limit` is the number of units per tier and of failing checks shown; how many more there are is
    said.
    """
    tree = Tree(run, estate) if estate else None
    counts = tally(run.findings)
    looked = tree.coverage if tree else coverage(run)
    parts: list[RenderableType] = [
        Text(name_of(estate.name) if estate else some(run.targets), style="bold"),
        coverage_line(looked),
        *_not_looked_at(looked),
        Text(),
        counts_line(counts),
        *waived_line(counts.waived, counts.counts["fail"]),
        *excepted_lines(run.findings),
    ]
    parts += [_sections_line(one, run.findings) for one in named_by(run.versions.baselines)]
    if tree:
        parts += [Text(), *_unit_tables(tree, limit)]
    worst = worst_checks(run.findings)
    if worst:
        parts += [Text(), _worst_table(worst[:limit], checks)]
    if len(worst) > limit:
        parts.append(Text(_("… and {count} more failing checks", count=len(worst) - limit)))
    return Group(*parts, *decisions_part(run, limit), *next_step(next_command))


def status_table(standings: Iterable[Standing], next_command: str | None = None) -> RenderableType:
    """`govctl status`: what should stand, and whether it does; what does not comes first."""
    table = plain_table(_("state"), _("what"), _("name"), _("detail"))
    order = list(STATE_WORDS)
    for row in sorted(standings, key=lambda row: (order.index(row.state), row.kind, row.id)):
        word = STATE_WORDS[row.state]
        style = "" if row.state == "stands" else "red" if row.state == "missing" else "bold"
        table.add_row(
            Text(f"{word.symbol} {word.text.render()}", style=style),
            Text(THING_WORDS[row.kind].render()),
            Text(one_line(row.id)),
            Text(one_line(row.detail.render())),
        )
    return Group(table, *next_step(next_command))


def coverage_line(looked: Coverage) -> Text:
    """How much was looked at; never a percentage, and never called compliance."""
    return Text(
        _(
            "looked at {reached} of {targets} machines · {evaluated} of {results} checks evaluated",
            reached=looked.reached,
            targets=len(looked.targets),
            evaluated=looked.evaluated,
            results=looked.results,
        )
    )


def counts_line(counts: Tally) -> RenderableType:
    """`✗ fail 3 · ! unreachable 0 · …`, worst first, every status named even if there is none."""
    items = []
    for status, word in STATUS_WORDS.items():
        number = counts.counts[status]
        text = f"{word.symbol} {word.text.render()} {number}"
        items.append(Text(text, style=_style(status, number)))
    return Flowing(items)


def _sections_line(profile: Profile, findings: Iterable[Finding]) -> RenderableType:
    """`cis-debian12:l1-server: 230 sections · ✗ fail 3 · … · ○ no check 20`."""
    found = sections(profile, findings)
    counts = counted(found)
    head = texts.counted(len(found), msg("{profile}: 1 section", profile=profile.id),
                         msg("{profile}: {count} sections", profile=profile.id))  # fmt: skip
    items = [Text(head, style="bold")]
    for status, word in STATUS_WORDS.items():
        number = counts.get(status, 0)
        if number:
            text = f"{word.symbol} {word.text.render()} {number}"
            items.append(Text(text, style=_style(status, number)))
    unanswered = counts.get(None, 0)
    if unanswered:
        items.append(Text(f"○ {_('not looked at')} {unanswered}", style="bold"))
    return Flowing(items)


def _not_looked_at(looked: Coverage) -> list[RenderableType]:
    lines = []
    if looked.unreachable:
        lines.append(_("unreachable: {names}", names=some(looked.unreachable)))
    if looked.no_result:
        lines.append(_("no result from: {names}", names=some(looked.no_result)))
    if looked.not_in_run:
        lines.append(_("not part of this run: {names}", names=some(looked.not_in_run)))
    return [Text(line, style="bold") for line in lines]


def _unit_tables(tree: Tree, limit: int) -> list[RenderableType]:
    # The line of counts right above names the symbols; their words would not fit in 80 columns.
    symbols = [word.symbol for word in STATUS_WORDS.values()]
    table = plain_table(_("unit"), _("looked at"), *symbols, numbers_from=1)
    hidden = 0
    for tier in tree.tiers:
        if not tier.children:
            continue
        table.add_row(Text(tier_word(tier.id), style=ACCENT), _seen(tier), *_cells(tier.tally))
        units = sorted(tier.children, key=_worst_first)
        for unit in units[:limit]:
            table.add_row(f"  {name_of(unit.name)}", _seen(unit), *_cells(unit.tally))
        hidden += len(units[limit:])
    if not hidden:
        return [table]
    return [table, Text(_("… and {count} more units, none of them worse", count=hidden))]


def _worst_table(worst: Sequence[WorstCheck], checks: Mapping[str, Check]) -> RenderableType:
    table = plain_table(_("severity"), _("failing check"), _("machines"))
    language = current_language()
    for row in worst:
        check = checks.get(row.check)
        cell = Text(one_line(row.check), style="red")
        if check:
            cell.append("\n" + one_line(check.text[language]), style="default")
        names = f"{len(row.targets)}: {some(row.targets, 3)}"
        table.add_row(SEVERITY_WORDS[row.severity].render(), cell, Text(names))
    return table


def _cells(counts: Tally) -> list[Text]:
    return [
        Text(str(counts.counts[status]), style=_style(status, counts.counts[status]))
        for status in STATUS_WORDS
    ]


def _style(status: Status, number: int) -> str:
    return _STYLES.get(status, "") if number else "dim"


def _seen(node: Node) -> str:
    return f"{node.seen}/{node.machines}"


def _worst_first(node: Node) -> tuple[int, ...]:
    return (WORST.index(node.status), *(-node.tally.counts[status] for status in WORST))
