"""Files of PAM's modules: the quality of passwords, failed logins, and logins at once."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import partial

from playbooks.hosts.others import hidden, overrule
from playbooks.hosts.own_files import make_folder, write
from playbooks.hosts.pam_now import Options, paths
from playbooks.hosts.rights import Row, Wanted, settle
from playbooks.hosts.settled import settled

_HEAD = "# Written by govctl from the checks that it names; changes here are lost.\n"
_QUALITY, _QUALITY_ALL = "/etc/security/pwquality.conf.d", "/etc/security/pwquality.conf"
_QUALITY_OURS = f"{_QUALITY}/90-govctl.conf"
_CREDIT = "[dulo]credit[ \t]*=[ \t]*[1-9]"
"""A positive one lets a password be shorter."""
_FAILURES, _FAILURES_MODE = "/etc/security/faillock.conf", 0o644
_BEGIN, _END = "# BEGIN govctl\n", "# END govctl\n"
_FLAGS = ("audit", "even_deny_root", "enforce_for_root")
_ENDLESS = ("unlock_time", "root_unlock_time")
_LOST_AT_BOOT = ("/run/", "/var/run/", "/tmp/", "/dev/shm/")  # noqa: S108 - names, nothing is written
_KEPT = "/var/lib/faillock"
_LIMITS = ("/etc/security/limits.conf", "/etc/security/limits.d/*.conf")
_LIMITS_OURS = "/etc/security/limits.d/zz-govctl.conf"
_LIMITS_HEAD = "# Written by govctl from the checks that are asked here; changes here are lost.\n"


def settle_quality(rows: list[Row], now: Options, *, dry: bool) -> None:
    """Our file, then whatever is read after it: later ones of the folder, and the main one."""
    chosen = settled(rows, now)
    text = _HEAD + "".join(f"# {one['ids']}\n{_line(one)}\n" for one in chosen)
    make_folder(_QUALITY, 0o755, dry=dry)
    write(_QUALITY_OURS, text, dry=dry)
    names = "|".join(rf"{re.escape(one['option'])}\b" for one in chosen)
    change = partial(retired, pattern=f"{names}|{_CREDIT}")
    for path in paths((f"{_QUALITY}/*.conf", _QUALITY_ALL)):
        if path == _QUALITY_ALL or path > _QUALITY_OURS:
            overrule(path, change, home=os.path.dirname(path), dry=dry)


def _line(one: dict[str, str]) -> str:
    """A setting as the modules read it."""
    return one["option"] if one["option"] in _FLAGS else f"{one['option']} = {one['value']}"


def retired(text: str, pattern: str) -> str:
    """A text in which lines are comments that begin so."""
    begins = re.compile(rf"[ \t]*(?:{pattern})")
    return "\n".join(hidden(line) if begins.match(line) else line for line in text.split("\n"))


def lockout_options(rows: Iterable[Row], now: Options) -> list[Row]:
    """The rows that speak of a setting of faillock.conf(5), each with its `option`."""
    found: dict[str, list[Row]] = {"option": [], "duration": [], "kept": []}
    for row in rows:
        kind = row["family"].partition("pam.lockout-")[2]
        if kind in found:
            found[kind].append(row)
    durations = [{**row, "option": "unlock_time"} for row in found["duration"]]
    kept = [{**row, "option": "dir", "equals": lasting(now)} for row in found["kept"]]
    return [*found["option"], *durations, *kept]


def lasting(now: Options) -> str:
    """Where failures are counted, if that outlives a restart, else where they will be."""
    folder = now.get("dir", "")
    lost = not folder.startswith("/") or f"{folder}/".startswith(_LOST_AT_BOOT)
    return _KEPT if lost else folder


def settle_lockout(options: list[Row], now: Options, *, dry: bool) -> None:
    """What `lockout_options` asks for, in a block of its file, and nothing else behind that."""
    if any(row["option"] == "dir" for row in options):
        make_folder(lasting(now), 0o755, dry=dry)
    if not options:
        return
    chosen = settled(options, now, lasting=_ENDLESS)
    change = partial(with_block, lines=[f"{_line(one)}\n" for one in chosen],
                     options=[one["option"] for one in chosen])  # fmt: skip
    overrule(_FAILURES, change, home=os.path.dirname(_FAILURES), mode=_FAILURES_MODE, dry=dry)
    settle(_FAILURES, Wanted(widest=_FAILURES_MODE, extra=_FAILURES_MODE), dry=dry)


def with_block(text: str, lines: list[str], options: Collection[str]) -> str:
    """A text with these lines in a block of ours, behind which these options are comments."""
    found = text.splitlines(keepends=True)
    marks = [[n for n, line in enumerate(found) if line == mark] for mark in (_BEGIN, _END)]
    place = len(found)
    if all(marks):
        place, last = sorted(mark[-1] for mark in marks)
        del found[place : last + 1]
    before, behind = "".join(found[:place]), "".join(found[place:])
    if before and not before.endswith("\n"):
        before += "\n"
    names = "|".join(rf"{re.escape(option)}\b" for option in options)
    return "".join([before, _BEGIN, *lines, _END, retired(behind, names)])


def settle_logins(rows: list[Row], now: Options, *, dry: bool) -> None:
    """How often everybody may be logged in at once, then those who had more by themselves."""
    asked = [{**row, "option": "maxlogins", "minimum": 0} for row in rows]
    lines = [f"* hard maxlogins {one['value']}\n" for one in settled(asked, now)]
    write(_LIMITS_OURS, "".join([_LIMITS_HEAD, *lines]), dry=dry)
    change = partial(limited, most=min(int(row["maximum"]) for row in rows))
    for path in paths(_LIMITS):
        if path != _LIMITS_OURS and not os.path.islink(path):
            overrule(path, change, dry=dry)


def limited(text: str, most: int) -> str:
    """A text of limits.conf(5) in which nobody has more logins at once."""

    def change(line: str) -> str:
        words = line.split()
        if words[2:3] != ["maxlogins"] or words[0].startswith("#"):
            return line
        value = "".join(words[3:4])
        good = value.isascii() and value.isdigit() and int(value) <= most
        return line if good else re.sub("maxlogins.*", f"maxlogins {most}", line, count=1)

    return "\n".join(map(change, text.split("\n")))
