"""A store or an exported file, verified as a whole: every chain of it, and the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govctl.errors import UsageError
from govctl.evidence.archive import Archive
from govctl.evidence.chain import Head
from govctl.evidence.objects import Broken, Fetch, Objects
from govctl.evidence.store import Store
from govctl.evidence.transfer import chains, held, runs_of
from govctl.evidence.verify import Fault, Held, Verified, verify
from govctl.texts import Message, _, msg


@dataclass(frozen=True)
class Report:
    """What came out, chain by chain, the estate's own first."""

    place: Path
    chains: tuple[Verified, ...]
    faults: tuple[Fault, ...]
    """Of the file or of the store itself."""
    left_out: tuple[str, ...] = ()
    """Runs of an earlier version that could not be taken in when the chain began."""

    @property
    def intact(self) -> bool:
        """True if nothing is wrong."""
        return not self.faults and not any(one.faults for one in self.chains)

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "schema": 1,
            "place": str(self.place),
            "intact": self.intact,
            "faults": [_fault(one) for one in self.faults],
            "left_out": list(self.left_out),
            "chains": [
                {
                    "chain": one.chain,
                    "entries": len(one.entries),
                    "runs": [entry.run for entry in one.entries if entry.run],
                    "by_signature_alone": list(one.absent),
                    "objects": one.objects,
                    "keys": list(one.keys),
                    "trusted": one.trusted,
                    "head": f"{one.head.sequence}:{one.head.digest}" if one.head else None,
                    "faults": [_fault(fault) for fault in one.faults],
                }
                for one in self.chains
            ],
        }


def check_store(
    store: Store,
    run: str | None,
    *,
    trusted: Ed25519PublicKey | None = None,
    head: str | None = None,
    copy: Path | None = None,
) -> Report:
    """Verify a store: every chain, or the chain of one run and that run's objects.

    The estate's own key and the newest entry that it remembers are asked for too. UsageError if no
    run is kept, or not this one.
    """
    remembered = store.chain.head
    store.ids()  # takes runs of an earlier version in
    if not store.database.exists and remembered is None:
        raise UsageError(_("no run is kept yet"))
    results: list[Verified] = []
    faults: list[Fault] = []
    if remembered is not None and not store.database.exists:
        return Report(store.database.place, (), (_not_there(remembered),))
    with store.database.reading() as connection:
        own = store.chain.id(connection)
        every = chains(store, connection)
        if remembered is not None and remembered.chain not in every:
            faults.append(_not_there(remembered))
        found = [held(store, connection, chain) for chain in every]
        if run is not None:
            found = [one for one in found if run in runs_of(one)]
            if not found:
                raise UsageError(_("there is no run {run}", run=run))
        own_key = store.chain.ring.given() or store.chain.ring.own()
        for one in found:
            is_own = one.chain == own
            key = trusted or (own_key.public_key() if own_key and is_own else None)
            expected = _head(head, one.chain) or (store.chain.head if is_own else None)
            result = verify(one, trusted=key, head=expected, only=[run] if run else None)
            results.append(_with_copy(result, one.fetch, copy))
    return Report(store.database.place, tuple(results), tuple(faults), _left_out(results))


def check_file(
    path: Path,
    *,
    trusted: Ed25519PublicKey | None = None,
    head: str | None = None,
    copy: Path | None = None,
) -> Report:
    """Verify an exported file. InputError if it is none, or is cut."""
    file = Archive(path)
    results = []
    for chain in sorted(file.index.chains):
        one: Held = file.held(chain)
        result = verify(one, trusted=trusted, head=_head(head, chain))
        results.append(_with_copy(result, one.fetch, copy))
    faults = []
    if not file.sealed:
        text = msg("the file is not as it was written: a byte of it was changed")
        faults.append(Fault("file", text))
    return Report(path, tuple(results), tuple(faults), _left_out(results))


def _not_there(head: Head) -> Fault:
    text = msg("the chain {chain} that this estate has written is not there", chain=head.chain[:16])
    return Fault("truncated", text)


def _left_out(results: Sequence[Verified]) -> tuple[str, ...]:
    entries = [entry for one in results for entry in one.entries if entry.kind == "chain"]
    return tuple(str(old["why"]) for entry in entries for old in entry.about.get("leftOut", ()))


def _head(given: str | None, chain: str) -> Head | None:
    if given is None:
        return None
    number, _colon, digest = given.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise UsageError(
            _('{option} does not take "{given}"', option="--head", given=given),
            hint=_("the number and digest that verify has printed: 7:3f9a…"),
        )
    return Head(chain, int(number), digest)


def _with_copy(result: Verified, fetch: Fetch, copy: Path | None) -> Verified:
    """Where a copy has an object as it was kept, say exactly where the change begins."""
    if copy is None:
        return result
    good = Objects(Archive(copy).fetch)
    mine = Objects(fetch)
    entries = {entry.sequence: entry for entry in result.entries}
    faults = []
    for fault in result.faults:
        entry = entries.get(fault.sequence if fault.sequence is not None else -1)
        subject = entry.subject(fault.object) if entry and fault.object else None
        if subject is not None:
            text = _compared(fault, good.get(subject.digest), mine.get(subject.digest))
            faults.append(replace(fault, text=text))
        else:
            faults.append(fault)
    return replace(result, faults=tuple(faults))


def _compared(fault: Fault, good: bytes | Broken, mine: bytes | Broken) -> Message:
    if isinstance(good, Broken) or not isinstance(mine, Broken) or mine.found is None:
        return fault.text
    place = _first_difference(good[: len(mine.found)], mine.found)
    if place is None:
        return fault.text
    return msg("{name} is not what was kept: the first change is at byte {offset}, line {line}",
               name=fault.object or "", offset=place[0], line=place[1])  # fmt: skip


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "entry": fault.sequence,
        "run": fault.run,
        "object": fault.object,
        "text": fault.text.render(),
    }


def _first_difference(good: bytes, found: bytes) -> tuple[int, int] | None:
    """Offset (from 0) and line (from 1) of the first byte that differs; None if none does."""
    for offset, (one, other) in enumerate(zip(good, found, strict=False)):
        if one != other:
            return offset, good.count(b"\n", 0, offset) + 1
    if len(good) == len(found):
        return None
    offset = min(len(good), len(found))
    return offset, good.count(b"\n", 0, offset) + 1
