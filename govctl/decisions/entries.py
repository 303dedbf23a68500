"""The entries of a file of decisions, resolved against the estate; what is wrong is noted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from govctl.decisions.documents import compare, is_inside
from govctl.decisions.model import Attestation, Document, Person, Row, Scope, Waiver
from govctl.decisions.named import Named, Unknown
from govctl.decisions.scopes import may_approve, may_attest, same_name, scope_of, units_above
from govctl.decisions.source import (
    AttestationSource,
    AttestationsSource,
    NodeSource,
    PersonSource,
    WaiverSource,
    WaiversSource,
)
from govctl.decisions.terms import period_of, too_late
from govctl.errors import UsageError
from govctl.estate.places import Place, Problems
from govctl.estate.reading import Reading
from govctl.texts import _


@dataclass
class Reader:
    """Resolves the entries of one file."""

    reading: Reading[WaiversSource] | Reading[AttestationsSource]
    section: str
    named: Named
    now: datetime
    problems: Problems

    def waiver(self, index: int, source: WaiverSource) -> Waiver | None:
        """One waiver; None if something of it is wrong and was noted."""
        estate, before = self.named.estate, len(self.problems.found)
        is_past = source.until <= self.now
        owner = self.person(index, "owner", source.owner, is_past=is_past)
        approver = self.person(index, "approver", source.approver, is_past=is_past)
        if same_name(source.owner.name, source.approver.name):
            place = self.at(index, "approver", "name")
            self.problems.add(place, _("whoever carries a risk does not approve it"),
                              expected=_("another person than the owner"))  # fmt: skip
        self.term(index, source.from_, source.until)
        if is_past:
            return self._past_waiver(source, owner, approver, before)
        limit = too_late(source.from_, source.until, estate.longest_waiver)
        if limit:
            hint = _('"longest waiver" in estate.yaml says how long')
            message = _("a waiver does not last so long")
            self.problems.add(self.at(index, "until"), message, expected=limit, hint=hint)
        ids = self.checks(index, source.checks)
        rows = self.rows(index, source.requirements)
        scope = self.scope(index, source.at)
        if scope and approver:
            self._approved(index, approver, scope)
        if scope and len(self.problems.found) == before:
            self._accepts(index, source, scope, ids, rows)
        if scope is None or owner is None or approver is None or self._grew(before):
            return None
        return _waiver(source, owner, approver, scope, ids, rows)

    def attestation(self, index: int, source: AttestationSource) -> Attestation | None:
        """One attestation; None if something of it is wrong and was noted."""
        before = len(self.problems.found)
        is_past = source.until <= self.now
        by = self.person(index, "by", source.by, is_past=is_past)
        self.term(index, source.date, source.until)
        document = self.document(index, source)
        rows = frozenset[Row]() if is_past else self.rows(index, source.requirements)
        scope = _nowhere(source.at) if is_past else self.scope(index, source.at)
        if scope and not is_past and not self._grew(before):
            rows = self._due(index, source, scope, rows)
            if by and not may_attest(self.named.estate, by.unit, scope.machines):
                message = _("{name} cannot speak for {scope}", name=by.name, scope=scope.text)
                expected = _("a person of its unit, of one above, or of its system's owner")
                self.problems.add(self.at(index, "by", "unit"), message, expected=expected)
        if by is None or scope is None or document is None or self._grew(before):
            return None
        return Attestation(
            id=source.id, what=source.requirements, rows=rows, at=scope, by=by, document=document,
            start=source.date, end=source.until, statement=source.statement,
        )  # fmt: skip

    def unique(self, ids: Sequence[str]) -> None:
        """Note ids that stand twice."""
        seen: dict[str, int] = {}
        for index, name in enumerate(ids):
            if name in seen:
                line = self.at(seen[name], "id").line
                message = _('the id "{id}" stands twice', id=name)
                hint = _("the first one is in line {line}", line=line)
                self.problems.add(self.at(index, "id"), message, hint=hint)
            seen.setdefault(name, index)

    def person(
        self, index: int, role: str, source: PersonSource, *, is_past: bool
    ) -> Person | None:
        """A person of a unit that the estate has, or had."""
        units = {unit.id: unit for unit in self.named.estate.units}
        if source.unit not in units:
            if is_past:
                return Person(source.name, source.unit, {"vi": source.unit, "en": source.unit})
            message = _('unknown unit "{id}"', id=source.unit)
            self.problems.unknown(self.at(index, role, "unit"), message, source.unit, units)
            return None
        name = units[source.unit].name
        return Person(source.name, source.unit, {"vi": name.vi, "en": name.en})

    def term(self, index: int, start: datetime, end: datetime) -> None:
        """Note an end that does not follow its start."""
        if end <= start:
            expected = _("a moment after {moment}", moment=start.isoformat())
            self.problems.add(self.at(index, "until"), _("it ends before it begins"),
                              expected=expected)  # fmt: skip

    def scope(self, index: int, node: NodeSource) -> Scope | None:
        """The place that is meant; one without any machine changes nothing, and is noted."""

        def wrong(key: str, value: str, known: Collection[str]) -> None:
            message = _("no machine has {key}={value}", key=key, value=value)
            self.problems.unknown(self.at(index, "at", key), message, value, known)

        found = scope_of(self.named.estate, node, wrong)
        if found is None:
            return None
        if not found.machines:
            message = _("no machine of the estate stands at {scope}", scope=found.text)
            self.problems.add(self.at(index, "at"), message)
            return None
        return found

    def checks(self, index: int, words: Sequence[str]) -> frozenset[str]:
        """Ids of the checks that are named."""
        ids: set[str] = set()
        for number, word in enumerate(words):
            found = self.named.check_ids(word)
            if isinstance(found, Unknown):
                self._unknown(self.at(index, "checks", number), found)
            else:
                ids |= found
        return frozenset(ids)

    def rows(self, index: int, words: Sequence[str]) -> frozenset[Row]:
        """The requirements that are named."""
        rows: set[Row] = set()
        for number, word in enumerate(words):
            found = self.named.rows(word)
            if isinstance(found, Unknown):
                self._unknown(self.at(index, "requirements", number), found)
            else:
                rows |= found
        return frozenset(rows)

    def document(self, index: int, source: AttestationSource) -> Document | None:
        """The document, compared with its file if that is at hand."""
        given, folder = source.document, self.reading.document.file.parent
        place = self.at(index, "document", "path")
        if given.path is not None and not is_inside(given.path):
            expected = _("a path inside the estate's folder")
            message = _('"{value}" leads out of the estate', value=given.path[:60])
            self.problems.add(place, message, expected=expected)
            return None
        try:
            compared = compare(folder, given.path, given.sha256)
        except UsageError as error:
            self.problems.add(place, error.message)
            return None
        return Document(given.title, given.path, given.sha256, compared)

    def at(self, index: int, *rest: str | int) -> Place:
        """The position of an entry's value."""
        words = tuple("from" if one == "from_" else one for one in rest)
        return self.reading.document.at(self.reading.way(self.section, index, *words))

    def _past_waiver(
        self, source: WaiverSource, owner: Person | None, approver: Person | None, before: int
    ) -> Waiver | None:
        if owner is None or approver is None or self._grew(before):
            return None
        return _waiver(source, owner, approver, _nowhere(source.at), frozenset(), frozenset())

    def _approved(self, index: int, approver: Person, scope: Scope) -> None:
        if not may_approve(self.named.estate, approver.name, approver.unit, scope.units):
            message = _(
                "{name} ({unit}) may not accept a risk at {scope}",
                name=approver.name, unit=approver.unit, scope=scope.text,
            )  # fmt: skip
            above = units_above(self.named.estate, scope.units)
            expected = _("a person whom the estate names: no unit is above")
            if above:
                expected = _("a person of a unit above ({units}), or whom the estate names",
                             units=", ".join(above))  # fmt: skip
            hint = _('estate.yaml names persons in "approvers", each with name and unit')
            place = self.at(index, "approver")
            self.problems.add(place, message, expected=expected, hint=hint)

    def _accepts(
        self, index: int, source: WaiverSource, scope: Scope, ids: frozenset[str],
        rows: frozenset[Row],
    ) -> None:  # fmt: skip
        """Note requirements that no check there answers wholly: the waiver would accept nothing."""
        for number, word in enumerate(source.requirements):
            found = self.named.rows(word)
            place = self.at(index, "requirements", number)
            if isinstance(found, Unknown):
                continue
            if not self.named.due(scope.machines, found):
                self.problems.add(place, _("{name} is asked of no machine at {scope}", name=word,
                                           scope=scope.text))  # fmt: skip
        if rows and not self.named.accepted(scope.machines, frozenset(), rows):
            message = _("no failure would be accepted: each check also answers other requirements")
            hint = _("name those too, or name the check")
            self.problems.add(self.at(index, "requirements"), message, hint=hint)

    def _due(
        self, index: int, source: AttestationSource, scope: Scope, rows: frozenset[Row]
    ) -> frozenset[Row]:
        """The rows that are due there; one that is not, or a term beyond the review, is noted."""
        for number, word in enumerate(source.requirements):
            found = self.named.rows(word)
            due = frozenset() if isinstance(found, Unknown) else self.named.due(
                scope.machines, found)  # fmt: skip
            if not due:
                message = _("{name} is asked of no machine at {scope}", name=word, scope=scope.text)
                self.problems.add(self.at(index, "requirements", number), message)
        due = self.named.due(scope.machines, rows)
        for row in sorted(due):
            requirement = self.named.requirement(row)
            period = period_of(requirement) if requirement else None
            limit = too_late(source.date, source.until, period) if period else None
            if requirement and limit:
                message = _("{name} is reviewed more often", name=requirement.id)
                self.problems.add(self.at(index, "until"), message, expected=limit)
                break
        return due

    def _unknown(self, place: Place, unknown: Unknown) -> None:
        self.problems.add(place, unknown.message, hint=unknown.hint)

    def _grew(self, before: int) -> bool:
        return len(self.problems.found) > before


def _waiver(
    source: WaiverSource, owner: Person, approver: Person, scope: Scope, ids: frozenset[str],
    rows: frozenset[Row],
) -> Waiver:  # fmt: skip
    return Waiver(
        id=source.id,
        what=(*source.checks, *source.requirements),
        checks=ids,
        rows=rows,
        at=scope,
        owner=owner,
        approver=approver,
        reason=source.reason,
        measure=source.measure,
        start=source.from_,
        end=source.until,
    )


def _nowhere(node: NodeSource) -> Scope:
    """Where a decision stood that has ended: it touches nothing any more."""
    text = " ".join(f"{key}={value}" for key, value in node.given().items()) or "estate"
    return Scope(text, frozenset(), frozenset())
