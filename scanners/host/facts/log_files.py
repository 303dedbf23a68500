"""The files that rsyslog's rules write to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.host.following import rsyslog_includes
from scanners.host.model import Follow, Missing, Raw, Source
from scanners.host.reading import matching, text_of
from scanners.host.reductions import settings_file

_MAIN = "/etc/rsyslog.conf"
_PARTS = "/etc/rsyslog.d/*.conf"
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$|(?<=\s)#[^\"\n]*$")
_OBJECT = re.compile(r"(?is)\b([a-z_]+)\s*\(((?:[^()\"]|\"(?:\\.|[^\"\\])*\")*)\)")
_PAIR = re.compile(r'([\w.]+)\s*=\s*"((?:\\.|[^"\\])*)"', re.ASCII)
_INCLUDE = re.compile(r"(?im)^\s*\$IncludeConfig\s+(\S+)")
_CHANNEL = re.compile(r"(?im)^\s*\$outchannel\s+[^,\s]+\s*,\s*(/[^,\s]+)")
_RULE = re.compile(r"(?!\$).*\s-?(/[^\s;\"]+)(?:;\S*)?(?:\s*\})?$")
_DYNAMIC = re.compile(r"(?!\$).*\s-?(\?[\w-]+)")


@dataclass(frozen=True)
class LogFiles:
    """What rsyslog writes to."""

    paths: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """Names that are only known when a message comes (templates), and includes not read."""


def parse(raw: Raw) -> LogFiles | Missing:
    """The main file and everything that it includes, however deep."""
    paths: dict[str, None] = {}
    unknown: dict[str, None] = {}
    waiting, done = [_MAIN], set()
    while waiting:
        path = waiting.pop()
        if path in done:
            continue
        done.add(path)
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        plain = _COMMENT.sub("", text or "")
        for name in _written(plain):
            (paths if name.startswith("/") else unknown)[name] = None
        for pattern in _included(plain):
            found = {file.path: file.kind for file in matching(raw, pattern)}
            folders = [path for path, kind in found.items() if kind == "directory"]
            unknown |= dict.fromkeys(folders)  # rsyslog reads all of their files
            waiting += found.keys() - folders
            if pattern not in raw.asked and pattern not in found:
                unknown[pattern] = None
    return LogFiles(tuple(sorted(paths)), tuple(sorted(unknown)))


def _written(text: str) -> Iterator[str]:
    for kind, inside in _OBJECT.findall(text):
        pairs = {key.lower(): value for key, value in _PAIR.findall(inside)}
        if kind.lower() == "action" and pairs.get("type", "").lower() == "omfile":
            yield pairs.get("file") or f"?{pairs.get('dynafile', '')}"
    yield from _CHANNEL.findall(text)
    for line in _OBJECT.sub("", text).splitlines():
        match = _RULE.match(line.strip()) or _DYNAMIC.match(line.strip())
        if match:
            yield match[1]


def _included(text: str) -> Iterator[str]:
    for pattern in _patterns(text):
        yield f"{pattern}*" if pattern.endswith("/") else pattern  # a folder: all its files


def _patterns(text: str) -> Iterator[str]:
    yield from (pattern.strip("\"'") for pattern in _INCLUDE.findall(text))
    for kind, inside in _OBJECT.findall(text):
        pairs = {key.lower(): value for key, value in _PAIR.findall(inside)}
        if kind.lower() == "include" and pairs.get("file"):
            yield pairs["file"]


def _named() -> Follow:
    """Paths that end a line, and those of `file="…"`, to look at their owner and mode."""
    ending = r"[ \t]-?(/[^ \t;\"*?]*[^ \t;\"*?/])(;[^ \t]*)?[ \t]*}?[ \t]*$"
    quoted = r"[Ff][Ii][Ll][Ee][ \t]*=[ \t]*\"(/[^\"*?]*[^\"*?/])\""
    sed = f"s#^.*{ending}#\\1#p\nt\ns#^.*{quoted}.*#\\1#p"
    first = re.compile(rb"^.*" + ending.encode())
    second = re.compile(rb"^.*" + quoted.encode())

    def names(content: bytes) -> tuple[str, ...]:
        hits = (first.match(line) or second.match(line) for line in content.split(b"\n"))
        return tuple(hit[1].decode("utf-8", "surrogateescape") for hit in hits if hit)

    return Follow((_MAIN, _PARTS), sed, names, contents=False)


SOURCE = Source(
    LogFiles,
    parse,
    reduced=(settings_file(_MAIN), settings_file(_PARTS)),
    follows=(_named(), rsyslog_includes((_MAIN, _PARTS))),
)
