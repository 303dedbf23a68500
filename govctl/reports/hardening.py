"""What hardening changed, or would change: for people as unified diffs, for programs as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from govctl.evidence.hardening import Change, Due, FileDiff, Hardened, document_of
from govctl.reports.console_parts import ACCENT, some
from govctl.reports.visible import one_line
from govctl.reports.words import STATUS_WORDS
from govctl.texts import Message, _, current_language, msg
from policies.model import Check, Finding, Status

SCHEMA_ID = "govctl/harden/1"
SCHEMA_FILE = Path(__file__).parent / "schema" / "harden-1.json"
_OPEN = "open"
"""The argument by which a role knows failing rows from those that hold: nothing for people."""
After = Mapping[tuple[str, str], Status]
"""(target, check) → the verdict after the changes."""

_STATES: Mapping[str, Message] = {
    "changed": msg("changed: {task}"),
    "would-change": msg("would change: {task}"),
}
WITHHELD_WORDS: Mapping[str, Message] = {
    "secret": msg("not shown: it may hold secrets"),
    "binary": msg("not shown: it is no text"),
    "large": msg("not shown: it is too long"),
}


def after_of(findings: Iterable[Finding]) -> After:
    """The verdicts of a scan, to stand beside what was changed before it."""
    return {(finding.target, finding.check): finding.status for finding in findings}


def hardening_document(hosts: Sequence[Hardened], after: After | None = None) -> dict[str, Any]:
    """By target: which failing checks there were, and what was changed for them.

    `after` is None if nothing was changed yet. Its shape: `schema/harden-1.json`.
    """
    return {host.target: _plain(host, after) for host in hosts}


def hardening_view(
    hosts: Sequence[Hardened], checks: Mapping[str, Check], after: After | None = None
) -> RenderableType:
    """The same for people; hosts of which the same is to be said are said together."""
    together: dict[str, list[Hardened]] = {}
    for host in hosts:
        together.setdefault(_said_of(host, after), []).append(host)
    parts: list[RenderableType] = []
    for same in together.values():
        heading = some([host.target for host in same])
        parts += [Text(heading, style="bold"), *_host(same[0], checks, after), Text()]
    return Group(*parts[:-1])


def _plain(host: Hardened, after: After | None) -> dict[str, Any]:
    due = [
        {
            "check": one.check,
            "role": one.role,
            "reason": one.reason.render(),
            "sets": dict(one.sets),
            "after": after.get((host.target, one.check)) if after is not None else None,
        }
        for one in host.due
    ]
    changes = [
        {**asdict(change), "checks": [one.check for one in host.closes(change.role)]}
        for change in host.changes
    ]
    return {
        "changed": [change.task for change in host.changes],
        "failed": list(host.failed),
        "unreachable": host.unreachable,
        "due": due,
        "changes": changes,
    }


def _said_of(host: Hardened, after: After | None) -> str:
    """Equal for two hosts of which the same is to be said."""
    statuses = [after.get((host.target, one.check)) if after else None for one in host.due]
    return json.dumps(
        [document_of([replace(host, target="")], None), statuses], sort_keys=True, default=str
    )


def _host(
    host: Hardened, checks: Mapping[str, Check], after: After | None
) -> Iterator[RenderableType]:
    # As they run: of two changes of the same file the last one is what stays.
    roles = [*(change.role for change in host.changes), *(one.role for one in host.due)]
    for role in dict.fromkeys(roles):
        changes = [change for change in host.changes if change.role == role]
        has_diffs = any(change.files for change in changes)
        for due in host.closes(role):
            status = after.get((host.target, due.check)) if after is not None else None
            yield from _due(due, checks.get(due.check), status, with_values=not has_diffs)
        for change in changes:
            yield from _change(change)
    failures = [*host.failed, *([host.unreachable] if host.unreachable else [])]
    yield from (Text(f"  ! {one_line(reason)}", style="red") for reason in failures)


def _due(
    due: Due, check: Check | None, status: Status | None, *, with_values: bool
) -> Iterator[RenderableType]:
    word = STATUS_WORDS[status or "fail"]
    holds = f": {one_line(check.text[current_language()])}" if check else ""
    style = "red" if status in (None, "fail") else ""
    yield Text.assemble((f"  {word.symbol} {word.text.render()} {due.check}", style), holds)
    reason = one_line(due.reason.render())
    if status is not None:
        yield _inner(_("before: {reason}", reason=reason))
        return
    yield _inner(_("now: {reason}", reason=reason))
    if with_values and due.sets:
        values = " · ".join(
            f"{name} {_value(value)}" for name, value in due.sets.items() if name != _OPEN
        )
        yield _inner(_("arguments: {values}", values=one_line(values)))


def _inner(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 4), expand=False)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _change(change: Change) -> Iterator[RenderableType]:
    text = _STATES[change.state].render().replace("{task}", one_line(change.title.render()))
    yield Text(f"  ~ {text}", style=ACCENT)
    for file in change.files:
        yield from _file(file)
    yield from (_inner(one_line(line)) for line in change.said)


def _file(file: FileDiff) -> Iterator[RenderableType]:
    yield Text(f"    {one_line(file.path)}", style="bold")
    if file.withheld:
        yield _inner(WITHHELD_WORDS[file.withheld].render())
        return
    for line in file.diff.split("\n"):
        style = {"+": ACCENT, "-": "dim", "@": "dim"}.get(line[:1], "")
        # A line of a file stays one: whoever copies it shall not get our breaks.
        yield Text(f"    {one_line(line)}", style=style, no_wrap=True, overflow="ignore")
