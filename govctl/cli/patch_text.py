"""What `patch` shows: machines that are alike together, and what has to be done to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from govctl.pipeline.patch.patch_document import along
from govctl.pipeline.patch.patch_state import PatchState, PatchStatus
from govctl.reports.console_parts import next_step, plain_table, some
from govctl.reports.visible import one_line
from govctl.texts import Message, _, msg
from scanners.host.formats.apt_simulation import Install
from scanners.host.patching.running import Outdated
from scanners.host.patching.updates import Update

if TYPE_CHECKING:
    from govctl.pipeline.patch.patch_result import PatchRun
    from govctl.pipeline.patch.patching import Patched

Line = tuple[str, str]
"""What it is, and the rest; both for people."""
_WORDS: Mapping[PatchStatus, Message] = {
    "due": msg("{count} with something to do"),
    "not-evaluated": msg("{count} not evaluated"),
    "unreachable": msg("{count} unreachable"),
    "current": msg("{count} up to date"),
}
_SHOWN = 12
"""Packages or files of one line before the rest is only counted."""


def plan_screen(states: Mapping[str, PatchState], following: str | None) -> RenderableType:
    """What would be done, by machine; what could not be looked at stands beside it."""
    lines = {name: [*_due(state)] for name, state in states.items()}
    return Group(_counts(states.values()), *_table(lines), *next_step(following))


def applied_screen(result: PatchRun, report: str | None) -> RenderableType:
    """What was done, what failed, and what is left to a person or the next boot."""
    done, now = result.waves.outcomes, result.now
    lines: dict[str, list[Line]] = {}
    for name, state in now.items():
        own = [*_done(done[name])] if name in done else []
        if name in result.waves.left:
            own.append((_("not begun"), _("the run stopped before")))
        lines[name] = [*own, *_due(state)]
    parts: list[RenderableType] = [_counts(now.values()), *_table(lines)]
    stopped = result.waves.stopped
    ends = [_("stopped: {reason}", reason=stopped.render())] if stopped else result.waves.broken
    parts += [Text()] if ends else []
    parts += [Text(one_line(f"\u2717 {line}"), style="red") for line in ends]
    if report:
        parts += [Text(), Text(_("report: {path}", path=report))]
    return Group(*parts)


def _counts(states: Iterable[PatchState]) -> Text:
    counts = Counter(state.status for state in states)
    words = [
        Message(word.template, {"count": str(counts[status])}).render()
        for status, word in _WORDS.items()
        if counts[status]
    ]
    return Text(_("machines: {counts}", counts=" · ".join(words)))


def _table(lines: Mapping[str, Sequence[Line]]) -> Iterator[RenderableType]:
    """One row a line; machines of which the same is to be said share theirs."""
    alike: dict[tuple[Line, ...], list[str]] = {}
    for name, own in lines.items():
        if own:
            alike.setdefault(tuple(own), []).append(name)
    if not alike:
        return
    table = plain_table(_("machine"), _("what"), _("detail"))
    for shared, names in alike.items():
        for number, (what, detail) in enumerate(shared):
            table.add_row(some(names, 4) if number == 0 else "", what, one_line(detail))
    yield Text()
    yield table


def _due(state: PatchState) -> Iterator[Line]:
    for reason in state.reasons:
        word = _("unreachable") if state.status == "unreachable" else _("not evaluated")
        yield word, reason.render()
    if state.unfinished:
        yield _("finish"), _("dpkg was interrupted in {names}", names=some(state.unfinished))
    yield from _updates(_("security"), [one for one in state.chosen if one.security])
    yield from _updates(_("update"), [one for one in state.chosen if not one.security])
    if along(state):
        yield _("along"), _installs(along(state))
    for one in state.kept:
        yield _("kept back"), f"{_arrow(one)}: {_why_kept(one)}"
    for unit in state.restarts:
        yield _way(unit), f"{unit.unit} ({_files(unit)})"
    for unit in state.left:
        yield _("by hand"), _("{unit} runs from files that are gone ({files})",
                              unit=unit.unit, files=_files(unit))  # fmt: skip
    if state.reboot:
        yield _("reboot"), state.reboot.render()


def _done(done: Patched) -> Iterator[Line]:
    for failure in done.failures:
        yield _("failed"), failure.render()
    if done.configured:
        yield _("finished"), some(done.configured)
    if done.installed:
        yield _("installed"), _installs(done.installed)
    if done.restarted:
        yield _("restarted"), some(done.restarted, _SHOWN)


def _updates(word: str, updates: Sequence[Update]) -> Iterator[Line]:
    if updates:
        yield word, some([_arrow(one) for one in updates], _SHOWN)


def _arrow(one: Update) -> str:
    return f"{one.package} {one.installed} → {one.version}"


def _installs(installs: Sequence[Install]) -> str:
    texts = [f"{one.package} {one.before} → {one.after}" if one.before
             else f"{one.package} {one.after}" for one in installs]  # fmt: skip
    return some(texts, _SHOWN)


def _why_kept(one: Update) -> str:
    if one.kept == "held":
        return _("held on the machine (apt-mark unhold {package})", package=one.package)
    return _("a preference of apt keeps it back (apt_preferences(5))")


def _way(unit: Outdated) -> str:
    return _("restart") if unit.way == "restart" else _("reload")


def _files(unit: Outdated) -> str:
    return some([file.rpartition("/")[2] for file in unit.files], 3)
