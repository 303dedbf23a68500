"""What augenrules(8) makes of /etc/audit/rules.d, and what the kernel has after `auditctl -R`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from scanners.host.formats.audit_rules import Line, Rule, read

LIMIT = 100_000
"""Lines that are read; more than that is no set of rules."""


@dataclass(frozen=True)
class Placed:
    """A line and where it stands."""

    text: str
    place: str
    """`/etc/audit/rules.d/50-x.rules:3`, or nothing for what the kernel printed."""


@dataclass(frozen=True)
class Loaded:
    """A rule that the kernel has, in the order in which it asks them."""

    rule: Rule
    text: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


@dataclass(frozen=True)
class RuleSet:
    """The kernel's rules and its switch."""

    rules: tuple[Loaded, ...]
    enabled: int | None
    """0 off, 1 on, 2 on and locked; None if no line says."""
    refused: tuple[str, ...] = ()
    """Lines that auditctl refuses, with its reason."""
    stopped: bool = False
    """True if nothing after the refused line is loaded."""

    @cached_property
    def index(self) -> Index:
        """The same rules by what they are about."""
        return Index(self.rules)


class Index:
    """Finds the few rules that can say anything of an event; asking all for each is slow."""

    def __init__(self, rules: tuple[Loaded, ...]) -> None:
        self.general: list[Loaded] = []
        """Rules of the lists that come before `exit`."""
        self._any: list[tuple[int, Loaded]] = []
        self._calls: dict[str, list[tuple[int, Loaded]]] = {}
        self._paths: dict[str, list[tuple[int, Loaded]]] = {}
        for place, one in enumerate(rules):
            if one.rule.list in ("task", "exclude", "filesystem"):
                self.general.append(one)
            elif one.rule.list == "exit":
                self._file(place, one)

    def _file(self, place: int, one: Loaded) -> None:
        rule = one.rule
        paths = [field.value for field in rule.fields if field.name in ("path", "watch", "dir")]
        if rule.action == "never":
            self._any.append((place, one))
        elif paths:
            self._paths.setdefault(paths[0], []).append((place, one))
        elif rule.syscalls is None:
            self._any.append((place, one))
        else:
            for name in rule.syscalls:
                self._calls.setdefault(name, []).append((place, one))

    def about(self, calls: frozenset[str], path: str) -> list[Loaded]:
        """Rules of the list `exit`, in their order, about one of these calls or about a path."""
        found = dict(self._any)
        for name in calls:
            found |= self._calls.get(name, ())
        while path:
            found |= self._paths.get(path, ())
            path = "" if path == "/" else path.rpartition("/")[0] or "/"
        return [found[place] for place in sorted(found)]


def joined(files: Iterable[tuple[str, str]], *, gawk: bool) -> list[Placed]:
    """(path, text) of *.rules → the lines of audit.rules, in augenrules' order.

    Its awk program knows blanks as `\\s`, which mawk (Debian's own awk) reads as the letter s:
    there only what starts in the first column is taken out of its place.
    """
    blank = r"[ \t]*" if gawk else "s*"
    head: dict[str, Placed] = {}
    patterns = {
        "e": re.compile(f"{blank}-e"), "D": re.compile(f"{blank}-D{blank}$"),
        "f": re.compile(f"{blank}-f"), "b": re.compile(f"{blank}-b"),
    }  # fmt: skip
    rest = []
    for line in _concatenated(sorted(files, key=lambda one: version_key(one[0]))):
        kind = next((name for name, pattern in patterns.items() if pattern.match(line.text)), None)
        if kind:
            head[kind] = line
        else:
            rest.append(line)
    first, last = [head[name] for name in "Dbf" if name in head], [head["e"]] if "e" in head else []
    return [*first, *rest, *last]


def lines_of(path: str, text: str) -> list[Placed]:
    """The lines of one file."""
    return list(_concatenated([(path, text)]))


def version_key(path: str) -> list[tuple[list[int], int]]:
    """The order of `ls -v`: runs of digits by their number, letters before other characters."""
    name = path.rsplit("/", 1)[-1].removesuffix(".rules")
    parts = re.findall(r"([^0-9]*)([0-9]*)", name)
    return [([_rank(char) for char in text] + [0], int(digits[:18] or 0)) for text, digits in parts]


def _rank(char: str) -> int:
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 0x110000


def _concatenated(files: Iterable[tuple[str, str]]) -> Iterator[Placed]:
    """cat(1): a file without a newline at its end runs on into the next."""
    held = None
    for path, text in files:
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            whole = Placed(line, f"{path}:{number}")
            if held:
                whole = Placed(held.text + line, held.place)
                held = None
            if number == len(lines):
                held = whole if whole.text else None
            else:
                yield whole
    if held:
        yield held


def load(lines: Iterable[Placed], machine: str, *, old: bool = False) -> RuleSet:
    """What `auditctl -R` leaves in a kernel without rules (auditctl(8), audit.rules(7)).

    `old`: see `audit_rules.read`.
    """
    state = _Kernel()
    for count, line in enumerate(lines):
        asked = read(line.text, machine, old=old)
        if asked is None:
            continue
        error = asked.error or ("too many lines" if count >= LIMIT else state.take(asked, line))
        if error:
            state.refused.append(f"{line.place}: {line.text.strip()} ({error})")
            if not state.forgiving:
                return state.left(stopped=True)
    return state.left(stopped=False)


class _Kernel:
    """A kernel that takes line after line."""

    def __init__(self) -> None:
        self.rules: list[Loaded] = []
        self.known: set[Rule] = set()
        self.enabled: int | None = None
        self.forgiving = False
        self.refused: list[str] = []

    def left(self, *, stopped: bool) -> RuleSet:
        return RuleSet(tuple(self.rules), self.enabled, tuple(self.refused), stopped)

    def take(self, asked: Line, line: Placed) -> str:
        """Why the kernel refuses, or nothing."""
        changes = asked.add or asked.delete or asked.clear or asked.enabled is not None
        if self.enabled == 2 and changes:
            return "the audit system is locked"
        self.forgiving = self.forgiving or asked.forgiving
        if asked.enabled is not None:
            self.enabled = asked.enabled
        if asked.clear:
            self._keep([one for one in self.rules if asked.key and not _has_key(one, asked.key)])
        if asked.add:
            return self._add(asked.add, line, asked.first)
        if asked.delete:
            if asked.delete not in self.known:
                return "No rule matches"
            self._keep([one for one in self.rules if one.rule != asked.delete])
        return ""

    def _add(self, rule: Rule, line: Placed, first: bool) -> str:
        if rule in self.known:
            return "Rule exists"
        self.known.add(rule)
        self.rules.insert(0 if first else len(self.rules),
                          Loaded(rule, line.text.strip(), line.place))  # fmt: skip
        return ""

    def _keep(self, rules: list[Loaded]) -> None:
        self.rules, self.known = rules, {one.rule for one in rules}


def _has_key(one: Loaded, key: str) -> bool:
    return any(key in own for own in one.rule.keys)
