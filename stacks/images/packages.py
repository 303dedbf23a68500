"""The packages of a tree of files, as dpkg and apt know them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.images.sealed import inside, run

_FIELDS = (
    *("Package", "Version", "Architecture", "source:Package", "source:Version", "Maintainer"),
    *("Pre-Depends", "Depends", "Provides", "db:Status-Status"),
)
_FORM = "\\t".join(f"${{{name}}}" for name in _FIELDS) + "\\n"
SECONDS = 120


@dataclass(frozen=True, order=True)
class Package:
    """An installed package."""

    name: str
    version: str
    architecture: str
    source: str = ""
    """`<name>@<version>` of the source package that it was made of."""
    maintainer: str = ""
    """`Debian Foo Team <foo@…>`."""
    needs: tuple[tuple[str, ...], ...] = ()
    """Names of packages of which one each must be there (Pre-Depends, Depends)."""
    provides: tuple[str, ...] = ()
    """Other names that it satisfies."""


def installed(tree: Path) -> tuple[Package, ...]:
    """The packages that are installed in a tree, sorted; needs root."""
    return parse_query(run(inside(tree, ["dpkg-query", "-W", "-f", _FORM]), timeout=SECONDS))


def parse_query(output: str) -> tuple[Package, ...]:
    """The same from dpkg-query's lines; what is removed or only half there is left out."""
    rows = (line.split("\t") for line in output.splitlines())
    return tuple(
        sorted(
            Package(
                name,
                version,
                architecture,
                f"{source}@{of_source}",
                maintainer,
                (*_alternatives(before), *_alternatives(needs)),
                tuple(dict.fromkeys(_name(one) for one in _split(provides, ","))),
            )
            for row in rows
            if len(row) == len(_FIELDS)
            for name, version, architecture, source, of_source, maintainer in [row[:6]]
            for before, needs, provides, status in [row[6:]]
            if status == "installed"
        )
    )


def set_digest(packages: Iterable[Package]) -> str:
    """SHA-256 of a set of packages: names, architectures and versions, and nothing else."""
    lines = sorted(f"{one.name}:{one.architecture}={one.version}\n" for one in packages)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def archive_digests(tree: Path, packages: Iterable[Package]) -> dict[Package, str]:
    """SHA-256 of the files that these packages came in, as the signed lists of the tree say.

    A package that no list of the tree has (any more) is left out. Needs root.
    """
    every = list(packages)
    if not every:
        return {}
    names = sorted({package.name for package in every})
    output = run(inside(tree, ["apt-cache", "show", *names]), timeout=SECONDS)
    found = parse_records(output)
    keys = {one: (one.name, one.version, one.architecture) for one in every}
    return {one: found[key] for one, key in keys.items() if key in found}


def parse_records(output: str) -> Mapping[tuple[str, str, str], str]:
    """(name, version, architecture) → SHA256, from apt-cache's records."""
    found = {}
    for record in output.split("\n\n"):
        pairs = (line.split(": ", 1) for line in record.splitlines() if line[:1].isalpha())
        fields = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
        if "SHA256" in fields:
            key = (fields.get("Package", ""), fields.get("Version", ""))
            found[(*key, fields.get("Architecture", ""))] = fields["SHA256"].strip()
    return found


def _alternatives(field: str) -> Iterable[tuple[str, ...]]:
    """`a (>= 1), b:any | c` → (`a`), (`b`, `c`): deb-control(5)."""
    for clause in _split(field, ","):
        yield tuple(_name(one) for one in _split(clause, "|"))


def _split(field: str, separator: str) -> list[str]:
    return [part.strip() for part in field.split(separator) if part.strip()]


def _name(word: str) -> str:
    return word.split(maxsplit=1)[0].partition(":")[0]
