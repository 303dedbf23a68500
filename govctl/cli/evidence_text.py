"""Kept evidence as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from govctl.evidence.checking import Report
from govctl.evidence.statement import Entry
from govctl.evidence.store import Store
from govctl.evidence.transfer import Imported, chains, held, runs_of
from govctl.evidence.verify import Verified
from govctl.texts import _, counted, msg


@dataclass(frozen=True)
class _Chain:
    id: str
    own: bool
    runs: tuple[Entry, ...]
    here: frozenset[int]


@dataclass(frozen=True)
class Listing:
    """Chains with their runs, the estate's own first."""

    chains: tuple[_Chain, ...]

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "schema": 1,
            "chains": [
                {
                    "chain": one.id,
                    "own": one.own,
                    "runs": [
                        {
                            "id": entry.run,
                            "entry": entry.sequence,
                            "estate": entry.about.get("estate"),
                            "started": entry.about.get("started"),
                            "recorded": entry.recorded,
                            "who": entry.about.get("who"),
                            "command": entry.about.get("command"),
                            "has_objects": entry.sequence in one.here,
                        }
                        for entry in one.runs
                    ],
                }
                for one in self.chains
            ],
        }

    def text(self) -> str:
        """For people: a run a line."""
        if not any(one.runs for one in self.chains):
            return _("no run is kept yet")
        lines = []
        for one in self.chains:
            if not one.own:
                estate = next((str(e.about.get("estate")) for e in one.runs), "-")
                lines += ["", _("imported from {estate}, chain {chain}",
                                estate=estate, chain=one.id[:16])]  # fmt: skip
            for entry in one.runs:
                away = "" if entry.sequence in one.here else _(" (signature alone)")
                lines.append(f"{entry.sequence:>5}  {entry.run}  {entry.about.get('who')}{away}")
        return "\n".join(lines).lstrip("\n")


def listing(store: Store) -> Listing:
    """What a store holds; what cannot be read of it is left to verify."""
    store.ids()
    if not store.database.exists:
        return Listing(())
    with store.database.reading() as connection:
        own = store.chain.id(connection)
        found = [held(store, connection, chain) for chain in chains(store, connection)]
    return Listing(
        tuple(
            _Chain(
                one.chain,
                one.chain == own,
                tuple(runs_of(one).values()),
                frozenset(row.sequence for row in one.rows if row.sequence in one.with_objects),
            )
            for one in found
        )
    )


def entry_text(entry: Entry) -> str:
    """What is signed of a run."""
    about = entry.about
    baselines = [f"{name} {digest[:16]}" for name, digest in about.get("baselines", {}).items()]
    rows = [
        (_("run"), str(entry.run)),
        (_("entry"), f"{entry.sequence}, {_('chain')} {entry.chain[:16]}"),
        (_("estate"), f"{about.get('estate')} {str(about.get('estateDigest'))[:16]}"),
        (_("started"), str(about.get("started"))),
        (_("recorded"), entry.recorded),
        (_("who"), str(about.get("who"))),
        (_("command"), " ".join(map(str, about.get("command", ())))),
        ("govctl", str(about.get("govctl"))),
        (_("checks"), str(about.get("checks"))[:16]),
        (_("baselines"), ", ".join(baselines) or "-"),
    ]
    width = max(len(name) for name, _value in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    objects = [f"  {one.digest[:16]}  {one.name}" for one in entry.subjects]
    return "\n".join([*lines, "", _("objects, by SHA-256:"), *objects])


def verification(report: Report) -> str:
    """What verify found: what is wrong first, then what was looked at."""
    lines = [
        _("✗ {place}: {what}", place=report.place, what=fault.text.render())
        for fault in report.faults
    ]
    for one in report.chains:
        lines += _of_chain(one)
    lines += [_("not taken in from an earlier version: {why}", why=why) for why in report.left_out]
    return "\n".join(lines)


def _of_chain(one: Verified) -> list[str]:
    lines = []
    for fault in one.faults:
        place = fault.run or one.chain[:16]
        number = "" if fault.sequence is None else _(" (entry {number})", number=fault.sequence)
        lines.append(
            _("✗ {place}{number}: {what}", place=place, number=number, what=fault.text.render())
        )
    runs = sum(entry.run is not None for entry in one.entries)
    word = _("intact") if not one.faults else _("NOT intact")
    lines.append(
        _(
            "chain {chain}: {word}; {entries} entries, {runs} runs, {objects} objects read",
            chain=one.chain[:16],
            word=word,
            entries=len(one.entries),
            runs=runs,
            objects=one.objects,
        )
    )
    if one.absent:
        lines.append(
            counted(len(one.absent), msg("  1 run is here by its signature alone"),
                    msg("  {count} runs are here by their signature alone"))
        )  # fmt: skip
    lines += [_("  signed with {key}", key=key) for key in one.keys]
    if not one.trusted:
        lines.append(_("  that key was compared with none that you know: give --key FILE"))
    if one.head is not None:
        lines.append(_("  newest entry {head}", head=f"{one.head.sequence}:{one.head.digest}"))
    return lines


def imported(done: Sequence[Imported], *, is_trusted: bool) -> str:
    """What a file brought."""
    lines = []
    for one in done:
        head = _(
            "{estate}, chain {chain}: {new} new runs, {known} known",
            estate=one.estate or "-",
            chain=one.chain[:16],
            new=len(one.runs),
            known=one.known,
        )
        lines += [head, *(f"  {run}" for run in one.runs)]
        if one.is_new and not is_trusted:
            lines += [_("  a chain that was not here before, signed with {key}", key=key)
                      for key in one.keys]  # fmt: skip
            lines.append(_("  compare that fingerprint with its owner, or give --key FILE"))
    return "\n".join(lines)


def imported_document(done: Sequence[Imported]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema": 1,
        "imported": [
            {
                "chain": one.chain,
                "estate": one.estate,
                "keys": list(one.keys),
                "runs": list(one.runs),
                "known": one.known,
                "new_chain": one.is_new,
            }
            for one in done
        ],
    }
