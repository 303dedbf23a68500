"""Ways in which files name other files (`Follow`): each a `sed` program and its Python twin."""

from __future__ import annotations

import re
from dataclasses import replace

from scanners.host.model import Follow


def includes(within: tuple[str, ...], keywords: tuple[str, ...], base: str) -> Follow:
    """Lines `keyword glob [glob …]`, the keyword in any case, globs perhaps in double quotes."""
    start = "^[ \t]*(" + "|".join(_any_case(word) for word in keywords) + ")[ \t=]+"
    sed = f'/{start}/{{s///;s/[ \t]+#.*//;s/["\r]//g;s/[ \t]+/\\\n/g;p;}}'
    pattern = re.compile(start.encode() + rb"([^\n]*)", re.MULTILINE)

    def names(content: bytes) -> tuple[str, ...]:
        rests = [match.group(2) for match in pattern.finditer(content)]
        plain = (re.sub(rb"[ \t]+#.*", b"", rest) for rest in rests)
        return _decoded(re.split(rb"[ \t]+", b" ".join(re.sub(rb'["\r]', b"", p) for p in plain)))

    return Follow(within, sed, names, base)


def include_directories(within: tuple[str, ...], keywords: tuple[str, ...], base: str) -> Follow:
    """Lines `keyword directory [directory …]`: every file of the directories."""
    return replace(includes(within, keywords, base), suffix="/*")


def rsyslog_includes(within: tuple[str, ...]) -> Follow:
    """`$IncludeConfig glob` and, in one line, `include(file="glob")`; a folder is all its files."""
    legacy = rf"^[ \t]*\${_any_case('IncludeConfig')}[ \t]+([^ \t\r]+).*"
    script = rf"^.*{_any_case('include')}[ \t]*\(.*{_any_case('file')}[ \t]*=[ \t]*\"([^\"]*)\".*"
    sed = f"s~{legacy}~\\1~\nt n\ns~{script}~\\1~\nt n\nd\n:n\ns/[\"'\r]//g\ns~/$~/*~\np"
    patterns = (re.compile(legacy.encode()), re.compile(script.encode()))

    def names(content: bytes) -> tuple[str, ...]:
        hits = (patterns[0].match(line) or patterns[1].match(line) for line in content.split(b"\n"))
        plain = (re.sub(rb"[\"'\r]", b"", hit[1]) for hit in hits if hit)
        return _decoded([re.sub(rb"/$", b"/*", one) for one in plain])

    return Follow(within, sed, names, reduced=True)


def homes() -> Follow:
    """The home directories of passwd(5): only their owner and mode."""

    def names(content: bytes) -> tuple[str, ...]:
        fields = (line.split(b":") for line in content.split(b"\n"))
        return _decoded([_home(field) for field in fields if len(field) >= 7])

    sed = r"s#^([^:]*:){5}(/|[^:]*[^:/])/*:.*#\2#p"
    return Follow(("/etc/passwd",), sed, names, contents=False)


DOT_FILES = "/.[!.]*"
"""The suffix of a home's globs."""


def dot_files() -> Follow:
    """Whatever begins with a dot in the homes of people: only owner and mode."""

    def names(content: bytes) -> tuple[str, ...]:
        fields = (line.split(b":") for line in content.split(b"\n"))
        people = (field for field in fields if len(field) >= 7 and _PERSON.fullmatch(field[2]))
        return _decoded([_home(field) for field in people])

    sed = r"s#^([^:]*:){2}[1-9][0-9]{3,}:([^:]*:){2}(/|[^:]*[^:/])/*:.*#\3#p"
    return Follow(("/etc/passwd",), sed, names, suffix=DOT_FILES, contents=False)


def _home(fields: list[bytes]) -> bytes:
    return fields[5].rstrip(b"/") or fields[5][:1]


_PERSON = re.compile(rb"[1-9][0-9]{3,}")


def _any_case(word: str) -> str:
    return "".join(
        f"[{char.upper()}{char.lower()}]" if char.isalpha() else re.escape(char) for char in word
    )


def _decoded(names: list[bytes]) -> tuple[str, ...]:
    return tuple(name.decode("utf-8", "surrogateescape") for name in names if name)
