"""Which bridge points are registered with the conference server, from its own probe's answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from govctl.texts import msg
from scanners.host.model import Missing
from scanners.service import Attempt


@dataclass(frozen=True)
class Registration:
    """A bridge point's SIP user, and how it can be called now."""

    user: str
    source: str
    """The SIP URI it registered from."""
    tls: bool


@dataclass(frozen=True)
class Registrations:
    """The conference server's table against the bridge points it knows."""

    registered: tuple[Registration, ...]
    missing: tuple[str, ...]
    """Users of bridge points that are not registered."""


def registrations(attempt: Attempt) -> Registrations | Missing:
    """Read the probe `registered`: `{"contacts": {user: {"source", "tls"} | null}, …}`.

    The probe fails while somebody is missing, and its answer counts then too.
    """
    if attempt.status not in {"ok", "failed"}:
        return Missing(attempt.reason)
    contacts = _contacts(attempt.output)
    if contacts is None:
        failed = attempt.status == "failed"
        unread = msg("{command} says nothing that can be read", command=attempt.probe)
        return Missing(attempt.reason if failed else unread)
    registered = tuple(
        Registration(user, str(contact.get("source", "")), contact.get("tls") is True)
        for user, contact in sorted(contacts.items())
        if isinstance(contact, dict)
    )
    there = {one.user for one in registered}
    return Registrations(registered, tuple(sorted(contacts.keys() - there)))


def _contacts(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    contacts = answer.get("contacts") if isinstance(answer, dict) else None
    return contacts if isinstance(contacts, dict) else None
