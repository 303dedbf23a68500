"""YAML as data that knows where each value stands.

YAML 1.1 by PyYAML's C parser. Sequences become tuples, mappings dictionaries with text keys; each
value's and each key's position is kept by its path. What could hurt (aliases that expand without
end, deep nesting, huge files) and what would silently mislead (duplicate keys) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from govctl.errors import InputError, Problem
from govctl.estate.places import Place, Problems
from govctl.texts import _

Way = tuple[str | int, ...]
"""The way to a value: `("units", 0, "site")`."""

LARGEST = 16 * 2**20
DEEPEST = 40
MOST_VALUES = 500_000


@dataclass
class Document:
    """A file's data with the positions of its values and keys."""

    file: Path
    data: Any
    values: dict[Way, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Way, tuple[int, int]] = field(default_factory=dict)
    plain: dict[Way, str] = field(default_factory=dict)
    """Scalars written without quotes that YAML did not read as text, as they were written."""
    told: set[Way] = field(default_factory=set)
    """Values whose problem was noted before validation."""

    def at(self, path: Way) -> Place:
        """The position of a value, or of the nearest thing around it."""
        while path not in self.values:
            if not path:
                return Place(self.file, 1, 1)
            path = path[:-1]
        return Place(self.file, *self.values[path])

    def at_key(self, path: Way) -> Place:
        """The position of a key."""
        return Place(self.file, *self.keys[path]) if path in self.keys else self.at(path)


def read_text(file: Path) -> str:
    """The text of an input file; InputError with one clear problem if there is none."""
    try:
        if file.is_dir():
            raise _whole(file, _("this is a folder, not a file"))
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)  # a device or a pipe tells no size
    except FileNotFoundError:
        raise _whole(file, _("there is no such file")) from None
    except OSError as error:
        raise _whole(file, _("cannot be read: {why}", why=error.strerror or str(error))) from None
    if len(raw) > LARGEST:
        raise _whole(file, _("the file is larger than {size} MiB", size=LARGEST // 2**20))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = _("byte 0x{byte} is not UTF-8 text", byte=f"{raw[error.start]:02x}")
        hint = _("save the file as UTF-8")
        raise InputError([Problem(file, line, column, message, hint=hint)]) from None


def read_document(file: Path) -> Document:
    """Parse a YAML file; InputError with every problem of its syntax."""
    return parse_document(read_text(file), file)


def parse_document(text: str, file: Path) -> Document:
    """Parse YAML text that came from `file`."""
    try:
        _refuse_depth(text, file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise InputError([_syntax(error, text, file)]) from None
    except yaml.YAMLError as error:
        raise _whole(file, _("not valid YAML: {why}", why=" ".join(str(error).split()))) from None
    document = Document(file, None)
    if root is None:
        raise _whole(file, _("the file is empty"))
    _Builder(document).build(root)
    return document


def _whole(file: Path, message: str) -> InputError:
    return InputError([Problem(file, 0, 0, message)])


def _refuse_depth(text: str, file: Path) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                message = _("nested more than {count} levels deep", count=DEEPEST)
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise InputError([Problem(file, line, 1, message)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax(error: yaml.MarkedYAMLError, text: str, file: Path) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    tab = here.find("\t")
    if tab >= 0 and not here[:tab].strip():
        message = _("a tab in the indentation")
        return Problem(file, line, tab + 1, message, hint=_("YAML is indented with spaces"))
    why = " ".join(part for part in (error.context, error.problem) if part)
    return Problem(file, line, column, _("not valid YAML: {why}", why=why))


class _Builder:
    """Turns nodes into data, once, and notes the positions on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = Problems()
        self.scalars = yaml.CSafeLoader("")
        self.count = 0

    def build(self, root: yaml.Node) -> None:
        self.document.data = self.value(root, (), frozenset())
        self.problems.check()

    def value(self, node: yaml.Node, path: Way, inside: frozenset[int]) -> Any:
        mark = node.start_mark
        self.document.values[path] = (mark.line + 1, mark.column + 1)
        self.count += 1
        if id(node) in inside or self.count > MOST_VALUES:
            message = _("an alias (*) that contains itself, or aliases that expand without end")
            self.problems.add(self.document.at(path), message)
            self.problems.check()
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, inside | {id(node)})
        if isinstance(node, yaml.SequenceNode):
            below = inside | {id(node)}
            return tuple(
                self.value(item, (*path, index), below) for index, item in enumerate(node.value)
            )
        return self.scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: Way, inside: frozenset[int]) -> Any:
        result: dict[str, Any] = {}
        for key, value in node.value:
            mark = key.start_mark
            place = Place(self.document.file, mark.line + 1, mark.column + 1)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.add(place, _("a key must be text"))
                continue
            if key.tag == "tag:yaml.org,2002:merge":
                hint = _("write the values out, or put them into a site kind")
                self.problems.add(place, _("merge keys (<<) are not understood here"), hint=hint)
                continue
            name = str(key.value)
            if name in result:
                line = self.document.keys[(*path, name)][0]
                message = _('the key "{key}" stands twice', key=name)
                hint = _("the first one is in line {line}", line=line)
                self.problems.add(place, message, hint=hint)
                continue
            self.document.keys[(*path, name)] = (place.line, place.column)
            result[name] = self.value(value, (*path, name), inside)
        return result

    def scalar(self, node: yaml.Node, path: Way) -> Any:
        try:
            value = self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            message = _('cannot be read as a value: "{text}"', text=str(node.value)[:40])
            self.problems.add(self.document.at(path), message)
            return None
        if not isinstance(value, str) and isinstance(node, yaml.ScalarNode):
            self.document.plain[path] = str(node.value)
        return value
