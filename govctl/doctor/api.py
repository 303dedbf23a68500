"""The few calls that doctor makes to the container daemon."""

from __future__ import annotations

from typing import Any

import httpx

from govctl.doctor.flavour import Flavour
from govctl.errors import MissingPrerequisite
from govctl.texts import _


def call(flavour: Flavour, method: str, path: str, body: object = None) -> Any:
    """One call of the daemon's API over its unix socket; waits for an operation to end.

    Returns the `metadata` of the answer. Raises `MissingPrerequisite` with the daemon's own words.
    """
    transport = httpx.HTTPTransport(uds=str(flavour.home / "unix.socket"))
    try:
        with httpx.Client(transport=transport, base_url="http://daemon", timeout=300) as client:
            answer = client.request(method, path, json=body).json()
            if answer["type"] == "async":
                answer = client.get(f"{answer['operation']}/wait").json()
    except (httpx.HTTPError, ValueError) as error:
        raise MissingPrerequisite(
            _("the container daemon does not answer: {why}", why=error)
        ) from error
    metadata = answer.get("metadata")
    failure = answer.get("error") or (metadata.get("err") if isinstance(metadata, dict) else None)
    if failure:
        raise MissingPrerequisite(_("the container daemon refused: {why}", why=failure))
    return metadata
