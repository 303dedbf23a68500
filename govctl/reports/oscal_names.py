"""Identifiers, tokens and properties of an OSCAL document."""

from __future__ import annotations

import json
import re
from uuid import UUID, uuid5

from govctl.evidence.model import Run
from govctl.reports.entries import Entry
from govctl.reports.visible import one_line

NAMESPACE = "urn:govctl:oscal"
"""Of properties that OSCAL does not define."""
_UUIDS = UUID("6f0d4c1e-0a54-5d0b-9a53-51b0a6f3c6d2")
_NO_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


class Names:
    """The identifiers of one run's document."""

    def __init__(self, run: Run) -> None:
        self._run = run.id
        self._made: dict[tuple[str, ...], str] = {}

    def uuid(self, *parts: str) -> str:
        """A version 5 UUID of the run and these parts."""
        if parts not in self._made:
            self._made[parts] = str(uuid5(_UUIDS, json.dumps((self._run, *parts))))
        return self._made[parts]

    def of(self, kind: str, entry: Entry) -> str:
        """That of an entry's observation or risk."""
        return self.uuid(kind, entry.target, entry.rule, entry.title.render("en"))


def token(name: str) -> str:
    """A name as an OSCAL token: `tcvn14423-2026_5.6.2.3_a`."""
    text = _NO_TOKEN.sub("_", name)
    return text if text[:1].isalpha() else f"_{text}"


def prop(name: str, value: str) -> list[dict[str, str]]:
    """A property of ours, in a list; an empty one where there is nothing to say."""
    shown = one_line(value).strip()
    return [{"name": name, "ns": NAMESPACE, "value": shown}] if shown else []
