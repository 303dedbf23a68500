"""What a shell shows: renderables for rich, which neither print nor know a terminal.

Tables have no borders, so that a pipe and a narrow terminal get plain columns; every symbol stands
beside its word, so that nothing is lost without colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from govctl.estate.model import Estate, Machine
from govctl.evidence.model import Run
from govctl.reports.counts import Counts, count
from govctl.reports.standing import STATE_WORDS, Standing
from govctl.reports.tree import Coverage, Tree, UnitNode, coverage, grow
from govctl.reports.visible import one_line
from govctl.reports.words import KIND_WORDS, SEVERITY_WORDS, STATUS_WORDS, TIER_WORDS
from govctl.reports.worst import WorstCheck, worst_checks
from govctl.texts import _, current_language
from policies.model import Check, Status

ACCENT = "cyan"
_STYLES: Mapping[Status, str] = {"fail": "red", "unreachable": "bold", "not-evaluated": "bold"}


def estate_summary(estate: Estate) -> RenderableType:
    """`govctl show`: units by tier, systems with their levels, machines, addresses."""
    return Group(
        Text(_name(estate), style="bold"),
        Text(_("addresses: {ipv4} and {ipv6}", ipv4=estate.ipv4, ipv6=estate.ipv6)),
        Text(_("names: {domain}", domain=estate.domain)),
        Text(),
        _tiers(estate),
        Text(),
        _systems(estate),
        Text(),
        _machines(estate.machines),
        Text(),
        Text(
            _(
                "sites: {sites} · zones: {zones} · bridge points: {points} · flows: {flows}",
                sites=len(estate.sites),
                zones=len(estate.zones),
                points=len(estate.bridge_points),
                flows=len(estate.flows),
            )
        ),
    )


def scan_summary(
    run: Run,
    estate: Estate | None,
    checks: Mapping[str, Check],
    next_command: str | None = None,
    limit: int = 12,
) -> RenderableType:
    """The last screen of a scan: coverage, verdicts per unit, worst findings, the next command.

    `limit` is the number of units and of failing checks shown; how many more there are is said.
    """
    tree = grow(run, estate) if estate else None
    looked = tree.coverage if tree else coverage(run)
    parts: list[RenderableType] = [
        Text(_name(estate) if estate else ", ".join(run.targets), style="bold"),
        coverage_line(looked),
        *_not_looked_at(looked),
        Text(),
        counts_line(count(run.findings)),
    ]
    if tree:
        parts += [Text(), _unit_table(tree, limit)]
    worst = worst_checks(run.findings)
    if worst:
        parts += [Text(), _worst_table(worst[:limit], checks)]
    if len(worst) > limit:
        parts.append(Text(_("… and {count} more failing checks", count=len(worst) - limit)))
    return Group(*parts, *_next(next_command))


def status_table(standings: Iterable[Standing], next_command: str | None = None) -> RenderableType:
    """`govctl status`: what should stand, and whether it does; what does not comes first."""
    table = _table(_("state"), _("what"), _("name"), _("detail"))
    order = list(STATE_WORDS)
    for row in sorted(standings, key=lambda row: (order.index(row.state), row.kind, row.id)):
        word = STATE_WORDS[row.state]
        style = "" if row.state == "stands" else "red" if row.state == "missing" else "bold"
        table.add_row(
            Text(f"{word.symbol} {word.text.render()}", style=style),
            Text(one_line(row.kind)),
            Text(one_line(row.id)),
            Text(one_line(row.detail.render())),
        )
    return Group(table, *_next(next_command))


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


def counts_line(counts: Counts) -> Text:
    """`✗ fail 3 · ! unreachable 0 · …`, worst first, every status named even if there is none."""
    line = Text()
    for status, word in STATUS_WORDS.items():
        number = counts.by_status[status]
        style = _STYLES.get(status, "") if number else "dim"
        line.append(" · " if line else "")
        line.append(f"{word.symbol} {word.text.render()} {number}", style=style)
    return line


def _not_looked_at(looked: Coverage) -> list[RenderableType]:
    lines = (
        (_("unreachable: {names}"), looked.unreachable),
        (_("no result from: {names}"), looked.no_result),
        (_("not part of this run: {names}"), looked.not_in_run),
    )
    return [
        Text(template.replace("{names}", _some(names)), style="bold")
        for template, names in lines
        if names
    ]


def _unit_table(tree: Tree, limit: int) -> RenderableType:
    words = [word.text.render() for word in STATUS_WORDS.values()]
    table = _table(_("unit"), _("machines"), *words, numbers_from=1)
    shown = 0
    for tier in tree.tiers:
        if not tier.units:
            continue
        table.add_row(Text(_tier_word(tier.id), style=ACCENT), "", *([""] * len(words)))
        worst = sorted(tier.units, key=_by_badness)
        for node in worst[:limit]:
            table.add_row(f"  {_unit_name(node)}", str(len(node.machines)), *_cells(node.counts))
        shown += len(worst[:limit])
    rest = len(tree.units) - shown
    if not rest:
        return table
    return Group(table, Text(_("… and {count} more units, none of them worse", count=rest)))


def _cells(counts: Counts) -> list[Text]:
    cells = []
    for status in STATUS_WORDS:
        number = counts.by_status[status]
        cells.append(Text(str(number), style=_STYLES.get(status, "") if number else "dim"))
    return cells


def _worst_table(worst: Sequence[WorstCheck], checks: Mapping[str, Check]) -> RenderableType:
    table = _table(_("severity"), _("failing check"), _("machines"))
    language = current_language()
    for row in worst:
        check = checks.get(row.check)
        cell = Text(one_line(row.check), style="red")
        if check:
            cell.append("\n" + one_line(check.text[language]), style="default")
        names = f"{len(row.targets)}: {_some(row.targets, 3)}"
        table.add_row(SEVERITY_WORDS[row.severity].render(), cell, Text(names))
    return table


def _tiers(estate: Estate) -> RenderableType:
    table = _table(_("tier"), _("units"), _("sites"), numbers_from=1)
    tiers: Counter[str | None] = Counter(unit.tier for unit in estate.units)
    sites: Counter[str | None] = Counter(estate.unit(site.unit).tier for site in estate.sites)
    for tier in estate.tiers:
        table.add_row(_tier_word(tier), str(tiers[tier]), str(sites[tier]))
    if tiers[None]:
        table.add_row(_("agencies"), str(tiers[None]), str(sites[None]))
    return table


def _systems(estate: Estate) -> RenderableType:
    table = _table(_("system"), _("name"), _("level"), _("owner"), _("machines"))
    language = current_language()
    for system in estate.systems:
        machines = sum(len(component.machines) for component in system.components)
        table.add_row(
            Text(system.id, style=ACCENT),
            Text(one_line(getattr(system.name, language))),
            str(system.level),
            Text(one_line(getattr(estate.unit(system.owner).name, language))),
            str(machines),
        )
    return table


def _machines(machines: Sequence[Machine]) -> RenderableType:
    table = _table(_("machines"), _("how many"), numbers_from=1)
    for kind, number in Counter(machine.kind for machine in machines).items():
        table.add_row(KIND_WORDS[kind].render(), str(number))
    table.add_row(_("in all"), str(len(machines)))
    return table


def _table(*headings: str, numbers_from: int | None = None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, heading in enumerate(headings):
        number = numbers_from is not None and position >= numbers_from
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    return table


def _next(command: str | None) -> list[RenderableType]:
    if command is None:
        return []
    return [Padding(Text(_("next: {command}", command=command), style=ACCENT), (1, 0, 0, 0))]


def _some(names: Sequence[str], limit: int = 8) -> str:
    shown = ", ".join(one_line(name) for name in names[:limit])
    if len(names) <= limit:
        return shown
    return _("{names} and {count} more", names=shown, count=len(names) - limit)


def _name(estate: Estate) -> str:
    return one_line(getattr(estate.name, current_language()))


def _unit_name(node: UnitNode) -> str:
    return one_line(getattr(node.unit.name, current_language()))


def _tier_word(tier: str) -> str:
    return TIER_WORDS[tier].render() if tier in TIER_WORDS else one_line(tier)


def _by_badness(node: UnitNode) -> tuple[int, ...]:
    return tuple(-node.counts.by_status[status] for status in STATUS_WORDS)[:3]
