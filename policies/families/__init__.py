"""Families: what can be asked of a host, one pure function a question.

A module of this package registers its functions with `@family`; adding a module adds its families.
A family never sees a `Missing` fact that it needs: the judge answers `not-evaluated` before it is
called. What merely helps it may be missing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from policies.model import Verdict

A = TypeVar("A", bound="Args")


class Args(BaseModel):
    """A family's arguments: typed, closed, immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class NoArgs(Args):
    """Nothing to set."""


@dataclass(frozen=True)
class Family:
    """A question, what it needs to know, and how it is answered."""

    name: str
    args: type[Args]
    needs: tuple[type[Any], ...]
    """Fact types, in the order of the function's parameters after its arguments."""
    judge: Callable[..., Verdict]
    helps: tuple[type[Any], ...] = ()
    """Fact types that the function gets after those, as they are: it answers without them too."""

    @property
    def purpose(self) -> str:
        """The first line of the function's docstring."""
        return (self.judge.__doc__ or "").strip().split("\n")[0]


_registry: dict[str, Family] = {}


def family(
    name: str,
    *,
    needs: tuple[type[Any], ...],
    args: type[A],
    helps: tuple[type[Any], ...] = (),
) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Register a function `(args, *facts) -> Verdict` under a name; two of one name are a bug."""

    def register(judge: Callable[..., Verdict]) -> Callable[..., Verdict]:
        if name in _registry:
            raise ValueError(f"two families are called {name}")
        _registry[name] = Family(name, args, needs, judge, helps)
        return judge

    return register


@cache
def families() -> Mapping[str, Family]:
    """Every family by name; the modules of this package are imported once."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return MappingProxyType(dict(sorted(_registry.items())))
