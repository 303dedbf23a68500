"""What an image consists of: a CycloneDX 1.6 bill of materials.

Packages go by purl (pkg:deb/debian/…); hashes are those of the archives that they came in. The
same packages give the same document but for `metadata.timestamp`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from stacks.images.licences import SPDX
from stacks.images.packages import Package, set_digest
from stacks.images.recipe import SUITE

SPECIFICATION = "1.6"
_IDS = frozenset(SPDX.values())


@dataclass(frozen=True)
class Contents:
    """What is in an image."""

    packages: tuple[Package, ...]
    hashes: Mapping[Package, str] = field(default_factory=dict)
    """SHA-256 of the archives, where they are known."""
    licences: Mapping[Package, tuple[str, ...]] = field(default_factory=dict)
    system: str = ""
    """Debian's version, as /etc/os-release says: `12`."""


def bill(role: str, contents: Contents, about: Mapping[str, str], created: int) -> dict[str, Any]:
    """The document; `about` are the digests that the image is known by, by name.

    `created` is in seconds since 1970.
    """
    refs = {package: purl(package) for package in contents.packages}
    root = f"govctl:image/{role}"
    package_set = set_digest(contents.packages)
    serial = uuid5(NAMESPACE_URL, json.dumps([root, package_set, sorted(about.items())]))
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {
                "components": [
                    {"type": "application", "name": "govctl", "version": version("govctl")}
                ]
            },
            "component": {
                "type": "container",
                "bom-ref": root,
                "name": role,
                "version": package_set,
                "properties": _properties(about),
            },
        },
        "components": [
            _system(contents.system),
            *(_component(package, contents, refs[package]) for package in contents.packages),
        ],
        "dependencies": _dependencies(root, contents.packages, refs),
    }


def as_text(document: Mapping[str, Any]) -> str:
    """The document as it is written: the same content gives the same bytes."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def purl(package: Package) -> str:
    """`pkg:deb/debian/adduser@3.134?arch=all&distro=bookworm` (package-url, type deb)."""
    name, number = quote(package.name, safe=""), quote(package.version, safe=":")
    return f"pkg:deb/debian/{name}@{number}?arch={package.architecture}&distro={SUITE}"


def _system(number: str) -> dict[str, Any]:
    return {
        "type": "operating-system",
        "bom-ref": "govctl:operating-system",
        "name": "debian",
        **({"version": number} if number else {}),
    }


def _component(package: Package, contents: Contents, ref: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": ref,
        "name": package.name,
        "version": package.version,
        "purl": ref,
    }
    if supplier := _supplier(package.maintainer):
        component["supplier"] = supplier
    if package in contents.hashes:
        component["hashes"] = [{"alg": "SHA-256", "content": contents.hashes[package]}]
    if names := contents.licences.get(package):
        component["licenses"] = [{"license": _licence(name)} for name in names]
    source, _at, number = package.source.partition("@")
    about = {"govctl:source": source, "govctl:source-version": number}
    component["properties"] = _properties({name: value for name, value in about.items() if value})
    return component


def _licence(name: str) -> dict[str, str]:
    return {"id" if name in _IDS else "name": name, "acknowledgement": "declared"}


def _supplier(maintainer: str) -> dict[str, Any]:
    name, _bracket, address = maintainer.partition("<")
    if not name.strip():
        return {}
    contact = {"contact": [{"email": address.rstrip(">").strip()}]} if address else {}
    return {"name": name.strip(), **contact}


def _properties(about: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(about.items())]


def _dependencies(
    root: str, packages: Sequence[Package], refs: Mapping[Package, str]
) -> list[dict[str, Any]]:
    """Who depends on whom: of alternatives all that are installed."""
    by_name: dict[str, list[Package]] = {}
    for package in packages:
        for name in {package.name, *package.provides}:
            by_name.setdefault(name, []).append(package)

    def needed(package: Package) -> Iterable[str]:
        names = {name for clause in package.needs for name in clause}
        found = {one for name in names for one in by_name.get(name, ())}
        return sorted(refs[one] for one in found - {package})

    rows = [{"ref": refs[one], "dependsOn": list(needed(one))} for one in packages]
    return [{"ref": root, "dependsOn": sorted(refs.values())}, *rows]
