"""The command tree. Each command imports what it runs when it runs it, so that help is quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from govctl.cli import console
from govctl.cli.options import default_language
from govctl.errors import GovctlError, InputError
from govctl.texts import LANGUAGES, Language, _, use_language

app = typer.Typer(
    name="govctl",
    help=_("Provision, harden and verify a government's e-government estate from one description."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_(
        "A first estate: govctl init estate/ --province 'Phú Thọ' --communes 3; "
        "govctl plan estate/; govctl up estate/. "
        "Exit codes: 0 done; 1 findings, drift or a refused plan; 2 wrong usage or input; "
        "3 something the machine lacks; 4 finished only in part."
    ),
)


@app.callback()
def common(
    lang: str = typer.Option(
        "", "--lang", help=_("Language of texts: vi or en; else the locale's."), show_default=False
    ),
    no_color: bool = typer.Option(False, "--no-color", help=_("No colours.")),
    quiet: bool = typer.Option(False, "--quiet", "-q", help=_("Results and errors only.")),
    verbose: bool = typer.Option(False, "--verbose", "-v", help=_("Every step.")),
) -> None:
    """Options for every command; they may stand anywhere on the line."""
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(_("--lang takes vi or en"))
    language: Language = ("vi" if lang == "vi" else "en") if lang else default_language()
    use_language(language)
    console.configure(color=not no_color, quiet=quiet, verbose=verbose)


def run(words: Sequence[str]) -> int:
    """Parse, run, and give the exit code; errors become messages here and nowhere else."""
    _load_commands()
    try:
        outcome = app(list(words), standalone_mode=False)
    except InputError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return error.exit_code
    except GovctlError as error:
        console.complain(error)
        return error.exit_code
    except typer.Abort:
        sys.stderr.write(_("stopped; nothing more is changed") + "\n")
        return 4
    except KeyboardInterrupt:
        sys.stderr.write(_("stopped; run the same command again to carry on") + "\n")
        return 4
    except Exception as error:
        if _is_usage(error):
            return _show_usage(error)
        raise
    return outcome if isinstance(outcome, int) else 0


def _is_usage(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _show_usage(error: Exception) -> int:
    error.show(file=sys.stderr)  # type: ignore[attr-defined]
    return 2


def _load_commands() -> None:
    from govctl.cli import build, describe, verify  # noqa: F401, PLC0415 - they register themselves
