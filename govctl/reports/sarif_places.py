"""Where a SARIF result is: a host is a logical location, a file of a tree a physical one.

A machine of an estate has the description it comes from beside it: a viewer that knows nothing but
files (GitHub refuses a result without one) leads there.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.entries import Entry
from govctl.reports.visible import visible
from govctl.texts import msg

_ESTATE = "ESTATE"
_DESCRIPTION = "estate.yaml"


class Places:
    """The locations of one run."""

    def __init__(self, run: Run, context: Context) -> None:
        self._context = context
        self._targets = sorted({*run.targets, *(finding.target for finding in run.findings),
                                *(probe.target for probe in run.probes)})  # fmt: skip
        estate = context.estate
        self._names = {
            machine.id: "/".join((estate.id, machine.unit, machine.system or "network", machine.id))
            for machine in (estate.machines if estate else ())
            if estate
        }
        self._numbers = {target: number for number, target in enumerate(self._targets)}

    def bases(self) -> dict[str, Any]:
        """`originalUriBaseIds`: what relative addresses are relative to."""
        if self._context.estate:
            text = msg("the folder of the estate").render(self._context.language)
            return {_ESTATE: {"description": {"text": text}}}
        if not self._context.trees:
            return {}
        return {
            self._base(target): {"uri": f"file://{quote(target.rstrip('/'), errors='replace')}/"}
            for target in self._targets
            if target.startswith("/")
        }

    def logical(self) -> list[dict[str, Any]]:
        """`logicalLocations`, one a host; none for trees."""
        if self._context.trees:
            return []
        return [
            {
                "name": visible(target),
                "fullyQualifiedName": visible(self._qualified(target)),
                "kind": "host",
            }
            for target in self._targets
        ]

    def of(self, entry: Entry) -> list[dict[str, Any]]:
        """The one location of a result."""
        if self._context.trees:
            return [{"physicalLocation": {"artifactLocation": self._file(entry)}}]
        number = self._numbers[entry.target]
        location: dict[str, Any] = {
            "logicalLocations": [
                {"index": number, "fullyQualifiedName": visible(self._qualified(entry.target))}
            ]
        }
        if self._context.estate:
            described = {"uri": _DESCRIPTION, "uriBaseId": _ESTATE}
            location["physicalLocation"] = {"artifactLocation": described}
        return [location]

    def _qualified(self, target: str) -> str:
        """`phu-tho/25/portal/portal-web-1`: where the estate has it."""
        return self._names.get(target, target)

    def _file(self, entry: Entry) -> dict[str, str]:
        """The file that a check is about, or the tree itself."""
        check = self._context.checks.get(entry.rule)
        paths = self._context.files(check) if check else ()
        inside = quote(paths[0].lstrip("/"), errors="replace") if paths else "."
        if entry.target.startswith("/"):
            return {"uri": inside, "uriBaseId": self._base(entry.target)}
        tree = quote(str(PurePosixPath(entry.target)), errors="replace")
        return {"uri": tree if inside == "." else f"{tree}/{inside}"}

    def _base(self, target: str) -> str:
        return f"TREE-{self._numbers[target]}"
