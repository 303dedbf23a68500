"""Help pages in the language of the run: what a command is for, its words, and an example.

A command's docstring is its help: the first paragraph stands in the list of commands, so it is
short enough for one line. Its epilog is an example, which reads the same in every language.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from govctl.cli.coercing import quicken
from govctl.cli.usage import unknown_command, unknown_words
from govctl.texts import _

WIDTH = 80
COLUMN = 24
"""A name that is longer has its text on the next line."""


class Command(TyperCommand):
    """A command whose help and whose errors about its words are govctl's own."""

    def get_help(self, ctx: Any) -> str:
        """The page of `govctl <command> -h`."""
        own: list[Any] = list(self.get_params(ctx))
        words = [param for param in own if param.param_type_name == "argument"]
        options = [param for param in own if param.param_type_name == "option"]
        blocks = [
            _usage(ctx, [_("[OPTIONS]"), *(_bracketed(word) for word in words)]),
            *_paragraphs(self.help),
            _rows((_metavar(word), word.help) for word in words),
            _section(_("Options:"), (_option(option) for option in options)),
            _("For every command: --lang, --no-color, --quiet, --verbose (see govctl -h)"),
            _example(self.epilog),
        ]
        return "\n\n".join(block for block in blocks if block)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse words that are one too many in govctl's own way."""
        ctx.allow_extra_args = True
        quicken(self.get_params(ctx))
        try:
            rest = super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "ctx", ctx) is None:  # some of the parser's errors forget where
                error.ctx = ctx  # type: ignore[attr-defined]
            raise
        if rest and not ctx.resilient_parsing:
            raise unknown_words(ctx.command_path, rest)
        return rest


class Group(TyperGroup):
    """A group of commands, listed as a newcomer needs them."""

    order: tuple[str, ...] = ()
    """Names in the order of the list, a string for each part; what is not here comes last."""

    def get_help(self, ctx: Any) -> str:
        """The page of `govctl -h` and of its groups."""
        options = [p for p in self.get_params(ctx) if p.param_type_name == "option"]
        width = max(len(name) for name in self.commands)
        lists = [_rows(self._summaries(part), width) for part in self._parts()]
        blocks = [
            _usage(ctx, [_("[OPTIONS]"), _("COMMAND …")]),
            *_paragraphs(self.help),
            _("Commands:") + "\n" + "\n\n".join(lists),
            _section(_("Options:"), (_option(option) for option in options)),
            *_paragraphs(self.epilog),
        ]
        return "\n\n".join(block for block in blocks if block)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options that stand before a command."""
        quicken(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in their order."""
        return [name for part in self._parts() for name in part]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a word; UsageError with a suggestion if there is none."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and name not in self.commands:
            raise unknown_command(ctx.command_path, name, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def _parts(self) -> list[list[str]]:
        known = [[name for name in part.split() if name in self.commands] for part in self.order]
        rest = [name for name in self.commands if not any(name in part for part in known)]
        return [part for part in (*known, rest) if part]

    def _summaries(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            command = self.commands[name]
            yield name, _(texts_of(command.help)[0])


class MainGroup(Group):
    """govctl itself."""

    order = (
        "init validate show plan up status drift scan harden patch report destroy",
        "waive attest waivers baseline evidence diff",
        "collect evaluate check image estate schema inventory doctor unlock",
    )


def texts_of(docstring: str | None) -> list[str]:
    """The paragraphs of a docstring, each on one line: what the catalogue translates."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return [" ".join(paragraph.split()) for paragraph in paragraphs]


def _paragraphs(text: str | None) -> list[str]:
    return [_wrapped(_(paragraph), "  ") for paragraph in texts_of(text) if paragraph]


def _usage(ctx: Any, words: Iterable[str]) -> str:
    line = " ".join((ctx.command_path, *words))
    return _("Usage: {line}", line=line)


def _section(heading: str, rows: Iterable[tuple[str, str]]) -> str:
    return f"{heading}\n{_rows(rows)}"


def _rows(rows: Iterable[tuple[str, str]], width: int = 0) -> str:
    listed = list(rows)
    width = width or min(COLUMN, max((len(name) for name, _text in listed), default=0))
    lines = []
    for name, text in listed:
        first = f"  {name:<{width}}  "
        if len(name) > width:
            lines.append(f"  {name}")
            first = " " * (width + 4)
        lines.append(_wrapped(text, " " * (width + 4), first))
    return "\n".join(lines)


def _wrapped(text: str, indent: str, first: str | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH - 1,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _option(option: Any) -> tuple[str, str]:
    names = ", ".join(sorted(option.opts, key=len))
    if not (option.is_flag or option.count):
        names += f" {_metavar(option)}"
    return names, _of_typer().get(max(option.opts, key=len), option.help or "")


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _bracketed(word: Any) -> str:
    return _metavar(word) if word.required else f"[{_metavar(word)}]"


def _example(lines: str | None) -> str:
    if not lines:
        return ""
    return "\n".join((_("Example:"), *(f"  {line}" for line in lines.splitlines())))


def _of_typer() -> dict[str, str]:
    """Texts of the options that the parser adds by itself."""
    return {
        "--help": _("Show this page."),
        "--install-completion": _("Install completion for this shell."),
        "--show-completion": _("Print the completion script of this shell."),
    }
