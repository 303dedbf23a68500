"""What a person means by `tcvn14423-2026:3`, `tcvn14423-2026` or `cis-debian12:l1-server`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from govctl.errors import UsageError
from govctl.texts import _
from policies import profiles, requirements
from policies.model import Profile, Requirement
from policies.requirements import Baseline


@dataclass(frozen=True)
class Level:
    """A level of a baseline."""

    baseline: Baseline
    level: int

    @property
    def id(self) -> str:
        """`tcvn14423-2026:3`."""
        return f"{self.baseline.id}:{self.level}"

    @property
    def rows(self) -> tuple[Requirement, ...]:
        """What it asks for."""
        return self.baseline.level(self.level)


def named(word: str, tailored: Mapping[str, Baseline] | None = None) -> Baseline | Level | Profile:
    """A baseline, a level of one, or a profile. UsageError, with the nearest name, otherwise.

    `tailored`: baselines as an estate changes them, by id; they stand in for the shipped ones.
    """
    own = tailored or {}
    if word in profiles.names():
        return profiles.load(word)
    name, colon, text = word.partition(":")
    if name not in (*requirements.names(), *own):
        every = [*requirements.names(), *own, *profiles.names()]
        near = get_close_matches(word, every, 1, 0.5)
        hint = (_("did you mean {name}?", name=near[0]) if near
                else _("known are: {names}", names=", ".join(every)))  # fmt: skip
        raise UsageError(_("there is no baseline {name}", name=word), hint=hint)
    baseline = own.get(name) or requirements.load(name)
    if not colon:
        return baseline
    if text not in map(str, baseline.levels):
        known = ", ".join(map(str, baseline.levels))
        raise UsageError(_("{baseline} has no level {level}", baseline=name, level=text),
                         hint=_("known are: {names}", names=known))  # fmt: skip
    return Level(baseline, int(text))
