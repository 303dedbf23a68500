"""The command tree, which commands join. Each imports what it runs when it runs it."""

from __future__ import annotations

from collections.abc import Callable

import typer

from govctl.cli import console, usage
from govctl.cli.bundles import unbundled
from govctl.cli.help import Command, Group, MainGroup
from govctl.cli.options import language_of
from govctl.texts import LANGUAGES, _, use_language


def group(
    cls: type[Group], text: str, epilog: str | None = None, name: str | None = None
) -> typer.Typer:
    """A group of commands. Without a command it shows its help and exits with 2.

    A pipeline whose command is an empty variable should fail, not look done.
    """
    return typer.Typer(
        name=name,
        cls=cls,
        help=text,
        epilog=epilog,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = group(
    MainGroup,
    _("Provision, harden and verify a government's e-government estate from one description."),
    _(
        "A first estate: govctl init estate/ --province 'Phú Thọ' --communes 3, then"
        " govctl plan estate/, then govctl up estate/."
    )
    + "\n\n"
    + _(
        "Exit codes: 0 done; 1 findings, drift or a refused plan; 2 wrong usage or input;"
        " 3 the machine lacks something, or another run is at work on the estate;"
        " 4 finished only in part."
    ),
    name="govctl",
)

Registered = Callable[..., int]


def command(
    example: str, name: str | None = None, into: typer.Typer = app
) -> Callable[[Registered], Registered]:
    """Register a command: its docstring is its help, in both languages, and `example` ends it."""

    def register(function: Registered) -> Registered:
        into.command(name, cls=Command, epilog=example)(unbundled(function))
        return function

    return register


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415

        console.say(f"govctl {version('govctl')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def common(
    ctx: typer.Context,
    lang: str = typer.Option(
        "", "--lang", metavar="vi|en", help=_("Language of texts; else GOVCTL_LANG, the locale's.")
    ),
    no_color: bool = typer.Option(False, "--no-color", help=_("No colours; NO_COLOR too.")),
    quiet: bool = typer.Option(False, "--quiet", "-q", help=_("Results and errors only.")),
    verbose: bool = typer.Option(False, "--verbose", "-v", help=_("Every step.")),
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_version, help=_("Print the version.")
    ),
) -> None:
    """Options for every command; they may stand anywhere on the line."""
    if lang and lang not in LANGUAGES:
        raise usage.not_one_of("--lang", lang, LANGUAGES)
    use_language(language_of([f"--lang={lang}"]))
    console.configure(color=not no_color, quiet=quiet, verbose=verbose)
    if ctx.invoked_subcommand is None:
        console.warn(ctx.get_help())
        raise typer.Exit(2)
