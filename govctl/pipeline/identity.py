"""What a run keeps beside its facts: which machines they are of, and which rows judged them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from policies.model import Check
from scanners.host.facts.system import System
from scanners.host.model import HostFacts


def identities(facts: Mapping[str, HostFacts]) -> dict[str, Any]:
    """By machine: the SHA-256 of its machine-id, and fingerprints of its SSH host keys.

    The id itself stays on the machine: machine-id(5) asks not to show it.
    """
    found = {name: one.get(System) for name, one in facts.items()}
    return {
        name: {
            "machine_id": _hashed(system.machine_id) if system.machine_id else None,
            "host_keys": sorted(filter(None, map(_fingerprint, system.host_keys))),
        }
        for name, system in found.items()
        if isinstance(system, System)
    }


def another_machine(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What says that these are two machines, in a word; empty if nothing does."""
    if not before or not after:
        return ""
    if before["machine_id"] and after["machine_id"] and before["machine_id"] != after["machine_id"]:
        return "machine-id"
    keys = set(before["host_keys"]), set(after["host_keys"])
    if all(keys) and keys[0].isdisjoint(keys[1]):
        return "SSH host keys"
    return ""


def digests_of(checks: Iterable[Check]) -> dict[str, str]:
    """By check: the SHA-256 of its row."""
    return {check.id: _hashed(json.dumps(asdict(check), sort_keys=True, default=str))
            for check in checks}  # fmt: skip


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint(key: str) -> str | None:
    """`SHA256:…`, as ssh-keygen -l prints it."""
    try:
        blob = base64.b64decode(key.split()[1], validate=True)
    except (ValueError, IndexError):
        return None
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
