"""Undo a hardening: each host puts back what it kept, and says what others changed since.

What a host keeps, and the program that puts it back, is `playbooks/undo`.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from govctl.errors import UsageError
from govctl.evidence.hardening import NAME as HARDENING
from govctl.evidence.hardening import Change
from govctl.evidence.store import Store
from govctl.pipeline.events import Stage, Step, Watcher, unwatched
from govctl.texts import Message, _, msg
from scanners.host.reach.address import Place
from scanners.service import Attempt, Probe, probe_machines

BASE = "/var/lib/govctl/hardening"
LAST = "last"
DOCUMENT = "rollback"
"""The document of the run that saw what came of a rollback."""
SECONDS = 1800
"""For one host: packages may have to come back."""
_LIST_SECONDS = 60
_GRACE = 30
_PAUSE = 3
_LINGERS = 75
"""Seconds. The connection of a killed controller lives on for a minute (ControlPersist)."""
_RESTARTS = 20
"""Seconds. What was broken off may be making sshd read its settings, and then nobody comes in."""
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")
_NOTED = msg("What the machine itself noted of a hardening that was broken off")
State = Literal["restored", "already", "would", "refused", "partly", "nothing", "unreachable"]


@dataclass(frozen=True)
class RolledBack:
    """What came of the rollback of one host."""

    target: str
    state: State
    """`already`: it was restored before; `would`: only planned; `nothing`: it kept nothing of this
    run; `refused`: others changed the same since, and nothing was done."""
    run: str = ""
    done: tuple[str, ...] = ()
    """Paths that were put back, and lines such as `start rsyslog.service`."""
    conflicts: tuple[str, ...] = ()
    """What others changed since; a later hardening is named."""
    problems: tuple[str, ...] = ()
    """What could not be put back, and why."""

    @property
    def ok(self) -> bool:
        """True if the host is as it was before that run, as far as that run changed it."""
        return self.state in ("restored", "already", "would", "nothing")


def kept_name(store: Store, run: str) -> str:
    """By which name hosts keep what a run changed: that of the scan before it.

    A person may give either scan of a hardening, or `last`. Raises UsageError for an unknown run.
    """
    if run == LAST:
        return run
    document = store.document(run, HARDENING)
    return str(document["before"]) if document and document.get("before") else run


def roll_back(
    places: Mapping[str, Place],
    run: str,
    watcher: Watcher,
    *,
    force: bool = False,
    check: bool = False,
) -> dict[str, RolledBack]:
    """Undo `run` on each host; `last` is the newest run that any of them keeps.

    `force`: also what others changed since; `check`: only say what. Raises UsageError if no host
    keeps anything of that run.
    """
    if not _NAME.fullmatch(run):
        raise UsageError(_("{run} is no name of a run", run=run))
    watcher(Stage(msg("Asking what was kept"), len(places)))
    asked = _ask(places, "list", watcher)
    known = {name: _listed(attempt) for name, attempt in asked.items()}
    newest = max((name for names in known.values() for name in names), default=None)
    wanted = newest if run == LAST else run
    having = {name: places[name] for name, names in known.items() if wanted in names}
    results = {name: _absent(attempt) for name, attempt in asked.items() if name not in having}
    if wanted is None or not having:
        if any(one.state == "unreachable" for one in results.values()):
            return results
        nothing = _("no machine keeps a hardening that can be undone")
        raise UsageError(
            nothing if run == LAST else _("no machine keeps anything of {run}", run=run),
            hint=_("a machine keeps its ten newest hardenings"),
        )
    watcher(Stage(msg("Comparing") if check else msg("Restoring"), len(having)))
    options = [word for word, given in (("--force", force), ("--check", check)) if given]
    attempts = _ask(having, shlex.join(["restore", wanted, *options]), watcher, wanted)
    results |= {name: _result(wanted, attempt) for name, attempt in attempts.items()}
    return {name: results[name] for name in places}


def document_of(results: Mapping[str, RolledBack], *, force: bool) -> dict[str, Any]:
    """What evidence keeps of it: which run, and what each host put back."""
    runs = sorted({one.run for one in results.values() if one.run})
    hosts = [asdict(one) for one in results.values()]
    return {"schema": 1, "runs": runs, "force": force, "hosts": hosts}


@dataclass(frozen=True)
class Settled:
    """What became of a host where a hardening broke off."""

    said: str = ""
    """For people; empty if nothing is to be said."""
    stays: bool = True
    """False if it was undone, or if nobody knows what will become of it: `said` has the reason."""
    changes: tuple[Change, ...] = ()
    """What the host noted that was changed."""


def settle(
    places: Mapping[str, Place],
    watcher: Watcher,
    *,
    run: str = "",
    broken: Mapping[str, str] | None = None,
    patience: float = 0,
) -> dict[str, Settled]:
    """What became of hosts whose hardening broke off.

    Whoever answers is well: this is a new login, so the host need not restore itself. Whoever does
    not is asked again for `patience` seconds, in which it restores itself if it was locked out, and
    at least as long as sshd may take to come back.
    `run`: what broke off. Another's that is at work is left alone: it proves itself. Without a run
    it is waited for, until it cannot be one whose controller was killed. `broken`: by host the run
    that broke off, if that is known and it may have been entered since.
    """
    found: dict[str, Settled] = {}
    broken = broken or {}
    missing = dict(places)
    why: dict[str, Message] = {}
    began = time.monotonic()
    watcher(Stage(msg("Logging in anew"), len(missing)))
    while True:
        waiting = 0.0
        for name, attempt in _ask(missing, "list", unwatched, timeout=_LIST_SECONDS).items():
            answer = _said(attempt)
            other = _anothers(answer, run) if answer else ""
            if answer is None:
                waiting = max(waiting, patience, _RESTARTS)
                why[name] = msg("nobody can log in; what was hardened restores itself")
            elif other and not run:
                waiting = max(waiting, _LINGERS)
                why[name] = msg("another hardening is at work on this host: {run}", run=other)
            else:
                place = missing.pop(name)
                own = run or broken.get(name, "")
                one = Settled() if other else _settled(name, place, own, answer)
                found[name] = one
                text = msg("{reason}", reason=one.said) if one.said else None
                watcher(Step(name, "incomplete" if text else "done", text))
        if not missing or time.monotonic() >= began + waiting:
            break
        time.sleep(_PAUSE)
    for name in missing:
        found[name] = Settled(why[name].render(), stays=False)
        watcher(Step(name, "failed", why[name]))
    return found


def proof_seconds(hosts: int) -> int:
    """How long a host that is done waits for a new login; hosts take turns."""
    return 60 + 2 * hosts


def patience(hosts: int) -> float:
    """Seconds until a host that nobody could enter has restored itself."""
    return proof_seconds(hosts) + _GRACE


def _settled(name: str, place: Place, run: str, answer: Mapping[str, Any]) -> Settled:
    about = {str(one["run"]): one for one in answer["runs"]}
    if about.get(run, {}).get("timed"):
        return Settled(_("rolled back: no new login came in time"), stays=False)

    def ask(word: str, of: str) -> Attempt:
        line = shlex.join([word, of])
        ends = time.monotonic() + _RESTARTS
        while True:
            attempt = _ask({name: place}, line, unwatched, of, timeout=_LIST_SECONDS)[name]
            # A login from before the host's last change proves nothing; one more does.
            again = attempt.status == "unreachable" or word == "confirm"
            if _said(attempt) is not None or not again or time.monotonic() >= ends:
                return attempt
            time.sleep(_PAUSE)

    changes: list[Change] = []
    for one in _broken_off(about, run, answer):
        attempt = ask("finish", one)
        noted = _said(attempt)
        if noted is None:
            return Settled(_why(attempt), stays=False, changes=tuple(changes))
        changes += _noted(noted)
    if not answer["armed"]:
        return Settled(changes=tuple(changes))
    attempt = ask("confirm", answer["armed"][-1])
    if _said(attempt) is None:
        return Settled(_why(attempt), stays=False, changes=tuple(changes))
    return Settled(
        _("it can be entered; what was changed until then stays"), changes=tuple(changes)
    )


def _broken_off(
    about: Mapping[str, Mapping[str, Any]], run: str, answer: Mapping[str, Any]
) -> list[str]:
    """Runs that a host is to note the end of, oldest first: `run`, those that wait for a login, and
    those that have not ended and nobody is at work on; not what was undone."""
    undone = {name for name, one in about.items() if one.get("state") in ("restored", "partly")}
    begun = {name for name, one in about.items() if one.get("state") == "begun"}
    idle = begun - {*map(str, answer.get("busy", ()))}
    return sorted((idle | {*map(str, answer["armed"])} | ({run} & about.keys())) - undone)


def _noted(answer: Mapping[str, Any]) -> list[Change]:
    """What `finish` of a host says that its run changed (playbooks/undo/commands.py)."""
    lines = [str(path) for path in answer.get("files", ())]
    if int(answer.get("count", 0)) > len(lines):
        lines.append(f"… {int(answer['count']) - len(lines)} more")
    for part, items in answer.get("machine", {}).items():
        for item in items:
            pair = items[item] if isinstance(items, dict) else ()
            values = f": {pair[0]} -> {pair[1]}" if isinstance(pair, list) else ""
            lines.append(f"{part} {item}{values}")
    return [Change("", _NOTED.template, "changed", (), tuple(lines))] if lines else []


def _anothers(answer: Mapping[str, Any], run: str) -> str:
    """The hardening that waits for a login and is at work, if it is not this run."""
    newest = answer["armed"][-1] if answer["armed"] else run
    # A program of a release before does not say who is at work.
    return str(newest) if newest != run and newest in answer.get("busy", ()) else ""


def _ask(
    places: Mapping[str, Place],
    words: str,
    watcher: Watcher,
    run: str | None = None,
    timeout: int = SECONDS,
) -> dict[str, Attempt]:
    """One visit to each host, for the program of that run, or of its newest."""
    newest = f"$(ls -d {BASE}/[0-9A-Za-z]*/undo 2>/dev/null | tail -n 1)"
    line = (
        f'program={f"{BASE}/{run}/undo" if run else newest}; [ -n "$program" ] || '
        f"""{{ echo '{{"runs": [], "armed": []}}'; exit 0; }}; """
        f'exec /usr/bin/python3 "$program" {words}'
    )
    probe = Probe("undo", line, timeout)

    def told(attempt: Attempt) -> None:
        answered = _said(attempt) is not None
        text = None if answered else msg("{reason}", reason=_why(attempt))
        watcher(Step(attempt.machine, "done" if answered else "failed", text))

    patient = {name: replace(one, command_timeout=timeout + 10.0) for name, one in places.items()}
    probes = {name: [probe] for name in places}
    return {one.machine: one for one in probe_machines(patient, probes, on_done=told)}


def _said(attempt: Attempt) -> dict[str, Any] | None:
    """What the program answered; None if it did not run, or would not."""
    try:
        found = json.loads(attempt.output.splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if isinstance(found, dict) else None


def _listed(attempt: Attempt) -> Sequence[str]:
    said = _said(attempt) or {}
    return [str(one["run"]) for one in said.get("runs", ())]


def _absent(attempt: Attempt) -> RolledBack:
    if _said(attempt) is not None:
        return RolledBack(attempt.machine, "nothing")
    return RolledBack(attempt.machine, "unreachable", problems=(_why(attempt),))


def _result(run: str, attempt: Attempt) -> RolledBack:
    said = _said(attempt)
    if said is None:
        state: State = "unreachable" if attempt.status == "unreachable" else "partly"
        return RolledBack(attempt.machine, state, run, problems=(_why(attempt),))
    lists = {name: tuple(map(str, said[name])) for name in ("done", "conflicts", "problems")}
    return RolledBack(attempt.machine, said["state"], run, **lists)


def _why(attempt: Attempt) -> str:
    return attempt.output or attempt.reason.render()
