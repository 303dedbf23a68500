"""What every parser needs of a Raw: texts, outputs, and the reason where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from govctl.texts import Message, msg
from scanners.host.folders import Folders
from scanners.host.model import File, Missing, Output, Raw

TIMED_OUT = frozenset({124, 137})
"""Statuses of timeout(1): ended by TERM, ended by KILL."""
NOT_FOUND = 127
_BLANKS = bytes.maketrans(b"\x0b\x0c\x1c\x1d\x1e", b"     ")
_NO_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), "\ufffd")
_WILD = re.compile(r"[*?[]")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\uffff]")


def text_of(raw: Raw, path: str) -> str | Missing | None:
    """A file's text; None if it does not exist, Missing if it exists and could not be read."""
    file = raw.files.get(path)
    if file is None:
        return None
    return file_text(file)


def file_text(file: File) -> str | Missing:
    """The text of a file that exists; bytes that are no UTF-8 become U+FFFD.

    Programs end lines at a newline. What Python takes for ends of lines besides is a blank here if
    it is ASCII, else U+FFFD: or the rest of a comment would be a line of its own.
    """
    if file.content is not None:
        text = file.content.translate(_BLANKS).decode("utf-8", "replace")
        return text if text.isascii() else text.translate(_NO_ENDS)
    if file.kind == "link" and is_null(file):
        return ""
    return Missing(msg("{path} could not be read", path=file.path))


def is_part(raw: Raw) -> bool:
    """True for a tree without dpkg's database: that a program is not there proves nothing."""
    status = "/var/lib/dpkg/status"
    return not raw.live and not any(
        path == status or path.startswith(f"{status}.d/") for path in raw.files
    )


def is_null(file: File) -> bool:
    """True for a link to /dev/null, which is how directories of drop-ins mask a file."""
    return file.kind == "link" and file.target == "/dev/null"


def output_of(raw: Raw, name: str, ok: frozenset[int] | None = frozenset({0})) -> str | Missing:
    """A command's output as text, or why it cannot be used; `ok=None` takes any exit status."""
    output = raw.outputs.get(name)
    if output is None:
        if not raw.live:
            return Missing(msg("needs a running system, and this is a tree of files"))
        return Missing(msg("{command} was not run", command=name))
    reason = failure_of(output, ok)
    return Missing(reason) if reason else output.stdout.decode("utf-8", "replace")


def failure_of(output: Output, ok: frozenset[int] | None = frozenset({0})) -> Message | None:
    """Why an output cannot be used; None if it can."""
    if output.status in TIMED_OUT:
        seconds = f"{output.seconds:.0f}"
        return msg(
            "{command} did not end in {seconds} s", command=shown(output.line), seconds=seconds
        )
    if output.truncated:
        return msg("{command} printed more than is read", command=shown(output.line))
    if output.status == NOT_FOUND:
        return msg("{command}: the program is not there", command=shown(output.line))
    if ok is not None and output.status not in ok:
        return msg(
            "{command} ended with status {status}: {error}",
            command=shown(output.line),
            status=output.status,
            error=first_line(output.stderr) or "-",
        )
    return None


def shown(line: str) -> str:
    """A command as a sentence quotes it: its first line without what filters its output."""
    first = line.split("\n", 1)[0].split(" | ", 1)[0]
    return first if len(first) <= 80 else first[:79] + "…"


def first_line(data: bytes) -> str:
    """The first line that says something, at most 200 characters, control characters removed."""
    for line in data.decode("utf-8", "replace").splitlines():
        clean = printable(line).strip()
        if clean:
            return clean[:200]
    return ""


def printable(text: str) -> str:
    """Text without control characters and terminal escapes."""
    return _UNPRINTABLE.sub("", text)


def matching(raw: Raw, glob: str) -> list[File]:
    """Files under one glob, by path; `*` stops at a slash and skips dot files, as in the shell."""
    return [raw.files[path] for path in expand(raw.folders, glob)]


def expand(folders: Folders, glob: str) -> list[str]:
    """The known paths that the shell would expand a glob to, sorted."""
    parent, _slash, last = glob.rpartition("/")
    if _WILD.search(parent):
        inside = [folder for folder in folders if glob_matches(parent, folder)]
    else:
        inside = [parent] if parent in folders else []
    return sorted(
        f"{folder}/{name}" if folder or name else "/"
        for folder in inside
        for name in _named(last, folders[folder])
    )


def _named(pattern: str, names: Sequence[str]) -> Iterable[str]:
    if not _WILD.search(pattern):
        return (pattern,) if pattern in names else ()
    return (name for name in names if _part_matches(pattern, name))


def glob_matches(glob: str, path: str) -> bool:
    """True if the shell would expand the glob to this path."""
    # Asked for every glob and every file of a host: most fail at the first comparison.
    start, patterns = _glob_parts(glob)
    if not path.startswith(start):
        return False
    if not patterns:
        return path == start
    names = path.split("/")
    if len(names) != len(patterns):
        return False
    return all(map(_part_matches, patterns, names))


class Globs:
    """Many globs at once."""

    def __init__(self, globs: Iterable[str]) -> None:
        self._every = frozenset(globs)
        self._wild = tuple(glob for glob in self._every if _WILD.search(glob))

    def match(self, path: str) -> bool:
        """True if the shell would expand one of them to this path, or the path is one of them."""
        return path in self._every or any(glob_matches(glob, path) for glob in self._wild)


@lru_cache(maxsize=1 << 16)
def _glob_parts(glob: str) -> tuple[str, tuple[str, ...]]:
    """What stands before the first wildcard; the parts between slashes if there is a wildcard."""
    wild = _WILD.search(glob)
    return (glob[: wild.start()], tuple(glob.split("/"))) if wild else (glob, ())


def _part_matches(pattern: str, name: str) -> bool:
    hidden = name.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatchcase(name, pattern) if pattern != name else True


def drop_ins(
    raw: Raw, directories: tuple[str, ...], suffix: str | tuple[str, ...] = ".conf"
) -> list[File]:
    """Files of `*.d` directories as systemd and kmod take them.

    The directories are given by falling priority: of two files with one name the first counts, and
    all are read by name, whatever their directory. A link to /dev/null masks.
    """
    chosen: dict[str, File] = {}
    for directory in directories:
        for name in raw.folders.get(directory, ()):
            file = raw.files[f"{directory}/{name}"]
            if name.endswith(suffix) and file.kind != "directory":
                chosen.setdefault(name, file)
    return [chosen[name] for name in sorted(chosen) if not is_null(chosen[name])]


def logical_lines(text: str, comments: str = "#") -> Iterator[tuple[int, str]]:
    """Numbered lines, backslash continuations joined, without blanks and whole-line comments."""
    start, held = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        start = start or number
        if not held and line.lstrip()[:1] in tuple(comments):
            start = 0
            continue
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        whole = (held + line).strip()
        if whole:
            yield start, whole
        start, held = 0, ""
    if held.strip():
        yield start, held.strip()
