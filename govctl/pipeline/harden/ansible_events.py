"""Ansible's events as ansible-runner hands them over: what a task changed, and why one failed.

A task's result holds `diff`: one or several of `before` and `after` (texts, or attributes by name)
with headings (`--diff` of ansible-playbook). Commands have none: our own say `changed: …`, a line a
change, and of a file the lines of its unified diff after it, each behind `| `; they do so in check
mode too. Other commands are skipped in check mode.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from govctl.evidence.hardening import Change, FileDiff, State
from govctl.pipeline.material import SECRET
from scanners.host.reading import glob_matches

_CHANGED, _OF_DIFF = "changed: ", "| "
_LINES = 2000
"""Of one diff. Ansible itself leaves out files of more than 100 KiB."""
_SAID = 40
_HEADING = re.compile(r" \((?:content|file attributes)\)$")
_CONDITIONS = ("skip_reason", "false_condition")
"""What the result of a task says that was not due."""
_SHOWN = re.compile(r" => (\{.*\})\s*$", re.DOTALL)
_CLOSED = re.compile(r"(?im)^(?:shared )?connection to \S+ closed\.?\s*$")
"""What ssh says at the end of a session at a terminal, after whatever failed there."""
_STATUS = "non-zero return code"
_MODULE = re.compile(r"^(Task failed: )?(Action failed: |Module failed: )?")
_HIDDEN = "‹…›"
_SECRETS = (
    re.compile(r"(?i)(\b(?:password|passphrase|secret|token|bindpw|psk|api_?key)\s*[=:]\s*)\S+"),
    re.compile(r"(://[^/\s:@]*:)[^@\s/]+(?=@)"),
    re.compile(r"()\$(?:y|gy|2[aby]|5|6|7|1)\$[./$\w=,-]+"),
    re.compile(r"()grub\.pbkdf2[.\w]+"),
)


def data_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event's data, with the result of a task that was skipped.

    ansible-runner leaves that out; with -v it stands in the line that Ansible prints.
    """
    data: Mapping[str, Any] = event.get("event_data") or {}
    if event.get("event") != "runner_on_skipped" or data.get("res"):
        return data
    shown = _SHOWN.search(str(event.get("stdout") or ""))
    try:
        return {**data, "res": {**json.loads(shown[1]), "skipped": True}} if shown else data
    except ValueError:
        return data


def change_of(data: Mapping[str, Any], *, check: bool) -> Change | None:
    """The change in an event's data; None if the task changed nothing. `check`: it only would."""
    outcome = data.get("res") or {}
    state: State = "would-change" if check else "changed"
    files = list(_diffs(outcome))
    said: list[str] = []
    if outcome.get("changed"):
        for row in _items(outcome):
            _told(str(row.get("stdout") or ""), files, said)
    elif check and _is_left_out(outcome):
        state, files = "would-run", []
    else:
        return None
    role, task = str(data.get("role") or ""), str(data.get("task", "?"))
    # Rows that ask alike tell a plan the same.
    files, said = list(dict.fromkeys(files)), list(dict.fromkeys(said))[:_SAID]
    return Change(role, task, state, tuple(files), tuple(said))


def change_before_failure(data: Mapping[str, Any], *, check: bool) -> Change | None:
    """What a task says that it changed before it failed; None if it says nothing of that."""
    change = change_of(data, check=check)
    said = str((data.get("res") or {}).get("stdout") or "")
    return change if change is not None and _CHANGED in said else None


def failure_of(data: Mapping[str, Any]) -> str:
    """One line: the task, and the last word of whatever failed in it."""
    task = data.get("task", "?")
    role = f"{data['role']}: " if data.get("role") else ""
    return f"{role}{task}: {reason_of(data.get('res') or {})}"


def reason_of(outcome: Mapping[str, Any]) -> str:
    """Why a task failed, or a host was not reached, on one line."""
    for one in _items(outcome):
        if one is not outcome and one.get("failed"):
            return reason_of(one)
    said = str(outcome.get("stderr") or outcome.get("module_stderr") or "").strip()
    said = _CLOSED.sub("", said).strip()
    named = str(outcome.get("msg") or "").strip()
    printed = str(outcome.get("stdout") or "").strip()
    text = said or (printed if named in ("", _STATUS) else named) or named or "?"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return without_secrets(_MODULE.sub("", lines[-1])) if lines else "?"


def without_secrets(line: str) -> str:
    """A line in which whatever looks like a password, a token or a hash of one is left out."""
    for pattern in _SECRETS:
        line = pattern.sub(rf"\1{_HIDDEN}", line)
    return line


def _is_left_out(outcome: Mapping[str, Any]) -> bool:
    """True for what check mode skips because it cannot foresee it; False for what is not due."""
    rows = outcome["results"] if outcome.get("results") else [outcome]
    return bool(outcome.get("skipped")) and any(
        row.get("msg") and not any(word in row for word in _CONDITIONS) for row in rows
    )


def _items(outcome: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A task's result, and those of its loop."""
    yield outcome
    for row in outcome.get("results") or ():
        if isinstance(row, Mapping):
            yield row


def _diffs(outcome: Mapping[str, Any]) -> Iterator[FileDiff]:
    for row in _items(outcome):
        if _CHANGED in str(row.get("stdout") or ""):
            continue  # ours, which tells itself; its `diff` says the same for plain Ansible
        found = row.get("diff") or ()
        for one in [found] if isinstance(found, Mapping) else found:
            if isinstance(one, Mapping):
                path = _path(one, row)
                diff = _diff(one, path)
                if diff is not None:
                    yield diff


def _path(diff: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    given = (row.get("invocation") or {}).get("module_args") or {}
    named = (row.get("dest"), row.get("path"), given.get("dest"), given.get("path"),
             diff.get("before_header"), diff.get("after_header"))  # fmt: skip
    path = next((str(name) for name in named if name), "?")
    return _HEADING.sub("", path)


def _diff(one: Mapping[str, Any], path: str) -> FileDiff | None:
    if one.get("src_binary") or one.get("dst_binary"):
        return FileDiff(path, "", "binary")
    if one.get("src_larger") or one.get("dst_larger"):
        return FileDiff(path, "", "large")
    before, after = one.get("before") or "", one.get("after") or ""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        sides = [side if isinstance(side, Mapping) else {} for side in (before, after)]
        lines = list(_attributes(*sides))
    elif any(glob_matches(glob, path) for glob in SECRET) or "PRIVATE KEY-----" in (
        f"{before}{after}{one.get('prepared') or ''}"
    ):
        return FileDiff(path, "", "secret")
    else:
        lines = list(unified(str(before), str(after)))
        lines += str(one.get("prepared") or "").splitlines()
    if len(lines) > _LINES:
        return FileDiff(path, "", "large")
    return FileDiff(path, "\n".join(map(without_secrets, lines))) if lines else None


def unified(before: str, after: str) -> Iterator[str]:
    """Lines of a unified diff, without the two that name the files."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    yield from list(lines)[2:]


def _attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            for sign, side in (("-", before), ("+", after)):
                if name in side:
                    yield f"{sign}{name}: {side[name]}"


def _told(stdout: str, files: list[FileDiff], said: list[str]) -> None:
    """Add what a command told: files with their diffs, and other lines as they are."""
    lines = [line.rstrip() for line in stdout.split("\n") if line.strip()]
    for i, line in enumerate(lines):
        if _is_of_diff(line):
            continue
        diff = list(takewhile(_is_of_diff, lines[i + 1 :]))
        if line.startswith(_CHANGED) and diff:
            path = line.removeprefix(_CHANGED)
            prepared = "\n".join(one[len(_OF_DIFF) :] for one in diff)
            file = _diff({"prepared": prepared}, path)
            files += [file] if file else []
        else:
            said.append(without_secrets(line.removeprefix(_CHANGED)))


def _is_of_diff(line: str) -> bool:
    return f"{line} ".startswith(_OF_DIFF)  # an empty line of a file has lost its blank
