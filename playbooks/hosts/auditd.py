"""auditd's own configuration: its settings, and the plugin that hands records to syslog."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from typing import Dict, List, Sequence

from playbooks.hosts.others import overrule
from playbooks.hosts.rights import Row, Wanted, refuse, settle
from playbooks.hosts.texts import read, replace, tell

_CONF, _PLUGINS = "/etc/audit/auditd.conf", "/etc/audit/plugins.d"
_SYSLOG = f"{_PLUGINS}/syslog.conf"
_MODE = 0o640


def settle_daemon(request: Row) -> None:
    """Both files; auditd reads them again if one changes."""
    dry = request["dry"]
    settings = [row for row in request["all"] if row["family"] == "auditd.setting"]
    plugins = [row for row in request["rows"] if row["family"] == "auditd.plugin"]
    changed = bool(settings) and os.path.isfile(_CONF) and _set(settings, dry)
    changed |= bool(plugins) and _hand_on(plugins[0]["program"], dry)
    if changed and not dry and not request["offline"] and shutil.which("systemctl"):
        line = ["systemctl", "kill", "--signal=HUP", "auditd.service"]
        subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=300, check=False)  # fmt: skip


def _set(rows: Sequence[Row], dry: bool) -> bool:
    """auditd refuses a link, so one gives its place to a file."""
    before = read(_CONF)
    after = with_settings(before, rows)
    changed = after != before or os.path.islink(_CONF)
    try:
        if changed and not dry:
            replace(_CONF, after, _MODE, follow=False)
    except OSError as error:
        refuse(_CONF, error)
        return False
    if changed:
        tell(_CONF, before, after)
    settle(_CONF, Wanted(widest=_MODE), dry=dry)
    return changed


def with_settings(text: str, rows: Sequence[Row]) -> str:
    """A text of auditd.conf(5) in which these rows hold; what is as asked already, or stricter,
    stays. The last line of a key counts, and auditd skips one that has no newline."""
    lines = _lines(text)
    groups: Dict[str, List[Row]] = {}
    for row in rows:
        groups.setdefault(row["key"].lower(), []).append(row)
    for key, group in groups.items():
        places = [number for number, line in enumerate(lines) if _setting(line)[0] == key]
        now = _setting(lines[places[-1]])[1] if places else ""
        new = _value(group, now)
        if new == now:
            continue
        if places:
            lines[places[-1]] = f"{key} = {new}"
            for number in reversed(places[:-1]):
                del lines[number]
        else:
            lines.append(f"{key} = {new}")
    return "".join(f"{line}\n" for line in lines)


def _setting(line: str) -> tuple[str, str]:
    """The key, in small letters, and the value; empty for any other line."""
    words = [word for word in line.split(" ") if word]
    return (words[0].lower(), "".join(words[2:3])) if words[1:2] == ["="] else ("", "")


def _value(group: Sequence[Row], now: str) -> str:
    words = _common([_words(row) for row in group if _words(row)])
    if words:
        return now if now.lower() in map(str.lower, words) else words[0]
    lows = [int(row["minimum"]) for row in group if row.get("minimum") is not None]
    highs = [int(row["maximum"]) for row in group if row.get("maximum") is not None]
    if not lows and not highs:
        return now
    is_number = now.isascii() and now.isdigit()
    number = int(now) if is_number else min(highs) if highs else max(lows)
    number = max([number, *lows])
    number = min([number, *highs])
    return now if is_number and number == int(now) else str(number)


def _words(row: Row) -> list[str]:
    given = row.get("one_of") or ([row["equals"]] if row.get("equals") is not None else [])
    allowed = [part for word in given for part in str(word).split("|")]
    return [*allowed, *row.get("or_better", ())] if allowed else []


def _common(lists: Sequence[list[str]]) -> list[str]:
    """Words that all lists have; a list that contradicts the others has no say."""
    held = lists[0] if lists else []
    for one in lists[1:]:
        known = [word.lower() for word in one]
        held = [word for word in held if word.lower() in known] or held
    return held


def _hand_on(name: str, dry: bool) -> bool:
    program = shutil.which(name)
    if not program:
        return False
    if os.path.exists(_SYSLOG) and not os.path.isfile(_SYSLOG):
        refuse(_SYSLOG, "it is no file")
        return False
    return overrule(_SYSLOG, partial(activated, program=program), home=_PLUGINS, mode=_MODE,
                    dry=dry)  # fmt: skip


def activated(text: str, program: str) -> str:
    """A text of a plugin in which it is active; it keeps its program if it names one."""
    if not text:
        return (f"active = yes\ndirection = out\npath = {program}\ntype = always\n"
                "args = LOG_INFO\nformat = string\n")  # fmt: skip
    lines = _lines(text)
    found = dict(map(_setting, lines))
    is_active = found.get("active", "").lower() == "yes" and text.endswith("\n")
    if is_active and found.get("path"):
        return text
    kept = [line for line in lines
            if line.split()[:1] != ["active"] and _setting(line) != ("path", "")]  # fmt: skip
    kept += ["active = yes", *([] if found.get("path") else [f"path = {program}"])]
    return "".join(f"{line}\n" for line in kept)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]
