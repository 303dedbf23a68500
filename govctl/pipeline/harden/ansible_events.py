"""Ansible's events as ansible-runner hands them over: what a theme changed, and why one failed.

What runs on hosts tells its changes itself, in check mode too: `changed: …`, a line a change, and
of a file the lines of its unified diff after it, each behind `| `.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from govctl.evidence.hardening import Change, FileDiff, State
from govctl.pipeline.material import SECRET
from scanners.host.reading import glob_matches

_CHANGED, _OF_DIFF = "changed: ", "| "
_LINES = 2000
"""Of one diff."""
_SAID = 40
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


def change_of(data: Mapping[str, Any], *, check: bool) -> Change | None:
    """The change in an event's data; None if nothing changed. `check`: it only would."""
    outcome = data.get("res") or {}
    if not outcome.get("changed"):
        return None
    state: State = "would-change" if check else "changed"
    files: list[FileDiff] = []
    said: list[str] = []
    _told(str(outcome.get("stdout") or ""), files, said)
    role, task = str(data.get("role") or ""), str(data.get("task", "?"))
    # Rows that ask alike tell a plan the same.
    files, said = list(dict.fromkeys(files)), list(dict.fromkeys(said))[:_SAID]
    return Change(role, task, state, tuple(files), tuple(said))


def failure_of(data: Mapping[str, Any]) -> str:
    """One line: the task, and the last word of whatever failed in it."""
    task = data.get("task", "?")
    role = f"{data['role']}: " if data.get("role") else ""
    return f"{role}{task}: {reason_of(data.get('res') or {})}"


def reason_of(outcome: Mapping[str, Any]) -> str:
    """Why a task failed, or a host was not reached, on one line."""
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


def _told(stdout: str, files: list[FileDiff], said: list[str]) -> None:
    """Add what was told: files with their diffs, and other lines as they are."""
    lines = [line.rstrip() for line in stdout.split("\n") if line.strip()]
    for i, line in enumerate(lines):
        if _is_of_diff(line):
            continue
        diff = [one[len(_OF_DIFF) :] for one in takewhile(_is_of_diff, lines[i + 1 :])]
        if line.startswith(_CHANGED) and diff:
            files.append(_diff(line.removeprefix(_CHANGED), diff))
        else:
            said.append(without_secrets(line.removeprefix(_CHANGED)))


def _diff(path: str, lines: list[str]) -> FileDiff:
    if any(glob_matches(glob, path) for glob in SECRET) or "PRIVATE KEY-----" in "".join(lines):
        return FileDiff(path, "", "secret")
    if len(lines) > _LINES:
        return FileDiff(path, "", "large")
    return FileDiff(path, "\n".join(map(without_secrets, lines)))


def _is_of_diff(line: str) -> bool:
    return f"{line} ".startswith(_OF_DIFF)  # an empty line of a file has lost its blank
