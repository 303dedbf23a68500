"""A theme: the rows that it breaks, and the shell lines that break them.

A new theme is a module in `themes/` with a `THEME`. A breaker is a shell line, or a function that
makes one of a row's arguments (with their defaults, as `resolve` gives them); it is run as root in
the tree or on the machine. What must be there first (accounts, packages, files) stands in `setup`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.catalogue import shipped
from policies.model import Check
from policies.target import TargetContext
from policies.values import resolve

Break = str | Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Theme:
    """Rows that can be broken side by side."""

    name: str
    breaks: Mapping[str, Break]
    """By the row's id, else by its family."""
    setup: str = ""
    """Shell lines before anything is broken."""
    packages: tuple[str, ...] = ()
    """Packages that are installed before that."""
    live: bool = False
    """True if the rows need a running system; else a tree of files is enough."""
    without: frozenset[str] = field(default_factory=frozenset)
    """Ids of the families' rows that another theme breaks."""
    only: frozenset[str] = field(default_factory=frozenset)
    """Of the families' rows these alone; all if empty."""
    against: frozenset[str] = field(default_factory=frozenset)
    """Ids of rows that ask for the contrary, so that these fixes open them."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values that this theme sets, as `--set` does."""

    def context(self) -> TargetContext:
        """What the rows are judged with."""
        return TargetContext(values=self.values)

    def rows(self) -> tuple[Check, ...]:
        """The rows that it breaks."""
        return tuple(check for check in shipped() if check.fix and self._has(check))

    def _has(self, check: Check) -> bool:
        if check.id in self.breaks:
            return True
        chosen = not self.only or check.id in self.only
        return check.family in self.breaks and chosen and check.id not in self.without

    def script(self) -> str:
        """The lines that break every row, in the order of the rows."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for check in self.rows():
            way = self.breaks.get(check.id, self.breaks.get(check.family, ""))
            args, _whose = resolve(check, self.context())
            yield f"# {check.id}"
            yield way if isinstance(way, str) else way(args)


def installed(*names: str) -> str:
    """A shell line: dpkg's database says that these packages are installed, though only it does."""
    lines = (
        f"grep -qx 'Package: {name}' /var/lib/dpkg/status || "
        f"printf 'Package: {name}\\nStatus: install ok installed\\nArchitecture: all\\n"
        f"Maintainer: nobody <nobody@example.org>\\nVersion: 1.0\\nDescription: said only\\n\\n' "
        ">> /var/lib/dpkg/status"
        for name in names
    )
    return "\n".join(lines)
