"""How long a log server keeps what it was sent, by what removes files there.

Read as systemd-tmpfiles reads tmpfiles.d(5), and as logrotate(8) matches names. A rule of an
ancestor counts as if it reached the folder, and exclusions are passed over: both only shorten what
is found. What else may remove files (a job of cron) cannot be told, so a folder of which no rule
says anything passes for nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import failed, not_applicable, not_evaluated, passed, unless_unread
from policies.model import Verdict
from scanners.host.facts.logging import Logging
from scanners.host.facts.text_files import TextFiles

_FOLDERS = (
    *("/etc/tmpfiles.d", "/run/tmpfiles.d"),
    *("/usr/local/lib/tmpfiles.d", "/usr/lib/tmpfiles.d"),
)
"""Of two files of one name the earlier folder's counts (tmpfiles.d(5))."""
_AGES = frozenset("dDevqQC")
"""Types of lines whose age cleans what is below."""
_REMOVES = frozenset("rRD")
"""Types of lines that remove something at each boot."""
_DAYS = {
    **{"us": 1e-6 / 86_400, "ms": 1e-3 / 86_400, "s": 1 / 86_400},
    **{"m": 1 / 1_440, "min": 1 / 1_440, "h": 1 / 24, "d": 1, "w": 7},
}
_SPAN = re.compile(r"([0-9]+)\s*([a-z]*)")
_AGE = re.compile(r"(?:[abcmABCM]+:)?~?(.*)", re.DOTALL)
_ROTATE = "/etc/logrotate.conf"
_ROTATE_D = "/etc/logrotate.d/"


class KeptArgs(Args):
    """The folder of the logs, for how many days at least, and the files that say so."""

    folder: str
    """Absolute, without a slash at the end."""
    minimum: int
    paths: tuple[str, ...]
    """Globs of the files that are read for it."""


@dataclass(frozen=True)
class _Rule:
    """A line of tmpfiles.d that touches the folder."""

    source: str
    type: str
    age: str

    def __str__(self) -> str:
        return self.source


@family("logs.kept", needs=(TextFiles, Logging), args=KeptArgs)
def kept(args: KeptArgs, files: TextFiles, logging: Logging) -> Verdict:
    """Files of a log server's folder are kept for so many days."""
    if not any(one.loaded for one in logging.inputs):
        none = not_applicable(msg("rsyslog takes no messages from others"))
        return unless_unread(none, logging.unread)
    unread = [path for path in sorted(files.unreadable) if _is_read(path, args.paths)]
    if unread or not all(files.asked_for(path) for path in args.paths):
        return not_evaluated(msg("{path} could not be read", path=(unread or args.paths)[0]))
    rotated = [path for path, text in sorted(files.texts.items())
               if _is_logrotate(path) and _takes(text, args.folder)]  # fmt: skip
    if rotated:
        return not_evaluated(msg("logrotate takes files of {folder} too: {path}",
                                 folder=args.folder, path=rotated[0]), rotated)  # fmt: skip
    rules = list(_rules(files.texts, args.folder))
    evidence = list(map(str, rules))
    gone = [rule for rule in rules if rule.type in _REMOVES]
    if gone:
        return failed(msg("files of {folder} are removed at boot", folder=args.folder), evidence)
    ages = [_days(rule.age) for rule in rules]
    if not ages or None in ages:
        return not_evaluated(msg("no rule says how long files of {folder} are kept",
                                 folder=args.folder), evidence)  # fmt: skip
    least = min(age for age in ages if age is not None)
    reason = msg("files of {folder} are kept for {found} days; at least {wanted}",
                 folder=args.folder, found=int(least), wanted=args.minimum)  # fmt: skip
    return (passed if least >= args.minimum else failed)(reason, evidence)


def _is_read(path: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, glob) for glob in globs)


def _is_logrotate(path: str) -> bool:
    return path == _ROTATE or path.startswith(_ROTATE_D)


def _takes(text: str, folder: str) -> bool:
    """True if logrotate may touch a file under the folder, or reads files that were not read."""
    for line in text.splitlines():
        words = line.split("#", 1)[0].replace("{", " ").replace('"', " ").split()
        if words[:1] == ["include"] and words[1:2] not in (["/etc/logrotate.d"], [_ROTATE_D]):
            return True
        if any(word.startswith("/") and _is_below(word, folder) for word in words):
            return True
    return False


def _is_below(glob: str, folder: str) -> bool:
    """True if a name's glob, in which a star crosses no slash, can mean a file under the folder."""
    parts, above = glob.strip("/").split("/"), folder.strip("/").split("/")
    return len(parts) > len(above) and all(map(fnmatchcase, above, parts))


def _rules(texts: Mapping[str, str], folder: str) -> Iterator[_Rule]:
    """Lines that clean or remove the folder, something in it, or what it lies in."""
    for path, text in _effective(texts):
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                words = shlex.split(line)
            except ValueError:
                words = line.split()
            kind, where = words[0].rstrip("+!-=~^$"), words[1] if len(words) > 1 else ""
            age = words[5] if len(words) > 5 else "-"
            cleans = kind in _AGES and age != "-"
            if _touches(where, folder, kind) and (cleans or kind in _REMOVES):
                yield _Rule(f"{path}:{number}: {line.strip()}", kind, age)


def _effective(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The files that count, by name."""
    found: dict[str, tuple[str, str]] = {}
    for folder in _FOLDERS:
        for path, text in texts.items():
            head, _slash, name = path.rpartition("/")
            if head == folder and name.endswith(".conf"):
                found.setdefault(name, (path, text))
    return [found[name] for name in sorted(found)]


def _touches(where: str, folder: str, kind: str) -> bool:
    """True if a line's path, which may be a glob, is the folder, in it, or (for what reaches below)
    above it."""
    parts, mine = where.strip("/").split("/"), folder.strip("/").split("/")
    if kind == "r" and len(parts) < len(mine):
        return False  # one file, or an empty folder
    return all(map(fnmatchcase, mine, parts))


def _days(age: str) -> float | None:
    """An age of tmpfiles.d in days; None for what is no such length."""
    match = _AGE.fullmatch(age)
    text = match[1] if match else ""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", ""):
        return None
    if any((unit or "s") not in _DAYS for _number, unit in parts):
        return None
    return sum(int(number) * _DAYS[unit or "s"] for number, unit in parts)
