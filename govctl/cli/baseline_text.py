"""Baselines as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from govctl.cli import baseline_json
from govctl.cli.baseline_scope import Filter, Meant, rows_of
from govctl.cli.check_text import columns
from govctl.cli.wording import hanging
from govctl.reports.words import GROUP_WORDS
from govctl.texts import Message, _, counted, current_language, msg
from policies import requirements
from policies.about import about
from policies.answers import answered_keys, coverage_of, means
from policies.catalogue import checks
from policies.conditions import conditions
from policies.differences import differences
from policies.model import Profile, Requirement
from policies.named import Level
from policies.requirements import Baseline, answering, is_basic, left_to_people
from policies.strictest import Demand, demands

_PERIODS: Mapping[str, Message] = {
    "W": msg("every week"),
    "M": msg("every month"),
    "Q": msg("every quarter"),
    "6M": msg("every six months"),
    "Y": msg("every year"),
    "P": msg("as often as the organisation sets"),
    "": msg("no period"),
}
_STRENGTHS: Mapping[str, Message] = {
    "required": msg("required"),
    "equivalent-allowed": msg("or an equivalent"),
    "suggested": msg("suggested"),
}
_MEANS: Mapping[str, Message] = {
    "plan": msg("answered by the estate's description"),
    "people": msg("a person attests it"),
    "open": msg("open: nothing answers it yet"),
}
_ORDERS: Mapping[str, Message] = {
    "tighter": msg("stricter"),
    "looser": msg("less strict"),
    "unordered": msg("other"),
}


def table(tailored: Mapping[str, Baseline]) -> str:
    """`govctl baseline list`."""
    rows = []
    for one in baseline_json.every(tailored):
        title = one.get("title", {}).get(current_language(), "")
        if one["kind"] == "profile":
            rows.append((one["id"], _checks(one["checks"]), title))
            continue
        counts = " ".join(str(level["requirements"]) for level in one["levels"].values())
        span = "–".join(dict.fromkeys((min(one["levels"]), max(one["levels"]))))
        rows.append((one["id"], _("level {level}: {counts}", level=span, counts=counts), title))
    return columns((_("baseline"), _("asks for"), _("name")), rows)


def shown(meant: Sequence[Meant], chosen: Filter) -> str:
    """`govctl baseline show`."""
    one = meant[0]
    if len(meant) > 1:
        levels = [level for level in meant if isinstance(level, Level)]
        return "\n".join(_demands(levels, chosen))
    if isinstance(one, Profile):
        return "\n".join(_profile(one))
    if isinstance(one, Baseline) and not (chosen.groups or chosen.answer):
        return "\n".join((*_about(one), "", _groups(one)))
    base = one.baseline if isinstance(one, Level) else one
    return "\n".join((*_about(base), *_by_group(chosen.rows(rows_of(one)))))


def _about(baseline: Baseline) -> Iterator[str]:
    yield baseline.id
    if baseline.id not in requirements.names():
        return
    known, language = about(baseline.id), current_language()
    for label, text in (
        ("", known.title.get(language)),
        (_("legal act"), known.act.get(language)),
        (_("in force since"), known.in_force),
        (_("for"), known.due_for.get(language)),
        (_("replaces"), ", ".join(known.replaces)),
        (_("replaced by"), known.replaced_by),
        (_("wording"), known.wording.get(language)),
    ):
        if text:
            yield hanging(f"  {label}: {text}" if label else f"  {text}", 4)


def _groups(baseline: Baseline) -> str:
    """How many basic requirements each group has at each level."""
    names = dict.fromkeys(row.group for row in baseline.requirements)
    rows = []
    for name in names:
        counts = [sum(is_basic(row) and row.group == name for row in baseline.level(level))
                  for level in baseline.levels]  # fmt: skip
        rows.append((*(f"{count:>5}" for count in counts), group_word(name)))
    totals = [sum(map(is_basic, baseline.level(level))) for level in baseline.levels]
    rows.append((*(f"{count:>5}" for count in totals), _("in all")))
    heads = [_("level {level}", level=level) for level in baseline.levels]
    return columns((*heads, _("group")), rows)


def group_word(name: str) -> str:
    """A group as a person calls it; one of an organisation's own by its name."""
    return GROUP_WORDS[name].render() if name in GROUP_WORDS else name


def _by_group(rows: Sequence[Requirement]) -> Iterator[str]:
    keys = answered_keys(checks())
    if not rows:
        yield _("no requirement is like this")
    for name in dict.fromkeys(row.group for row in rows):
        found = [row for row in rows if row.group == name]
        yield ""
        yield f"{group_word(name)} ({name}, {len(found)})"
        for row in found:
            yield from _row(row, keys)


def _row(row: Requirement, keys: frozenset[str]) -> Iterator[str]:
    yield hanging(f"  {row.clause}  {row.key}", 4)
    yield hanging(f"    {row.text[current_language()]}", 4)
    said = [row.threshold] if row.threshold else []
    said += [_PERIODS[row.period].render()] if row.period else []
    said += [_STRENGTHS[row.strength].render()] if row.strength != "required" else []
    said += [_condition(row)] if row.condition else []
    said += [_("also on {events}", events=", ".join(row.also_on))] if row.also_on else []
    said += [_("derived from another level")] if row.source == "derived" else []
    said += [*row.tailored]
    if said:
        yield hanging("    " + " · ".join(said), 4)
    if row.left_out:
        yield hanging("    " + _("left out: {reason}", reason=row.left_out), 4)
    yield hanging(f"    {_answered(row, keys)}", 4)


def _condition(row: Requirement) -> str:
    if not is_basic(row):
        return _("annex, not counted")
    known = conditions().get(row.condition)
    if known is None:
        return row.condition.replace("_", " ")
    return _("only if {condition}", condition=known.text[current_language()])


def _answered(row: Requirement, keys: frozenset[str]) -> str:
    how = means(row, keys)
    left = left_to_people().get(row.key)
    if how == "hosts":
        names = [check.id for check in answering(row, checks())]
        few = ", ".join(names[:4]) + (f" … ({len(names)})" if len(names) > 4 else "")
        words = _("answered by {checks}", checks=few)
    else:
        words = _MEANS[how].render()
    if left and how in ("hosts", "plan"):
        words += " · " + _("a person attests {rest}", rest=left[current_language()])
    return words


def _demands(levels: Sequence[Level], chosen: Filter) -> Iterator[str]:
    wanted = {row.key for level in levels for row in chosen.rows(level.rows)}
    yield _("the stricter of {names}", names=", ".join(level.id for level in levels))
    for demand in demands([level.baseline for level in levels], levels[0].level):
        if demand.key in wanted:
            yield from _demand(demand)


def _demand(demand: Demand) -> Iterator[str]:
    yield ""
    yield demand.key
    for row in demand.rows:
        yield hanging(f"  {row.id}  {row.text[current_language()]}", 4)
    for bound in demand.bounds:
        yield hanging(f"    {bound.threshold} ({', '.join(bound.whose)})", 6)
    if demand.period:
        yield hanging(f"    {_PERIODS[demand.period].render()} ({', '.join(demand.period_of)})", 6)
    word = _STRENGTHS[demand.strength].render()
    yield hanging(f"    {word} ({', '.join(demand.strength_of)})", 6)


def _checks(count: int) -> str:
    return counted(count, msg("1 check"), msg("{count} checks"))


def _profile(profile: Profile) -> Iterator[str]:
    yield profile.id
    yield hanging(f"  {profile.text[current_language()]}", 4)
    asked = [check for check in checks() if profile.asks_for(check)]
    yield "  " + _checks(len(asked))
    for name, value in sorted(profile.values.items()):
        yield hanging(f"  {name} = {value}", 4)
    yield hanging("  " + _("see: {command}",
                           command=f"govctl check list --baseline {profile.id}"), 4)  # fmt: skip


def difference(one: Meant, other: Meant) -> str:
    """`govctl baseline diff`."""
    if isinstance(one, Profile):
        found = baseline_json.difference(one, other)
        lines = [*_listed(one.id, found["only_first"]), *_listed(found["second"],
                                                                 found["only_second"])]  # fmt: skip
        return "\n".join(lines)
    return "\n".join(_differences(one, other))


def _listed(name: str, ids: Sequence[str]) -> Iterator[str]:
    yield _("only {name} asks for {count}", name=name, count=len(ids))
    yield from (f"  {one}" for one in ids)


def _differences(one: Meant, other: Meant) -> Iterator[str]:
    found = differences(rows_of(one), rows_of(other))
    names = (getattr(one, "id", ""), getattr(other, "id", ""))
    for name, rows in zip(names, (found.only_first, found.only_second), strict=True):
        yield _("only {name} asks for {count}", name=name, count=len(rows))
        for row in rows:
            text = row.text[current_language()]
            yield hanging(f"  {row.key}  {text} ({row.clause})", 4)
        yield ""
    yield _("both ask for, and not alike: {count}", count=len(found.changed))
    for each in found.changed:
        yield hanging(f"  {each.first.key} ({each.first.clause} → {each.second.clause})", 4)
        for change in each.changes:
            before, after = _value(change.field, change.before), _value(change.field, change.after)
            yield hanging(f"    {before} → {after} ({_ORDERS[change.order].render()})", 6)
    yield ""
    yield _("both ask for alike: {count}", count=found.same)


def _value(field: str, value: str) -> str:
    words = {"period": _PERIODS, "strength": _STRENGTHS}.get(field, {})
    return words[value].render() if value in words else value or "–"


def coverage(levels: Sequence[Level], chosen: Filter, *, with_open: bool) -> str:
    """`govctl baseline coverage`: one line a level; a single level by group."""
    rows = []
    for level in levels:
        kept = chosen.rows(level.rows)
        rows.append((*_counts(kept), level.id))
        if len(levels) == 1:
            names = dict.fromkeys(row.group for row in kept if is_basic(row))
            rows += [(*_counts([row for row in kept if row.group == name]),
                      f"  {group_word(name)}") for name in names]  # fmt: skip
    heads = (_("automated"), _("attested"), _("open"), _("in all"), _("baseline"))
    parts = [columns(heads, rows)]
    if with_open:
        parts += [_open(level, chosen) for level in levels]
    parts.append(hanging(_("What is automated has a remainder that a person attests; no number "
                           "here is compliance."), 0))  # fmt: skip
    return "\n\n".join(parts)


def _counts(rows: Sequence[Requirement]) -> tuple[str, ...]:
    found = coverage_of(rows, checks())
    counts = (found.automated, found.attested, found.open)
    return (*(f"{len(each):>5}" for each in counts), f"{found.total:>5}")


def _open(level: Level, chosen: Filter) -> str:
    found = coverage_of(chosen.rows(level.rows), checks()).open
    lines = (
        hanging(f"  {row.key}  {row.text[current_language()]} ({row.clause})", 4) for row in found
    )
    return "\n".join((_("open at {level}: {count}", level=level.id, count=len(found)), *lines))
