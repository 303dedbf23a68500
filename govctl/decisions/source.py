"""What a person writes in `waivers.yaml` and `attestations.yaml`, as strict models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from govctl.estate.moments import End, Start
from govctl.estate.piece import Source
from govctl.estate.values import Label, PersonName, Sentences, wrong
from govctl.texts import _

WHOLE = "estate"
KEYS = ("tier", "unit", "site", "zone", "role", "system", "machine")


class PersonSource(Source):
    """A person, and the unit that they act for."""

    name: PersonName
    unit: str
    """The unit, by its id or code."""


class NodeSource(Source):
    """A place in the estate; of several keys each must hold."""

    tier: str | None = None
    unit: str | None = None
    """This unit and those below it."""
    site: str | None = None
    zone: str | None = None
    """A kind of zone, or one zone: `<site>/<kind>`; a machine stands in that of its first leg."""
    role: str | None = None
    system: str | None = None
    machine: str | None = None

    def given(self) -> dict[str, str]:
        """The keys that are set; none for the whole estate."""
        return {key: value for key in KEYS if (value := getattr(self, key)) is not None}


def _node(value: Any) -> Any:
    if value == WHOLE:
        return NodeSource.model_construct()
    if isinstance(value, str) or not value:
        expected = _("estate, or keys such as {example}", example='{unit: "07894"}')
        raise wrong(_('"{value}" is no place in the estate', value=str(value)[:60]), expected)
    return value


Node = Annotated[NodeSource, BeforeValidator(_node, json_schema_input_type=str | NodeSource)]


class WaiverSource(Source):
    """An accepted risk: failures stay failures, and a person answers for them until a moment."""

    id: Label
    checks: tuple[str, ...] = ()
    """Checks, by id or glob; a glob accepts checks that a later version adds, too."""
    requirements: tuple[str, ...] = ()
    """Requirements: `tcvn14423-2026:5.6.2.3`, `tcvn14423-2026:acc.inactive`, or the key alone.
    A failure is accepted only if every requirement that it answers is named."""
    at: Node
    """`estate`, or keys of a place: tier, unit, site, zone, role, system, machine."""
    owner: PersonSource
    """Who carries the risk."""
    approver: PersonSource
    """Who accepts it: somebody of a unit above, or one of the estate's `approvers`."""
    reason: Sentences
    measure: Sentences
    """What lessens the risk until it is closed."""
    from_: Start
    """When it begins, with a time zone."""
    until: End
    """The first moment at which it no longer holds, with a time zone."""

    @model_validator(mode="after")
    def _something(self) -> WaiverSource:
        if not self.checks and not self.requirements:
            message = _("a waiver says what it accepts")
            raise wrong(message, _("one of: {names}", names="checks, requirements"))
        return self


class DocumentSource(Source):
    """What proves an attestation."""

    title: Sentences | None = None
    path: str | None = Field(default=None, min_length=1, max_length=400)
    """From the estate's folder; the file's digest is compared whenever it is there."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _named(self) -> DocumentSource:
        if self.title is None and self.path is None:
            message = _("a document has a name")
            raise wrong(message, _("one of: {names}", names="title, path"))
        return self


class AttestationSource(Source):
    """What a person states of requirements that no machine can answer."""

    id: Label
    requirements: tuple[str, ...] = Field(min_length=1)
    """`tcvn14423-2026:5.6.2.3`, `tcvn14423-2026:acc.inactive`, or the key alone."""
    at: Node
    """`estate`, or keys of a place: tier, unit, site, zone, role, system, machine."""
    by: PersonSource
    """Who states it."""
    document: DocumentSource
    date: Start
    """When it was stated, with a time zone."""
    until: End
    """The first moment at which it no longer holds, with a time zone."""
    statement: Sentences


class WaiversSource(Source):
    """Accepted risks."""

    waivers: tuple[WaiverSource, ...]


class AttestationsSource(Source):
    """Attested requirements."""

    attestations: tuple[AttestationSource, ...]
