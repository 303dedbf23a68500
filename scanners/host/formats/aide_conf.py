"""aide.conf(5): groups of attributes, and the rules that watch paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

_DEPTH = 8
_RULES = 5000
_REPETITIONS = 4
_LENGTH = 300
_HASHES = frozenset(
    [
        "md5",
        "sha1",
        "sha256",
        "sha512",
        "rmd160",
        "tiger",
        "crc32",
        "crc32b",
        "haval",
        "whirlpool",
        "gost",
        "stribog256",
        "stribog512",
        "sha512_256",
        "sha3_256",
        "sha3_512",
    ]
)
_BUILT_IN: Mapping[str, frozenset[str]] = {
    "R": frozenset(
        [
            "p",
            "ftype",
            "i",
            "l",
            "n",
            "u",
            "g",
            "s",
            "m",
            "c",
            "md5",
            "acl",
            "selinux",
            "xattrs",
            "e2fsattrs",
            "caps",
        ]
    ),
    "L": frozenset(
        ["p", "ftype", "i", "l", "n", "u", "g", "acl", "selinux", "xattrs", "e2fsattrs", "caps"]
    ),
    ">": frozenset(
        [
            "p",
            "ftype",
            "l",
            "u",
            "g",
            "i",
            "n",
            "s",
            "growing",
            "acl",
            "selinux",
            "xattrs",
            "e2fsattrs",
            "caps",
        ]
    ),
    "H": _HASHES,
    "X": frozenset(["acl", "selinux", "xattrs", "e2fsattrs", "caps"]),
    "E": frozenset(),
}
"""Groups that aide brings along."""


@dataclass(frozen=True)
class Rule:
    """A selection line."""

    kind: str
    """`select`, `equals` (only this path, not what is below) or `never`."""
    pattern: str
    """A regular expression from the beginning of the path."""
    attributes: frozenset[str]


@dataclass
class Config:
    """What was read so far."""

    database: str | None = None
    """database_in (formerly `database`), with `file:`."""
    groups: dict[str, frozenset[str]] = field(default_factory=lambda: dict(_BUILT_IN))
    rules: list[Rule] = field(default_factory=list)
    generated: bool = False
    """True if a program writes a part of the configuration: its rules are not known."""
    variables: dict[str, str] = field(default_factory=dict)


Files = Callable[[str, str | None], Iterable[tuple[str, bool]]]
"""(path, pattern of names in it) → (text, executable) in order; one file where it is no folder."""


def read(text: str, files: Files, config: Config | None = None, depth: int = 0) -> Config:
    """Read a configuration with its includes; conditions that cannot be told are taken as true."""
    config = config or Config()
    if depth > _DEPTH:
        return config
    active = [True]
    for raw in text.splitlines():
        line = _expand(raw.strip(), config.variables)
        if not line or line.startswith("#"):
            continue
        if line.startswith("@@") and _condition(line, config, active):
            continue
        if all(active) and len(config.rules) < _RULES:
            _line(line, files, config, depth)
    return config


def _expand(line: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"@@\{(\w+)\}", lambda match: variables.get(match[1], ""), line)


def _condition(line: str, config: Config, active: list[bool]) -> bool:
    """True if the line is one of @@if, @@ifdef, @@else, @@endif and has been dealt with."""
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    if word in ("@@ifdef", "@@ifndef"):
        active.append((rest in config.variables) == (word == "@@ifdef"))
    elif word in ("@@if", "@@ifhost", "@@ifnhost"):
        negated = rest.startswith("not ")
        parts = rest.removeprefix("not ").split()
        known = len(parts) == 2 and parts[0] == "defined"
        active.append(((parts[1] in config.variables) != negated) if known else True)
    elif word == "@@else":
        active[-1] = not active[-1]
    elif word == "@@endif":
        active[:] = active[:-1] or [True]
    else:
        return False
    return True


def _line(line: str, files: Files, config: Config, depth: int) -> None:
    words = line.split()
    if words[0] == "@@define":
        config.variables[words[1] if len(words) > 1 else ""] = " ".join(words[2:])
    elif words[0] == "@@undef":
        config.variables.pop(words[-1], None)
    elif words[0] in ("@@include", "@@x_include") and len(words) > 1:
        for text, executable in files(words[1], words[2] if len(words) > 2 else None):
            if executable and words[0] == "@@x_include":
                config.generated = True
            else:
                read(text, files, config, depth + 1)
    elif line[0] in "/!=-" or re.match(r"\\/|\(/", line):
        _rule(line, config)
    elif "=" in line and not line.startswith("@@"):
        name, value = (part.strip() for part in line.split("=", 1))
        if name in ("database", "database_in"):
            config.database = value
        elif re.fullmatch(r"[A-Za-z0-9_>]+", name):
            config.groups[name] = attributes(value, config.groups)


def _rule(line: str, config: Config) -> None:
    """`[!=]pattern [restriction] attributes`; blanks inside a pattern are escaped."""
    kind = {"!": "never", "-": "never", "=": "equals"}.get(line[0], "select")
    words = re.findall(r"(?:\\.|\S)+", line.lstrip("!=-"))
    if not words:
        return
    if kind == "never":
        config.rules.append(Rule(kind, words[0], frozenset()))
    elif len(words) > 1:
        config.rules.append(Rule(kind, words[0], attributes(words[-1], config.groups)))


def attributes(expression: str, groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """`p+i+Hashes-md5` as a set; names that are no group are attributes themselves."""
    found: frozenset[str] = frozenset()
    for sign, name in re.findall(r"([+-]?)\s*([A-Za-z0-9_>]+)", expression):
        one = groups.get(name, frozenset({name}))
        found = found - one if sign == "-" else found | one
    return found


def watched(path: str, rules: Iterable[Rule]) -> Rule | None:
    """The rule that decides about a file: of the deepest folder, the first; None if none watches.

    A rule that excludes the path wins over all.
    """
    best: tuple[int, Rule] | None = None
    for rule in rules:
        folder = _literal(rule.pattern)
        if not path.startswith(folder):
            continue
        matches = _matches(rule, path)
        if rule.kind == "never" and matches is not False:
            return None
        depth = folder.count("/")
        if matches and (best is None or depth > best[0]):
            best = (depth, rule)
    return best[1] if best else None


def _matches(rule: Rule, path: str) -> bool | None:
    """None for a pattern that could take Python's engine too long, or that it does not know."""
    if len(re.findall(r"[*+?{]", rule.pattern)) > _REPETITIONS or len(rule.pattern) > _LENGTH:
        return None
    try:
        match = re.match(rule.pattern, path)
    except (re.error, RecursionError, OverflowError):
        return None
    return match is not None and (rule.kind != "equals" or match.end() == len(path))


def _literal(pattern: str) -> str:
    """The folders that a pattern names without any sign of a regular expression."""
    plain = re.match(r"(?:\\[^A-Za-z0-9]|[^\\.*+?()\[\]{}|^$])*", pattern)
    text = plain[0].replace("\\", "") if plain else ""
    return text.rsplit("/", 1)[0]
