"""Which images are meant, and what they are judged by: an estate's, or roles by a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from govctl.errors import UsageError
from govctl.estate.catalogue import shipped_catalogue
from govctl.estate.model import Estate, Need
from govctl.pipeline.judging import DEFAULT
from govctl.texts import _
from policies.profiles import choose, split
from policies.requirements import FOLDER, path_of
from policies.tailoring import baselines_of
from policies.target import CONTAINER, TargetContext
from stacks.images.recipe import Role, load_roles

Pairs = tuple[tuple[str, str], ...]
Needs = Mapping[str, Mapping[str, Need]]
"""Role → check → the recorded exception."""


@dataclass(frozen=True)
class Scope:
    """Roles, and what their images answer to."""

    roles: tuple[Role, ...]
    """Sorted by name."""
    baselines: tuple[str, ...]
    """Baselines without a level, and profiles, as in an estate's `baselines:`."""
    context: TargetContext
    settings: Pairs = ()
    """What else decides: the estate's values, its tailoring, its own tables."""
    needs: Needs = field(default_factory=dict)

    @property
    def judged_by(self) -> tuple[str, ...]:
        """The baselines as a person names them: with the level."""
        level = self.context.level
        return tuple(name if ":" in name else f"{name}:{level}" for name in self.baselines)

    def only(self, words: Sequence[str]) -> Scope:
        """The same for some of its roles: `portal-web`, or all of `portal`; all without words."""
        return replace(self, roles=_meant(self.roles, words)) if words else self


def of_estate(estate: Estate) -> Scope:
    """Every role that a machine of the estate has. An image serves every level of the estate, so it
    answers to the highest."""
    needs = _needs_of(estate)
    level = max((system.level for system in estate.systems), default=1)
    context = TargetContext(
        level=level,
        baselines=baselines_of(estate),
        traits=frozenset({"image", CONTAINER}),
        estate=estate.values,
        profiles=split(estate.baselines)[1],
    )
    changed = (("tailoring", one.model_dump_json()) for one in estate.tailoring)
    own = ((name, path_of(name).read_text(encoding="utf-8")) for name in estate.baselines
           if ":" not in name and path_of(name).parent != FOLDER)  # fmt: skip
    return Scope(
        tuple(
            _excused(role, needs) for name, role in sorted(load_roles().items()) if name in needs
        ),
        estate.baselines,
        context,
        (*sorted(estate.values.items()), *changed, *own),
        needs,
    )


def of_roles(words: Sequence[str], named: Iterable[str] = ()) -> Scope:
    """Roles of the catalogue by baselines, as `tcvn14423-2026:3`; UsageError for what is unknown.

    An estate with these baselines, this level and no values of its own has the same images.
    """
    given = tuple(named) or (DEFAULT,)
    chosen = choose(given)
    profiles = {profile.id for profile in chosen.profiles}
    names = tuple(dict.fromkeys(one if one in profiles else one.partition(":")[0] for one in given))
    context = chosen.context(traits=("image", CONTAINER))
    meant = _meant(load_roles().values(), words)
    components = shipped_catalogue().roles
    needs = {role.name: {need.check: need for need in components[role.name].needs}
             for role in meant}  # fmt: skip
    return Scope(tuple(_excused(role, needs) for role in meant), names, context, needs=needs)


def _needs_of(estate: Estate) -> Needs:
    """What any machine of a role needs: an image must not take away from one what another may do
    without, and the scan of the other finds what it has too much."""
    found: dict[str, dict[str, Need]] = {}
    for machine in estate.machines:
        if machine.existing is None:
            of_role = found.setdefault(machine.role, {})
            for need in machine.needs:
                of_role.setdefault(need.check, need)
    return found


def _excused(role: Role, needs: Needs) -> Role:
    """The role with its exceptions, which decide how its image is hardened and judged."""
    every = sorted(needs[role.name].items())
    return replace(role, exceptions=tuple(need.model_dump_json() for _check, need in every))


def is_role(word: str) -> bool:
    """True for a role of the catalogue, and for an entry that has some."""
    known = load_roles()
    return word in known or any(role.startswith(f"{word}-") for role in known)


def _meant(roles: Iterable[Role], words: Sequence[str]) -> tuple[Role, ...]:
    known = {role.name: role for role in roles}
    found: set[str] = set()
    for word in words:
        meant = {word} & known.keys() or {name for name in known if name.startswith(f"{word}-")}
        if not meant:
            raise _unknown(word, known)
        found |= meant
    return tuple(known[name] for name in sorted(found))


def _unknown(word: str, known: Iterable[str]) -> UsageError:
    names = sorted(known)
    entries = sorted({name.partition("-")[0] for name in names})
    near = get_close_matches(word, (*entries, *names), 1)
    hint = (
        _("did you mean {name}?", name=near[0])
        if near
        else _("known are: {names}", names=", ".join(names))
    )
    return UsageError(_("no image is called {name}", name=word), hint=hint)
