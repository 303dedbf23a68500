"""A case: facts on which a check must pass, and facts on which it must fail."""

from __future__ import annotations

from dataclasses import dataclass

from tests.policies.hosts import Facts


@dataclass(frozen=True)
class Case:
    good: tuple[Facts, ...]
    bad: tuple[Facts, ...]


Cases = dict[str, Case]


def one(good: object, *bad: object) -> Case:
    """A case of single facts; the first is good."""
    return Case(((good,),), tuple((fact,) for fact in bad))
