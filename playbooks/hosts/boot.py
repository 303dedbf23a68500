"""The kernel's arguments at the next boot: a drop-in of /etc/default/grub.d, then update-grub.

What is asked stands in the drop-in; words that take it back are removed where they stand. The
running kernel keeps its own until the next boot, and the scan says so.
"""

from __future__ import annotations

import glob
import os
import re
import subprocess
import sys

from playbooks.hosts.rights import Row, say
from playbooks.hosts.texts import HEADER, read, settle_text, with_line

_DEFAULT, _OURS = "/etc/default/grub", "/etc/default/grub.d/zz-govctl.cfg"
_OTHERS = "/etc/default/grub.d/*.cfg"
_MENU = "/boot/grub/grub.cfg"
_RECOVERY = re.compile(
    r"^[ \t]*(?:export[ \t]+)?GRUB_DISABLE_RECOVERY=(?![\"']?true[\"']?[ \t]*$).*$", re.MULTILINE
)
_NO_RECOVERY = 'GRUB_DISABLE_RECOVERY="true"'
_PLAIN = re.compile(
    r"^[ \t]*(?:(?:export[ \t]+)?GRUB_CMDLINE_LINUX=|unset[ \t]+GRUB_CMDLINE_LINUX\b)(.*)$",
    re.MULTILINE,
)
_ITSELF = re.compile(r"\$\{?GRUB_CMDLINE_LINUX\b")
_VARIABLE = re.compile(r"^([ \t]*(?:export[ \t]+)?GRUB_CMDLINE_LINUX\w*\+?=)(.*)$", re.MULTILINE)


def main(request: Row) -> None:
    """All rows in one drop-in, and one update-grub."""
    if not os.path.exists(_DEFAULT) and not os.path.exists(_MENU):
        sys.stderr.write("there is no GRUB here: its settings are left alone\n")
        return
    dry = request["dry"]
    changed = False
    for row in request["rows"]:
        if row["family"] == "boot.no-recovery":
            changed |= _add(_NO_RECOVERY, dry)
            for path in _later():
                changed |= settle_text(path, lambda text: _RECOVERY.sub(r"# \g<0>", text), dry=dry)
            continue
        removed, added = _wanted(row)
        changed |= _remove(removed, added, dry)
        for word in added:
            changed |= _add(_line(word), dry)
            for path in [path for path in _later() if _starts_anew(path)][-1:]:
                changed |= _add(_line(word), dry, path)
    if (changed or request["rows"]) and os.path.exists(_MENU) and not dry:
        _update(offline=request["offline"])


def _wanted(row: Row) -> tuple[list[str], list[str]]:
    """Specifications of words to remove (`name`, `name=element`), and words to add."""
    if row["family"] == "modules.ipv6-disabled":
        return ["ipv6.disable"], ["ipv6.disable=1"]
    if row["family"] == "boot.apparmor":
        return ["apparmor", "security"], ["apparmor=1", "security=apparmor"]
    if row["family"] == "boot.argument-absent":
        return list(row["names"]), []
    name, value, style = row["name"], row.get("value"), row.get("style", "word")
    word = name if value is None else f"{name}={value}"
    removed = list(row.get("against", ()))
    if style == "letters":
        known = "".join(_values((name, *row.get("aliases", ()))))
        word = f"{name}={''.join(sorted(set(known.upper()) | set(value or '')))}"
    if style != "elements":
        removed += [name, *row.get("aliases", ())]
    return removed, [word]


def _files() -> list[str]:
    return [path for path in (_DEFAULT, *sorted(glob.glob(_OTHERS))) if os.path.exists(path)]


def _later() -> list[str]:
    """Files that are read after ours."""
    return [path for path in _files() if path not in (_DEFAULT, _OURS) and path > _OURS]


def _starts_anew(path: str) -> bool:
    """True if a file drops the words that the variable has; its own may be needed, so they stay,
    and ours follow them."""
    return any(not _ITSELF.search(words) for words in _PLAIN.findall(read(path)))


def _values(names: tuple[str, ...]) -> list[str]:
    """Values that hold for everything (before a comma slub_debug names caches after it)."""
    found = []
    for path in _files():
        for _start, words in _VARIABLE.findall(read(path)):
            pairs = [word.strip("\"'").partition("=") for word in words.split()]
            found += [value for name, _, value in pairs if name in names and value.isalpha()]
    return found


def _remove(specifications: list[str], added: list[str], dry: bool) -> bool:
    """Take words away wherever they stand, but for those that our drop-in adds."""

    def left(word: re.Match[str]) -> str:
        return "" if _is(word[0], specifications) else word[0]

    def stripped(match: re.Match[str]) -> str:
        if any(match[0] == _line(word) for word in added):
            return match[0]
        return match[1] + re.sub(r"[^\s\"']+", left, match[2])

    changed = False
    for path in _files():
        changed |= settle_text(path, lambda text: _VARIABLE.sub(stripped, text), dry=dry)
    return changed


def _line(word: str) -> str:
    return f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {word}"'


def _is(word: str, specifications: list[str]) -> bool:
    name, _, value = word.partition("=")
    for one in specifications:
        asked, equals, element = one.partition("=")
        same = name.replace("-", "_") == asked.replace("-", "_")
        if same and (not equals or element in value.split(",")):
            return True
    return False


def _add(line: str, dry: bool, path: str = _OURS) -> bool:
    return settle_text(path, lambda text: with_line(text or HEADER, line), dry=dry)


def _update(*, offline: bool) -> None:
    """Write the menu anew, and say so if that changed it."""
    before = read(_MENU)
    done = subprocess.run(["update-grub"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(f"update-grub: {done.stderr.strip()}\n")
        if not offline:
            sys.exit(1)
    if read(_MENU) != before:
        say(_MENU, "written by update-grub")
