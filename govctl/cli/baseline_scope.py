"""Which levels, groups and answers a command about baselines means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from govctl.errors import UsageError
from govctl.texts import _
from policies import requirements
from policies.answers import answered_keys, means
from policies.catalogue import checks
from policies.model import Profile, Requirement
from policies.named import Level, named
from policies.requirements import Baseline

Meant = Baseline | Level | Profile


@dataclass(frozen=True)
class Filter:
    """Rows that a person wants to see; empty means all."""

    groups: frozenset[str] = frozenset()
    answer: str | None = None

    def rows(self, rows: Iterable[Requirement]) -> list[Requirement]:
        """Those that are meant, in their order."""
        keys = answered_keys(checks())
        return [row for row in rows if (not self.groups or row.group in self.groups)
                and self.answer in (None, means(row, keys))]  # fmt: skip

    def refuse_unknown(self, meant: Iterable[Meant]) -> None:
        """UsageError if none of the baselines has such a group."""
        known = {row.group for one in meant for row in rows_of(one)}
        for name in sorted(self.groups - known):
            near = get_close_matches(name, known, 1)
            hint = (_("did you mean {name}?", name=near[0]) if near
                    else _("known are: {names}", names=", ".join(sorted(known))))  # fmt: skip
            raise UsageError(_("no requirement is in the group {name}", name=name), hint=hint)


def rows_of(meant: Meant) -> tuple[Requirement, ...]:
    """Every row of a baseline or of one level; profiles have none."""
    if isinstance(meant, Level):
        return meant.rows
    return meant.requirements if isinstance(meant, Baseline) else ()


def one_or_several(words: Sequence[str], tailored: Mapping[str, Baseline]) -> tuple[Meant, ...]:
    """One baseline, level or profile; or levels of several baselines, all the same level."""
    if not words:
        hint = _("see: {command}", command="govctl baseline list")
        raise UsageError(_("which baseline?"), hint=hint)
    found = tuple(named(word, tailored) for word in words)
    levels = [one.level for one in found if isinstance(one, Level)]
    if len(found) > 1 and (len(levels) < len(found) or len(set(levels)) > 1):
        raise UsageError(
            _("several baselines are shown together at one level"),
            hint=_("such as: {names}", names="tcvn14423-2026:3 qcvn12-2026:3"),
        )
    return found


def levels_of(words: Sequence[str], tailored: Mapping[str, Baseline]) -> tuple[Level, ...]:
    """Every level of the baselines that are named, or of all; UsageError for a profile."""
    found: list[Level] = []
    for word in words or (*requirements.names(), *(tailored.keys() - set(requirements.names()))):
        one = named(word, tailored)
        if isinstance(one, Level):
            found.append(one)
        elif isinstance(one, Baseline):
            found += [Level(one, level) for level in one.levels]
        else:
            raise UsageError(_("{name} is a profile: its checks answer all that it asks for",
                               name=word), hint="docs/coverage.md")  # fmt: skip
    return tuple(found)


def pair(first: str, second: str, tailored: Mapping[str, Baseline]) -> tuple[Meant, Meant]:
    """Two levels, or two profiles; a baseline without a level means its highest."""
    one, other = (_with_level(named(word, tailored)) for word in (first, second))
    if isinstance(one, Profile) != isinstance(other, Profile):
        raise UsageError(_("a profile and a level have no keys in common"),
                         hint=_("name two levels, or two profiles"))  # fmt: skip
    return one, other


def _with_level(meant: Meant) -> Meant:
    return Level(meant, meant.levels[-1]) if isinstance(meant, Baseline) else meant
