"""su is for members of one group; and a proof that the stacks still let root through."""

from __future__ import annotations

import grp
import os
import re
import subprocess
import sys
from collections.abc import Sequence

from playbooks.hosts.others import hidden, overrule
from playbooks.hosts.rights import Row, say
from playbooks.hosts.texts import read

_SU = "/etc/pam.d/su"
_USUAL = "sugroup"
_NAMED = re.compile(r"^auth[ \t].*pam_wheel\.so.*[ \t]group=([^\s]+)", re.MULTILINE)
_SHUTS = re.compile(r"auth[ \t]+(?:required|requisite)[ \t]+pam_wheel\.so")
_OPENS = re.compile(r"[ \t](?:deny|root_only|trust)(?:[ \t]|$)")
_TRUSTS = re.compile(r"auth[ \t].*pam_wheel\.so.*[ \t]trust")
_ROOT_PASSES = re.compile(r"auth[ \t].*pam_rootok\.so")
_GROUP = re.compile(r"group=([^ \t]+)")
_PATIENCE = 60


def settle_su(rows: Sequence[Row], *, dry: bool) -> None:
    """Keep su for a group; rows that want it named get one that exists."""
    if not (rows and os.path.isfile(_SU)):
        return
    named = [row for row in rows if row["family"] != "pam.wheel"]
    before = read(_SU)
    text = shut(before, _group(before, named) if named else "")
    overrule(_SU, lambda _text: text, home=os.path.dirname(_SU), dry=dry)
    if named:
        _make_group(text, dry)


def _group(text: str, rows: Sequence[Row]) -> str:
    """The one that is asked for, else the one that has it already, else the usual one."""
    held = _NAMED.findall(text)[:1]
    asked, usual = ([row[key] for row in rows if row.get(key)] for key in ("group", "usual"))
    return next(iter([*asked, *held, *usual]), _USUAL)


def shut(text: str, group: str) -> str:
    """The stack of su, open to members of one group only: `group`, or if that is empty the one
    that is named already, or root's."""
    lines = text.split("\n")
    rest = lines.pop()
    lines += [rest] if rest else []
    is_shut = any(map(_shuts, lines))
    found = []
    for line in lines:
        if _TRUSTS.match(line):
            found.append(hidden(line))
        elif _shuts(line) and (group or "use_uid" not in line):
            named = _GROUP.search(line)
            group = group or (named[1] if named else "")
            found.append(_line(group))
        else:
            found.append(line)
        if not is_shut and _ROOT_PASSES.match(line):
            found.append(_line(group))
            is_shut = True
    found += [] if is_shut else [_line(group)]
    return text if found == lines else "".join(f"{line}\n" for line in found)


def _shuts(line: str) -> bool:
    return bool(_SHUTS.match(line)) and not _OPENS.search(line)


def _line(group: str) -> str:
    return "auth       required   pam_wheel.so use_uid" + (f" group={group}" if group else "")


def _make_group(text: str, dry: bool) -> None:
    name = next(iter(_NAMED.findall(text)), "")
    if not name or name in (one.gr_name for one in grp.getgrall()):
        return
    if not dry:
        _run(["groupadd", name])
    say(f"group {name}:", "absent → made")


def prove() -> None:
    """SystemExit with what su says if root does not come through."""
    _run(["su", "root", "-s", "/bin/sh", "-c", "true"])


def _run(words: list[str]) -> None:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=_PATIENCE, encoding="utf-8", errors="replace")  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        sys.exit(f"{' '.join(words[:2])}: {said[-1]}")
