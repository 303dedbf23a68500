"""Stacks run as libpam runs them (pam_dispatch.c), over everything that modules may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from scanners.host.facts.pam import PamLine

_CONTROLS: Mapping[str, Mapping[str, str]] = {
    "required": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "bad"},
    "requisite": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "die"},
    "sufficient": {"success": "done", "new_authtok_reqd": "done", "default": "ignore"},
    "optional": {"success": "ok", "new_authtok_reqd": "ok", "default": "ignore"},
}
_VALUES = frozenset(
    [
        "success",
        "open_err",
        "symbol_err",
        "service_err",
        "system_err",
        "buf_err",
        "perm_denied",
        "auth_err",
        "cred_insufficient",
        "authinfo_unavail",
        "user_unknown",
        "maxtries",
        "new_authtok_reqd",
        "acct_expired",
        "session_err",
        "cred_unavail",
        "cred_expired",
        "cred_err",
        "no_module_data",
        "conv_err",
        "authtok_err",
        "authtok_recover_err",
        "authtok_lock_busy",
        "authtok_disable_aging",
        "try_again",
        "ignore",
        "abort",
        "authtok_expired",
        "module_unknown",
        "bad_item",
        "conv_again",
        "incomplete",
        "default",
    ]
)
_WORDS = frozenset({"ok", "done", "bad", "die", "ignore", "reset"})


@dataclass(frozen=True)
class Answer:
    """One thing that a module may do: what it returns, and what it leaves behind."""

    result: str
    """A return value as pam.conf(5) writes it: `success`, `auth_err`, `ignore` …"""
    mark: str | None = None
    """Something worth remembering, such as that a password was stored."""
    forget: str | None = None
    """A mark that is taken away."""


SUCCESS, FAILURE, IGNORE = Answer("success"), Answer("auth_err"), Answer("ignore")


@dataclass(frozen=True)
class End:
    """One way through a stack."""

    granted: bool
    """True if the application is told `success`."""
    marks: frozenset[str]


class _State(NamedTuple):
    # Thousands are made for a host: a dataclass takes five times as long.
    place: int = 0
    impression: int = 0
    """0 undecided, 1 positive, -1 negative."""
    status: str = "perm_denied"
    marks: frozenset[str] = frozenset()
    entered: tuple[tuple[tuple[int, ...], int, str], ...] = ()
    """For each substack around the place: its path, and impression and status at its beginning."""


Ask = Callable[[int, PamLine, frozenset[str]], Sequence[Answer]]
"""Place, line and the marks so far → everything that the module may answer there."""


def ends(lines: Sequence[PamLine], ask: Ask) -> Iterator[End]:
    """Every way through the lines of one type; each state is visited once."""
    waiting, seen = [_State()], {_State()}
    while waiting:
        state = waiting.pop()
        if state.place >= len(lines):
            granted = state.impression > 0 and state.status == "success"
            yield End(granted, state.marks)
            continue
        line = lines[state.place]
        inside = _entering(state, line)
        for answer in ask(state.place, line, state.marks):
            following = _after(_marked(inside, answer), lines, answer.result)
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def _marked(state: _State, answer: Answer) -> _State:
    if not answer.mark and not answer.forget:
        return state
    marks = state.marks | {answer.mark} if answer.mark else state.marks
    return state._replace(marks=marks - {answer.forget})


def _entering(state: _State, line: PamLine) -> _State:
    """Remember how things stood where a substack begins; forget those that were left."""
    if not line.within and not state.entered:
        return state
    paths = [line.within[: depth + 1] for depth in range(len(line.within))]
    known = {one[0]: one for one in state.entered}
    entered = tuple(known.get(path, (path, state.impression, state.status)) for path in paths)
    return state._replace(entered=entered)


def _after(state: _State, lines: Sequence[PamLine], result: str) -> _State:
    action = action_of(lines[state.place].control, result)
    place, impression, status = state.place + 1, state.impression, state.status
    if action == "reset":
        _path, impression, status = state.entered[-1] if state.entered else ((), 0, "perm_denied")
    elif action in ("ok", "done"):
        if impression == 0 or (impression > 0 and status == "success"):
            impression, status = 1, result
        if action == "done" and impression > 0:
            place = _end(lines, state.place)
    elif action in ("bad", "die"):
        if impression >= 0:
            impression, status = -1, "perm_denied" if result == "ignore" else result
        if action == "die":
            place = _end(lines, state.place)
    elif action.isdecimal():
        there = _jump(lines, state.place, int(action))
        place = _end(lines, state.place) if there is None else there
        if there is None and impression >= 0:
            impression, status = -1, "perm_denied"
    return _State(place, impression, status, state.marks, state.entered)


def action_of(control: str, result: str) -> str:
    """`ok`, `done`, `bad`, `die`, `ignore`, `reset`, or how many modules are jumped over.

    A control that libpam cannot read makes everything `bad`.
    """
    actions = _CONTROLS.get(control) or _bracketed(control)
    return actions.get(result, actions.get("default", "bad"))


@lru_cache(maxsize=4096)
def _bracketed(control: str) -> Mapping[str, str]:
    if not control.startswith("["):
        return {}
    found: dict[str, str] = {}
    for pair in control.strip("[]").split():
        value, equals, action = pair.partition("=")
        number = action.isascii() and action.isdecimal() and 0 < int(action[:6]) < 100_000
        if not equals or value not in _VALUES or not (number or action in _WORDS):
            return {}
        if value != "default" or value not in found:  # a second default finds nothing unset
            found[value] = action
    return found


def _jump(lines: Sequence[PamLine], place: int, count: int) -> int | None:
    """Where a jump leads: a substack counts as one module, and none leads out of its own."""
    within = lines[place].within
    place += 1
    for _module in range(count):
        if place >= len(lines) or lines[place].within[: len(within)] != within:
            return None
        inner = lines[place].within[: len(within) + 1]
        place += 1
        while len(inner) > len(within) and place < len(lines) \
                and lines[place].within[: len(inner)] == inner:  # fmt: skip
            place += 1
    return place


def _end(lines: Sequence[PamLine], place: int) -> int:
    """Behind the innermost substack, or behind everything."""
    within = lines[place].within
    while place < len(lines) and lines[place].within[: len(within)] == within:
        place += 1
    return place
