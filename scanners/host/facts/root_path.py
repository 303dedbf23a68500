"""Where root's login shell looks for commands, read from the files that set PATH.

What such a file evaluates or sources beyond those named here is not followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanners.host.model import Follow, Missing, Raw, Source
from scanners.host.reading import matching, text_of
from scanners.host.reductions import settings_file

LOGIN_DEFS, ENVIRONMENT = "/etc/login.defs", "/etc/environment"
_SYSTEM = ("/etc/profile", "/etc/profile.d/*.sh")
_OWN = ("/root/.bash_profile", "/root/.bash_login", "/root/.profile")
"""A login shell reads the first of these."""
_INTERACTIVE = ("/etc/bash.bashrc", "/root/.bashrc")
_DEFAULT = "/sbin:/bin:/usr/sbin:/usr/bin"
"""login(1) without ENV_SUPATH."""
_USUAL = (
    *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"),
    *("/usr/games", "/usr/local/games", "/snap/bin", "/root/bin", "/root/.local/bin"),
)
"""Looked at in any case: variables lead to them."""


@dataclass(frozen=True)
class Word:
    """One place in the search path."""

    text: str
    file: str
    certain: bool
    """False if the file adds it under a condition, such as that the directory exists."""


@dataclass(frozen=True)
class RootPath:
    """The search path of root's login shell."""

    words: tuple[Word, ...]
    unknown: tuple[str, ...] = ()
    """Words that only a running shell could tell, with their files."""


def parse(raw: Raw) -> RootPath | Missing:
    """login.defs(5), /etc/environment, the system's profile, then root's own."""
    state = _State()
    for path in (LOGIN_DEFS, ENVIRONMENT):
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        state.read_plain(path, text or "", "ENV_SUPATH" if path == LOGIN_DEFS else "")
    profiles = [file.path for glob in _SYSTEM for file in matching(raw, glob)]
    own = next(([path] for path in _OWN if path in raw.files), [])
    sourced = False
    for path in [*profiles, *own]:
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        sourced |= "bashrc" in (text or "")
        state.read_shell(path, text or "")
    for path in _INTERACTIVE if sourced else ():
        text = text_of(raw, path)
        if isinstance(text, Missing):
            return text
        state.read_shell(path, text or "")
    return RootPath(tuple(state.words), tuple(state.unknown))


_PLAIN = re.compile(r"^\s*(?:export\s+)?PATH\s*=\s*(\"[^\"]*\"|'[^']*'|\S*)")
_ASSIGNMENT = re.compile(
    r"(?:^|[&|{()]|\b(?:then|else|do|export|readonly|declare|typeset|local))\s*"
    r"(?:-\w+\s+)*([A-Za-z_]\w*)(\+?=)(\"[^\"]*\"|'[^']*'|[^\s;&|]*)"
)
_FOR_ROOT = re.compile(r"(id -u|\bE?UID\b).*(-eq\s+0|==?\s*\"?0)")
_FOR_OTHERS = re.compile(r"(id -u|\bE?UID\b).*(-ne\s+0|!=\s*\"?0|-gt\s+0)")
_STATEMENT = re.compile(r"(?:[^;\"'`]|\"[^\"]*\"|'[^']*'|`[^`]*`)+")
_KEYWORD = re.compile(r"(?:^|&&|\|\||\bthen\b|\belse\b|\bdo\b|\))\s*(if|elif|else|fi|case|esac)\b")
_OPPOSITE = {"root": "others", "others": "root", "maybe": "maybe"}


class _State:
    """The words so far, in order, as a shell that reads the files would have them."""

    def __init__(self) -> None:
        self.words = [Word(text, "login(1)", True) for text in _DEFAULT.split(":")]
        self.unknown: list[str] = []
        self._variables: dict[str, str] = {"HOME": "/root"}

    def read_plain(self, file: str, text: str, key: str) -> None:
        """`ENV_SUPATH PATH=…` of login.defs, or `PATH=…` of pam_env."""
        for line in text.splitlines():
            rest = line.strip()
            if key:
                word, _, rest = rest.partition(" ") if " " in rest else rest.partition("\t")
                if word != key:
                    continue
                rest = rest.strip()
                rest = rest if rest.startswith("PATH=") else f"PATH={rest}"
            match = _PLAIN.match(rest)
            if match:
                self._set(_unquoted(match[1]), file, certain=True)

    def read_shell(self, file: str, text: str) -> None:
        """Assignments in the order of the file; branches that are not root's are left out."""
        branches: list[str] = []
        for line in text.replace("\\\n", "").splitlines():
            plain = re.sub(r"(^|\s)#.*$", "", line)
            for statement in _STATEMENT.findall(plain):
                self._read_statement(file, statement.strip(), branches)

    def _read_statement(self, file: str, statement: str, branches: list[str]) -> None:
        keywords = _KEYWORD.findall(statement)
        for keyword in keywords:
            _branch(keyword, statement, branches)
        if "others" not in branches:
            certain = "maybe" not in branches and not re.search(r"&&|\|\|", statement)
            for name, sign, value in _ASSIGNMENT.findall(statement):
                self._assign(name, sign, value, file, certain=certain)
        if {"fi", "esac"} & set(keywords):
            branches[-1:] = []

    def _assign(self, name: str, sign: str, value: str, file: str, *, certain: bool) -> None:
        text = _unquoted(value)
        if name != "PATH":
            known = text if value.startswith("'") else self._expanded(text)
            if known is None:
                self._variables.pop(name, None)
            else:
                self._variables[name] = known
            return
        self._set(f"$PATH{text}" if sign == "+=" else text, file, certain=certain)

    def _set(self, value: str, file: str, *, certain: bool) -> None:
        value = re.sub(r"\$\{PATH:?\+((?:\$\{PATH\}|[^}])*)\}", r"\1", value)
        before = self.words
        words: list[Word] = []
        for text in value.split(":"):
            if text in ("$PATH", "${PATH}"):
                words += before
                continue
            known = self._expanded(text)
            if known is None:
                self.unknown.append(f"{file}: {text}")
            else:
                words.append(Word(known, file, certain))
        if not certain:
            words = [*before, *(word for word in words if word not in before)]
        self.words = words

    def _expanded(self, text: str) -> str | None:
        """A word without variables; None if a variable or a command is not known."""
        if text == "~" or text.startswith("~/"):
            text = "/root" + text[1:]
        missing = False

        def value(match: re.Match[str]) -> str:
            nonlocal missing
            found = self._variables.get(match[1] or match[2])
            missing |= found is None
            return found or ""

        plain = re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)
        return None if missing or "$" in plain or "`" in plain else plain


def _branch(keyword: str, line: str, branches: list[str]) -> None:
    if keyword in ("if", "case"):
        branches.append(_whose(line) if keyword == "if" else "maybe")
    elif keyword == "elif" and branches:
        branches[-1] = _whose(line)
    elif keyword == "else" and branches:
        branches[-1] = _OPPOSITE[branches[-1]]


def _whose(line: str) -> str:
    if _FOR_ROOT.search(line):
        return "root"
    return "others" if _FOR_OTHERS.search(line) else "maybe"


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value.replace('"', "").replace("'", "")


def _directories() -> Follow:
    """The places of every assignment to PATH, to look at their owner and mode."""
    sed = "/PATH=/!d\ns/.*PATH=//\ns/[\"'{}]//g\ns/[; \t&|].*//\ns/:/\\\n/g\np"

    def names(content: bytes) -> tuple[str, ...]:
        found: list[bytes] = []
        for line in content.split(b"\n"):
            if b"PATH=" in line:
                rest = re.sub(rb"[\"'{}]", b"", line.rsplit(b"PATH=", 1)[1])
                found += re.split(rb"[; \t&|]", rest, maxsplit=1)[0].split(b":")
        return tuple(name.decode("utf-8", "surrogateescape") for name in found if name)

    within = (LOGIN_DEFS, ENVIRONMENT, *_SYSTEM, *_OWN, *_INTERACTIVE)
    return Follow(within, sed, names, contents=False)


SOURCE = Source(
    RootPath,
    parse,
    files=(LOGIN_DEFS, *_SYSTEM, "/root/.profile", *_INTERACTIVE),
    stats=_USUAL,
    reduced=tuple(map(settings_file, (ENVIRONMENT, *_OWN[:2]))),
    follows=(_directories(),),
)
