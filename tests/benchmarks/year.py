"""Weekly runs of one estate as they would come in: what each host gave, and what was found."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from govctl.estate.model import Estate
from govctl.evidence.model import Run
from policies.catalogue import checks
from policies.model import Finding, Status
from tests.benchmarks.spending import GOVCTL, spend
from tests.reports import examples

ROWS = 700
STATUSES: tuple[Status, ...] = ("pass",) * 12 + ("fail", "fail", "not-evaluated", "not-applicable")
_MOVED = 3
"""Verdicts of a host that are others once in ten weeks."""
_SLOT = re.compile(r'"@(\w+)@"')
_OF_INTERFACE = re.compile(rb"net\.ipv[46]\.(?:conf|neigh)\.(?!all\.|default\.|lo\.)")


@dataclass(frozen=True)
class Week:
    """One run, and what each of its hosts gave, before it is packed."""

    run: Run
    facts: Iterator[tuple[str, bytes]]
    """Made while they are asked for: a week of 300 hosts is large."""


class Year:
    """The weeks of an estate, each host a variation of the one that was really collected."""

    def __init__(self, estate: Estate, facts: bytes, hosts: int) -> None:
        self.estate = estate
        self.targets = [machine.id for machine in estate.machines][:hosts]
        self._pieces = _SLOT.split(_with_slots(facts).decode("ascii"))
        rows = list(checks())[:ROWS]
        self._findings = []
        for number, target in enumerate(self.targets):
            stable = random.Random(number)
            self._findings.append(
                [examples.finding(target, row, stable.choice(STATUSES)) for row in rows]
            )

    def week(self, week: int) -> Week:
        """A run of this week, without an id of its own yet."""
        started = examples.STARTED + timedelta(days=7 * week)
        found = [one for number in range(len(self.targets)) for one in self._judged(number, week)]
        run = replace(
            examples.run(self.estate, {}),
            started=started,
            finished=started,
            targets=tuple(self.targets),
            findings=tuple(found),
        )
        return Week(run, self._facts(week))

    def _judged(self, number: int, week: int) -> Iterator[Finding]:
        moved = random.Random(f"{number} {_edition(number, week)}")
        found = self._findings[number]
        changed = {moved.randrange(len(found)) for _ in range(_MOVED)}
        for position, one in enumerate(found):
            if position in changed:
                yield replace(one, status="fail" if one.status == "pass" else "pass")
            else:
                yield one

    def _facts(self, week: int) -> Iterator[tuple[str, bytes]]:
        dice = random.Random(week)
        for number, target in enumerate(self.targets):
            values = {
                "target": json.dumps(target),
                "taken": f'"2026-11-22T00:00:{week % 60:02}Z"',
                "size": str(1000 * number + _edition(number, week)),
                "packages": str(week // 4),
            }
            # A text and a slot by turns, as `re.split` gives them.
            yield (
                target,
                "".join(
                    piece if not place % 2 else values.get(piece) or f"{dice.random():.3f}"
                    for place, piece in enumerate(self._pieces)
                ).encode("ascii"),
            )


def collected(folder: Path) -> bytes:
    """What this machine gives, as JSON, without the settings of its own bridges and containers:
    a server has an interface or two, and a machine that builds networks has hundreds."""
    file = folder / "host.facts"
    spend([*GOVCTL, "collect", "localhost", "--output", file])
    document = json.loads(gzip.decompress(file.read_bytes()))
    return json.dumps(document | {"outputs": dict(_plain(document["outputs"]))}).encode("ascii")


def _plain(outputs: dict[str, Any]) -> Iterator[tuple[str, Any]]:

    for name, output in outputs.items():
        if name == "sysctl":
            lines = base64.b64decode(output["stdout"]).splitlines(keepends=True)
            kept = b"".join(line for line in lines if not _OF_INTERFACE.match(line))
            yield name, output | {"stdout": base64.b64encode(kept).decode()}
        else:
            yield name, output


def _with_slots(facts: bytes) -> bytes:
    """The facts with a mark wherever a host or a week differs."""
    document = json.loads(facts)
    document["target"], document["taken_at"] = "@target@", "@taken@"
    for output in document["outputs"].values():
        output["seconds"] = "@seconds@"
    files = {one["path"]: one for one in document["files"]}
    (files.get("/etc/hosts") or document["files"][0])["size"] = "@size@"
    packages = document["outputs"].get("dpkg") or next(iter(document["outputs"].values()))
    packages["status"] = "@packages@"
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _edition(number: int, week: int) -> int:
    """The week in which this host last changed: one of ten does so each week; 0 before it did."""
    return max(0, week - (week - number) % 10)
