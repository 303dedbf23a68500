"""What the law's forms ask and no machine can tell: who answers for a unit, and a system's dossier.

All of it is optional; a form marks what is missing and says where to write it. `NĐ 331` is Nghị
định 331/2026/NĐ-CP. Papers change nothing that is made or judged, so the estate's digest is over
the rest. The same models are read from the file and kept in the estate.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from govctl.estate.piece import Source
from govctl.estate.values import wrong
from govctl.texts import _

SystemType = Literal[
    "internal", "public-service", "infrastructure", "industrial-control", "other"
]  # fmt: skip
Information = Literal["public", "private", "personal", "state-secret"]
Approval = Literal["draft", "submitted", "appraised", "approved"]
Deployment = Literal["not-started", "partly", "fully"]

_VIETNAMESE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63})+")


def _day(value: Any) -> Any:
    """A date from YAML's own dates, `2026-09-30`, or `30/9/2026` as Vietnamese papers write it."""
    expected = _('a day such as "{example}"', example="2026-09-30")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise wrong(_('"{value}" is not a day', value=str(value)[:40]), expected)
    match = _VIETNAMESE.fullmatch(value)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(value)
    except ValueError:
        raise wrong(_('"{value}" is not a day', value=value[:40]), expected) from None


def _mail(value: str) -> str:
    if not _MAIL.fullmatch(value):
        message = _('"{value}" is not an e-mail address', value=value[:60])
        raise wrong(message, "van-thu@phutho.gov.vn")
    return value


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        message = _('"{value}" is not an IP address', value=value[:60])
        raise wrong(message, "203.0.113.10, 2001:db8::10") from None


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-09-30"]}),
]
Line = Annotated[str, Field(min_length=1, max_length=300)]
"""A name, a title, a number."""
Prose = Annotated[str, Field(min_length=1, max_length=4000)]
"""A paragraph of the form, in the form's language."""
Mail = Annotated[str, AfterValidator(_mail)]
Address = Annotated[str, AfterValidator(_address)]


class Decision(Source):
    """A paper that was signed: a decision, a regulation, a design."""

    number: Line
    """Such as `123/QĐ-UBND`."""
    date: Day
    body: Line
    """Who signed it, such as `UBND tỉnh Phú Thọ`."""


class Contact(Source):
    """What forms say of a unit (NĐ 331, article 22, clause 3, points a and b; form 08, part 2).

    A unit of a group takes it in an entry of its own: `- commune: "07894"` with `contact:`.
    """

    name: Line | None = None
    """The body's own name, such as `Ủy ban nhân dân tỉnh Phú Thọ`; the unit's if left out."""
    mandate: Prose | None = None
    """The paper that says what the body is for, with number and date."""
    head: Line | None = None
    """Who leads and represents it."""
    title: Line | None = None
    """The leader's title."""
    address: Line | None = None
    phone: Line | None = None
    email: Mail | None = None
    security_unit: str | None = None
    """The unit that specialises in cyber security for this owner: a code or an id."""


class SecurityChecks(Source):
    """When security was checked last (form 08, column 12); leave out what was not done."""

    before_use: Day | None = None
    """Before the system went live, or on a big change."""
    periodic: Day | None = None
    """The last periodic one; it counts in the yearly report whose period it lies in."""


class Step(Source):
    """What will close a criterion that is not fully met, and by when."""

    by: Day
    what: Prose


class Roadmap(Source):
    """A step for each criterion that is not fully met (NĐ 331, article 36, clauses 9 and 10)."""

    policy: Step | None = None
    organisation: Step | None = None
    staff: Step | None = None
    design: Step | None = None
    operation: Step | None = None
    risk: Step | None = None
    end_of_life: Step | None = None
    network: Step | None = None
    servers: Step | None = None
    applications: Step | None = None
    data: Step | None = None


class Risk(Source):
    """A main risk and what it would do (NĐ 331, article 22, clause 4, point c)."""

    risk: Prose
    impact: Prose


class Dossier(Source):
    """A system's papers: what its level dossier and the yearly report say beside the machines."""

    type: SystemType | None = None
    """What kind of system it is (NĐ 331, article 9, clause 2)."""
    information: tuple[Information, ...] | None = Field(default=None, min_length=1)
    """Kinds of information that it processes."""
    grounds: Prose | None = None
    """Why it has this level: clause of articles 11 to 15, and the facts."""
    scope: Prose | None = None
    """What it is for and how far it reaches."""
    size: Prose | None = None
    users: Prose | None = None
    """Whom it serves, and how many."""
    data_location: Prose | None = None
    """Where its data lie: own rooms, a rented data centre, a cloud."""
    public_addresses: dict[str, tuple[Address, ...]] | None = None
    """Public IP addresses by kind of zone (`dmz: [203.0.113.10]`); `{}` says that it has none."""
    linked_systems: tuple[Line, ...] | None = None
    """Systems that it exchanges data with; `[]` says that there are none."""
    design: Decision | None = None
    """The approved design, or the preliminary one of a new system."""
    status: Approval | None = None
    """How far the proposed level has come."""
    level_decision: Decision | None = None
    """The decision that approved the level."""
    regulation: Decision | None = None
    """The decision that issued the security regulation (Quy chế)."""
    regulation_obeyed: bool | None = None
    """Whether the regulation is obeyed (article 36, clause 7)."""
    expected_approval: Day | None = None
    """When approval is expected, while it is not there."""
    plan: Deployment | None = None
    """How far the approved security plan is in place."""
    plan_expected: Day | None = None
    """When the plan will be in place in full."""
    security_checks: SecurityChecks | None = None
    """When security was checked; `{}` says that it never was."""
    appraiser: Line | None = None
    """Who appraises where the specialised unit also operates the system (article 18, clause 4)."""
    critical: bool | None = None
    """Whether it is proposed for the list of critical systems (article 36, clause 3)."""
    critical_grounds: Prose | None = None
    risks: tuple[Risk, ...] | None = None
    linked_risks: Prose | None = None
    """Levels 4 and 5: risks of attack over linked systems (article 22, clause 5)."""
    security_effect: Prose | None = None
    """Levels 4 and 5: what a breach would do to public or national security."""
    always_on: Prose | None = None
    """Levels 4 and 5: why it must run at all hours."""
    opinion: Decision | None = None
    """Levels 4 and 5: the specialised unit's opinion."""
    roadmap: Roadmap | None = None
