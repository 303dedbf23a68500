"""Audit rules: ours are loaded first, and what others' would take from them is taken out of force.

The kernel asks the rules of a list in their order and the first that matches decides, so ours stand
in the file that augenrules(8) reads first. What wins all the same is found here: `never` rules that
go before all (`-A`), that are about a file by its inode (those decide last), or that stand in lists
which come before `exit`; lines that remove rules; and switches that come after ours. It errs to the
side of the verdict (policies/families/_audit.py): a filter that is not understood may match.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from playbooks.hosts.audit_rules import Rule, may_hide, read_rule, words_of
from playbooks.hosts.others import take_out
from playbooks.hosts.rights import remove
from playbooks.hosts.texts import read, settle_text

_FOLDER = "/etc/audit/rules.d"
OURS, LOCK, _FORMER = (f"{_FOLDER}/{name}.rules"
                        for name in ("00~govctl", "zz-govctl", "00-govctl"))  # fmt: skip
_GAWK = ("/usr/bin/gawk", "/bin/gawk")
_HEAD = """\
# Written by govctl from the checks that are asked here; changes here are lost.
# A rule that the kernel refuses keeps none of the others from being loaded.
-c
"""
_LOCKED = "# Written by govctl (audit-immutable); changes here are lost.\n-e 2\n"


class _Line(NamedTuple):
    path: str
    number: int
    text: str


def settle(asked: str, *, locks: bool, dry: bool) -> None:
    """Write these rules, a line each, and the lock, where they are asked for."""
    if not os.path.isdir(_FOLDER):
        return
    if asked:
        settle_text(OURS, lambda _text: f"{_HEAD}{asked}", mode=0o640, dry=dry)
        remove(_FORMER, dry=dry)  # ours had this name, which is not the first
    if locks:
        settle_text(LOCK, lambda _text: _LOCKED, mode=0o640, dry=dry)
    rules = [rule for rule in map(read_rule, asked.split("\n")) if rule]
    lines = list(_lines(locks))
    gone = [one for one in lines if _takes_away(one.text, rules)] if rules else []
    gone += _switches(lines, bool(rules), locks)
    for path in dict.fromkeys(one.path for one in gone):
        take_out(path, [one.number for one in gone if one.path == path], home=_FOLDER, dry=dry)


def _lines(locks: bool) -> Iterator[_Line]:
    """Others' lines, in the order in which augenrules concatenates them; our lock in its place,
    also where only a plan is made."""
    names = {os.path.basename(LOCK)} if locks else set()
    names |= {name for name in os.listdir(_FOLDER) if name.endswith(".rules")}
    for name in _sorted(names - {os.path.basename(OURS), os.path.basename(_FORMER)}):
        path = f"{_FOLDER}/{name}"
        text = _LOCKED if path == LOCK else read(path)
        yield from (_Line(path, number, line) for number, line in enumerate(text.split("\n")))


def _sorted(names: set[str]) -> list[str]:
    """As `ls -v` has them, also names that are not there yet."""
    given = "".join(f"{name}\n" for name in names if "\n" not in name)
    done = subprocess.run(["sort", "--version-sort"], input=given, capture_output=True, text=True,
                          errors="surrogateescape", check=True)  # fmt: skip
    return done.stdout.splitlines()


def _blank() -> str:
    """augenrules' awk knows blanks as `\\s`, which mawk reads as the letter s."""
    return r"[ \t]*" if any(map(os.path.exists, _GAWK)) else "s*"


def _takes_away(line: str, rules: Sequence[Rule]) -> bool:
    """True for a line that keeps something of these rules from being recorded."""
    words = words_of(line)
    if not words:
        return False
    if "-D" in words:
        cleared = not re.match(f"{_blank()}-D{_blank()}$", line)
        key = words[words.index("-k") + 1 :][:1] if "-k" in words else []
        return cleared and (not key or key[0] in "govctl")
    if words[0] == "-d":
        return any(sorted(words[1:]) == sorted(rule.words[1:]) for rule in rules)
    rule = read_rule(line)
    return rule is not None and any(may_hide(rule, one) for one in rules)


def _switches(lines: Sequence[_Line], recorded: bool, locks: bool) -> list[_Line]:
    """Lines `-e` that leave auditing off, or unlocked. augenrules puts the last of those that it
    knows at the end; after a 2 the kernel takes no other."""
    moved = re.compile(f"{_blank()}-e")
    found = [one for one in lines if words_of(one.text)[:1] == ["-e"]]
    gone: list[_Line] = []
    while True:
        left = [one for one in found if one not in gone]
        there = [one for one in left if not moved.match(one.text)]
        there += [one for one in left if moved.match(one.text)][-1:]
        locked = next((one for one in there if _switch(one) == "2"), None)
        last = locked or (there[-1] if there else None)
        if last is None or last.path == LOCK:
            return gone
        value = _switch(last)
        if not (locks and value != "2") and not (recorded and value == "0"):
            return gone
        gone.append(last)


def _switch(line: _Line) -> str:
    return (words_of(line.text)[1:2] or [""])[0]
