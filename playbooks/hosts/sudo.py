"""sudo's defaults in a drop-in, what others set later or for some, and who owns its program."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial

from playbooks.hosts.others import overrule
from playbooks.hosts.rights import Row, Wanted, groups, number_of, refuse, settle
from playbooks.hosts.settled import settled
from playbooks.hosts.sudoers_text import MAIN, Line, Setting, lines, without
from playbooks.hosts.texts import read, with_line

_OURS = "/etc/sudoers.d/zz-govctl"
_PROGRAM, _MODE = "/usr/bin/sudo", 0o440
_HEAD = "# Written by govctl from the checks that it names; changes here are lost.\n"
_LOG = "/var/log/sudo.log"
_TIMEOUT = re.compile(r"Authentication timestamp timeout: (-?[0-9]+)(?:\.0+)? ")
_UMASK = re.compile(r"Umask to use.*: (0[0-7]+)")
_LOGGED = re.compile(r"Path to log file: (/.*)")
_OCTAL = re.compile(r"[0-7]{1,4}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?", re.ASCII)


def main(request: Row) -> None:
    """The drop-in, whatever it loses to, then the program."""
    dry = request["dry"]
    if any(row["family"] != "sudo.program" for row in request["all"]):
        text = _text(request["all"], _said())
        _change(_OURS, lambda _text: text, dry)
        settle(_OURS, Wanted(uid=0, gid=0, widest=_MODE), dry=dry)
        _unopposed(request["rows"], dry)
    for row in request["rows"]:
        if row["family"] == "sudo.program":
            _own(row["groups"], dry)


def _said() -> str:
    """sudo's own words; nothing of what it cannot read and is about to be given."""
    return subprocess.run(["sudo", "-V"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=60, check=False).stdout  # fmt: skip


def _text(rows: list[Row], said: str) -> str:
    """The drop-in. What is already as asked, or stricter, stays as it is."""
    options = [row for row in rows if row["family"] == "sudo.default"]
    found = _TIMEOUT.search(said)
    text = _HEAD
    for one in settled(options, {"timestamp_timeout": found[1] if found else "-"}):
        option, value = one["option"], one["value"]
        flag = value in ("0", "1") and option != "timestamp_timeout"
        setting = f"{'!' * (value == '0')}{option}" if flag else f"{option}={value}"
        text += f"# {one['ids']}\nDefaults {setting}\n"
    for row in rows:
        if row["family"] == "sudo.logged":
            logged = _LOGGED.search(said)
            path = row.get("path") or (logged[1] if logged else _LOG)
            text += f'# {row["id"]}\nDefaults logfile="{path}"\n'
        elif row["family"] == "sudo.umask":
            umask = _UMASK.search(said)
            now = int(umask[1] if umask else "0022", 8)
            mask = (0 if now == 0o777 else now) | int(row["mask"], 8)
            text += f"# {row['id']}\nDefaults umask={mask:04o}\n"
    return text


def _unopposed(rows: list[Row], dry: bool) -> None:
    """Let the drop-in be read, and nothing take back what it says for the rows that are open."""
    is_later: dict[Line, bool] = {}
    seen = False
    for line in lines(_OURS):
        seen = seen or line.path == _OURS
        is_later[line] = seen
    for path in dict.fromkeys(line.path for line in is_later if line.path != _OURS):
        _change(path, partial(_strict, path, is_later, rows), dry)
    if not seen and (dry or os.path.exists(_OURS)):  # a file that is not there is an error
        overrule(MAIN, lambda text: with_line(text, f"#include {_OURS}"), mode=_MODE, dry=dry)


def _strict(path: str, is_later: dict[Line, bool], rows: list[Row], text: str) -> str:
    """A file's text without what loosens: from behind, so that the numbers of lines stay."""
    for line, late in reversed(list(is_later.items())):
        if line.path == path:
            text = without(line, text, partial(_counts, late, rows))
    return text


def _counts(late: bool, rows: list[Row], one: Setting) -> bool:
    return (late or one.scoped) and any(_loosens(one, row) for row in rows)


def _loosens(one: Setting, row: Row) -> bool:
    """True if this row would not hold with this setting."""
    if row["family"] == "sudo.default" and row["option"] == one.option:
        return not _holds(row, one.value)
    if row["family"] == "sudo.logged" and one.option == "logfile":
        return one.value in ("", "0") or (not one.scoped and row.get("path") not in
                                          (None, "", one.value))  # fmt: skip
    if row["family"] == "sudo.umask" and one.option == "umask":
        mask = int(one.value, 8) if _OCTAL.fullmatch(one.value) else 0
        return mask == 0o777 or bool(int(row["mask"], 8) & ~mask)
    return False


def _holds(row: Row, value: str) -> bool:
    if row.get("equals") is not None:
        return bool(value.lower() == str(row["equals"]).lower())
    if row.get("one_of"):
        return value.lower() in (str(word).lower() for word in row["one_of"])
    low, high = row.get("minimum"), row.get("maximum")
    return bool(
        _NUMBER.fullmatch(value)
        and (low is None or float(value) >= low)
        and (high is None or float(value) <= high)
    )


def _change(path: str, change: Callable[[str], str], dry: bool) -> None:
    before = read(path)
    after = change(before)
    if after != before and _is_good(path, after):
        overrule(path, lambda _text: after, mode=_MODE, dry=dry)


def _is_good(path: str, text: str) -> bool:
    """Have visudo read a text before it is put in place; one that it refuses is noted."""
    if text == read(path):
        return True
    folder = "/run" if os.path.isdir("/run") else None
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape", newline="",
                                     prefix="govctl-", dir=folder) as file:  # fmt: skip
        file.write(text)
        file.flush()
        done = subprocess.run(["/usr/sbin/visudo", "-cf", file.name], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=60,
                              check=False)  # fmt: skip
        said = (done.stderr or done.stdout).strip().replace(file.name, path)
    if done.returncode != 0:
        refuse(path, f"visudo: {' '.join(said.split())}")
    return done.returncode == 0


def _own(names: list[str], dry: bool) -> None:
    """Give the program to the group that may run it."""
    if not os.path.exists(_PROGRAM):
        return
    gid = os.stat(_PROGRAM).st_gid
    if groups().get(gid) not in names:
        gid = number_of(names, groups())
    settle(_PROGRAM, Wanted(uid=0, gid=gid, widest=0o7755, extra=0o4000), dry=dry)
