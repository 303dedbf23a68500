"""What a shell offers after Tab: the real ids of the estate on the line, of checks and of runs.

Whoever presses Tab wants an offer or silence: a broken estate offers nothing, and says nothing.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from govctl.estate.model import Estate

Offer = tuple[str, str]
"""What is typed, and what it means."""
VARIABLE = "_GOVCTL_COMPLETE"
BREAKS = ("=", ":")
"""Characters at which bash parts a word (COMP_WORDBREAKS), and ours do not end."""


def units(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Ids of units, with their names."""

    def offers() -> Iterator[Offer]:
        for unit in _estate(ctx).units:
            yield unit.id, unit.name.vi

    return _quietly(offers, incomplete)


def systems(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Ids of systems, with their names."""

    def offers() -> Iterator[Offer]:
        for system in _estate(ctx).systems:
            yield system.id, system.name.vi

    return _quietly(offers, incomplete)


def limits(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """`tier=` and the like; after the key, its values in this estate."""

    def offers() -> Iterator[Offer]:
        from govctl.pipeline.limits import KEYS  # noqa: PLC0415

        key, equals, _value = incomplete.partition("=")
        if not equals:
            yield from ((f"{name}=", "") for name in KEYS)
            return
        estate = _estate(ctx)
        values = {KEYS[key](estate, machine) for machine in estate.machines}
        yield from ((f"{key}={value}", "") for value in sorted(filter(None, values)))

    return _quietly(offers, incomplete)


def checks(incomplete: str) -> list[Offer]:
    """Ids of checks; after a comma, the next one."""
    before, comma, _last = incomplete.rpartition(",")

    def offers() -> Iterator[Offer]:
        from govctl.texts import current_language  # noqa: PLC0415
        from policies.catalogue import checks as every  # noqa: PLC0415

        for check in every():
            yield f"{before}{comma}{check.id}", check.text[current_language()]

    return _quietly(offers, incomplete)


def baselines(incomplete: str) -> list[Offer]:
    """Ids of baselines and profiles; after a comma, the next one."""
    before, comma, _last = incomplete.rpartition(",")

    def offers() -> Iterator[Offer]:
        from policies import profiles, requirements  # noqa: PLC0415

        levels = (f"{name}:{level}" for name in requirements.names()
                  for level in requirements.load(name).levels)  # fmt: skip
        for name in (*requirements.names(), *levels, *profiles.names()):
            yield f"{before}{comma}{name}", ""

    return _quietly(offers, incomplete)


def roles(incomplete: str) -> list[Offer]:
    """Roles of the catalogue, and its entries."""

    def offers() -> Iterator[Offer]:
        from stacks.images.recipe import load_roles  # noqa: PLC0415

        names = sorted(load_roles())
        entries = sorted({name.partition("-")[0] for name in names})
        yield from ((name, "") for name in (*entries, *names))

    return _quietly(offers, incomplete)


def images(incomplete: str) -> list[Offer]:
    """Roles that have an image, and the ids of images."""

    def offers() -> Iterator[Offer]:
        from govctl.pipeline.image.image_list import short_id  # noqa: PLC0415
        from govctl.pipeline.image.images import image_cache  # noqa: PLC0415

        kept = image_cache().every()
        yield from ((role, "") for role in sorted({one.manifest.role for one in kept}))
        yield from ((short_id(one), one.manifest.role) for one in kept)

    return _quietly(offers, incomplete)


def runs(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Ids of kept runs, the newest first."""

    def offers() -> Iterator[Offer]:
        from govctl.evidence.store import Store  # noqa: PLC0415

        found = Store(_folder(ctx) / ".govctl" / "runs").ids()
        yield from ((name, "") for name in reversed(found))

    return _quietly(offers, incomplete)


def provinces(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Codes of the units at the top of the register that is meant, with their names."""

    def offers() -> Iterator[Offer]:
        from govctl.estate import register  # noqa: PLC0415

        own, day = ctx.params.get("register"), ctx.params.get("as_of")
        known = register.read(own) if own else register.as_of(day or date.today())
        for unit in known.children.get(None, ()):
            yield unit.code, unit.name

    return _quietly(offers, incomplete)


def things(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Ids of whatever can be explained: units, sites, machines, systems."""

    def offers() -> Iterator[Offer]:
        estate = _estate(ctx)
        yield from ((unit.id, unit.name.vi) for unit in estate.units)
        yield from ((site.id, site.name.vi) for site in estate.sites)
        yield from ((system.id, system.name.vi) for system in estate.systems)
        yield from ((machine.id, machine.role) for machine in estate.machines)

    return _quietly(lambda: dict(offers()).items(), incomplete)


def _quietly(offers: Callable[[], Iterable[Offer]], incomplete: str) -> list[Offer]:
    with suppress(Exception):
        return [offer for offer in offers() if offer[0].startswith(incomplete)]
    return []


def _folder(ctx: typer.Context) -> Path:
    """The estate on the line; an option that still waits for its value leaves it unparsed."""
    words = (ctx.params.get("estate"), *(ctx.params.get("targets") or ()), *ctx.args)
    given = [*words, os.environ.get("GOVCTL_ESTATE")]
    path = next(Path(str(word)) for word in given if word)
    return path if path.is_dir() else path.parent


def _estate(ctx: typer.Context) -> Estate:
    from govctl.estate import load  # noqa: PLC0415

    return load(_folder(ctx))


def run_for_bash(run: Callable[[], Any]) -> None:
    """Answer bash, which parts `machine=web` and `ssg:x` in words and replaces only the last part.

    The parts are joined before the line is parsed, and what bash has already is cut off the offers.
    """
    words, index = _joined(shlex.split(os.environ["COMP_WORDS"]), int(os.environ["COMP_CWORD"]))
    os.environ["COMP_WORDS"] = shlex.join(words)
    os.environ["COMP_CWORD"] = str(index)
    kept = re.match(r".*[=:]", words[index]) if index < len(words) else None
    answer = io.StringIO()
    with redirect_stdout(answer), suppress(SystemExit):
        run()
    for line in answer.getvalue().splitlines():
        sys.stdout.write(line.removeprefix(kept[0] if kept else "") + "\n")


def _joined(words: list[str], index: int) -> tuple[list[str], int]:
    """Words with their parts together again, and where the one at the cursor is now."""
    joined: list[str] = []
    place = index
    for number, word in enumerate(words):
        glued = joined and number and (word in BREAKS or words[number - 1] in BREAKS)
        if glued:
            joined[-1] += word
            if number <= index:
                place -= 1
        else:
            joined.append(word)
    return joined, place
