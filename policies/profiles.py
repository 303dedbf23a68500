"""Profiles: checks chosen by public references; and what a person means by naming a baseline.

A profile is a file of `profiles/`: sections, recommendations or rules, and the values they set.
Names that begin with an underscore are parts that others include.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from govctl.errors import UsageError
from govctl.texts import _
from policies import requirements
from policies.catalogue import checks, own
from policies.model import Check, Profile
from policies.requirements import Baseline
from policies.selection import asked_by, select
from policies.target import TargetContext

FOLDER = Path(__file__).parent / "profiles"


@dataclass(frozen=True)
class Chosen:
    """Checks, and what they are judged against."""

    checks: tuple[Check, ...]
    """In the catalogue's order."""
    baselines: tuple[Baseline, ...] = ()
    profiles: tuple[Profile, ...] = ()
    level: int = 1
    """The level of the baselines that is meant; the highest, if several were named."""

    @property
    def values(self) -> Mapping[str, str]:
        """What the profiles set, by public variable; where two set one, the profile named first.

        For a verdict give the profiles to `TargetContext`: it knows which value is the stricter.
        """
        return {name: value for profile in reversed(self.profiles)
                for name, value in profile.values.items()}  # fmt: skip

    def context(
        self,
        values: Mapping[str, str] | None = None,
        *,
        traits: Iterable[str] = (),
    ) -> TargetContext:
        """What a target is judged against; `values` are those of this run, and they win."""
        return TargetContext(
            level=self.level,
            baselines=self.baselines,
            traits=frozenset(traits),
            values=dict(values or {}),
            profiles=self.profiles,
        )


@cache
def names() -> tuple[str, ...]:
    """Ids of the profiles that are shipped: `cis-debian12:l1-server`."""
    return tuple(sorted(f"{path.parent.name}:{path.stem}" for path in FOLDER.glob("*/*.yaml")
                        if not path.name.startswith("_")))  # fmt: skip


@cache
def load(name: str) -> Profile:
    """A shipped profile by its id, with all that it includes; UsageError if there is none."""
    if name not in names():
        raise _unknown(name)
    family, _colon, level = name.partition(":")
    return _read(family, level, name)


def _read(family: str, level: str, name: str) -> Profile:
    from policies.profile_file import read  # noqa: PLC0415 - YAML and a model: most starts do without

    file = read(FOLDER / family / f"{level}.yaml")
    parts = [_read(family, part, name) for part in file.includes]
    own = {"cis": file.cis, "anssi": file.anssi, "ssg": file.ssg}
    references = {
        scheme: ids.union(*(part.references.get(scheme, ()) for part in parts))
        for scheme, ids in own.items()
    }
    values: dict[str, str] = {}
    for part in parts:
        values.update(part.values)
    return Profile(
        id=name,
        text=file.text,
        references={scheme: ids for scheme, ids in references.items() if ids},
        left_out=file.leaves_out.union(*(part.left_out for part in parts)),
        values={**values, **file.values},
    )


def choose(named: Sequence[str], patterns: Sequence[str] = ()) -> Chosen:
    """What a person means by `--baseline NAME` and `--checks PATTERN`.

    Names: a profile (`cis-debian12:l1-server`), a baseline's level (`tcvn14423-2026:3`), or a
    baseline, which means its highest level. With patterns their checks are chosen, and the names
    say only what they are judged against; without names and patterns every check is.
    UsageError for what is unknown.
    """
    profiles = tuple(load(name) for name in named if name in names())
    levels = [_level_of(name) for name in named if name not in names()]
    baselines = {baseline.id: baseline for baseline, _level in levels}
    every = checks()
    own_checks = _asked(levels, profiles, every)
    return Chosen(
        checks=select(every, patterns, own_checks) if patterns else own_checks,
        baselines=tuple(baselines.values()),
        profiles=profiles,
        level=max((level for _baseline, level in levels), default=1),
    )


def asked(
    baselines: Iterable[Baseline], profiles: Iterable[Profile], every: Sequence[Check]
) -> tuple[Check, ...]:
    """The checks that a baseline asks for at whatever level, or a profile; and a site's own."""
    wanted = {check.id for check in (*asked_by(baselines, every), *own())}
    for profile in profiles:
        wanted |= {check.id for check in every if profile.asks_for(check)}
    return tuple(check for check in every if check.id in wanted)


def split(named: Iterable[str]) -> tuple[tuple[Baseline, ...], tuple[Profile, ...]]:
    """The baselines and the profiles among an estate's `baselines:`."""
    every = tuple(named)
    return (
        tuple(requirements.load(name) for name in every if ":" not in name),
        tuple(load(name) for name in every if ":" in name),
    )


def named_by(every: Iterable[str]) -> tuple[Profile, ...]:
    """The profiles among some names; what this version does not have is left out."""
    return tuple(load(name) for name in every if name in names())


def _asked(
    levels: Sequence[tuple[Baseline, int]], profiles: Sequence[Profile], every: tuple[Check, ...]
) -> tuple[Check, ...]:
    if not levels and not profiles:
        return every
    keys = {row.key for baseline, level in levels for row in baseline.level(level)}
    wanted = {check.id for check in every if not keys.isdisjoint(check.answers)}
    wanted |= {check.id for check in asked((), profiles, every)}
    return tuple(check for check in every if check.id in wanted)


def _level_of(name: str) -> tuple[Baseline, int]:
    baseline, colon, text = name.partition(":")
    if baseline not in requirements.names():
        raise _unknown(name)
    found = requirements.load(baseline)
    levels = sorted({row.level for row in found.requirements})
    if not colon:
        return found, levels[-1]
    if text not in map(str, levels):
        raise UsageError(
            _("{baseline} has no level {level}", baseline=baseline, level=text),
            hint=_("known are: {names}", names=", ".join(map(str, levels))),
        )
    return found, int(text)


def _unknown(name: str) -> UsageError:
    every = (*requirements.names(), *names())
    near = get_close_matches(name, every, 1, 0.5)
    hint = (
        _("did you mean {name}?", name=near[0])
        if near
        else _("known are: {names}", names=", ".join(every))
    )
    return UsageError(_("there is no baseline {name}", name=name), hint=hint)
