"""Commands about checks: list, show, baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import (
    BaselineOption,
    ChecksFromOption,
    ChecksOption,
    Format,
    FormatOption,
    OutputOption,
    words_of,
)
from govctl.cli.help import Group
from govctl.texts import _

if TYPE_CHECKING:
    from policies.profiles import Chosen

check_app = group(Group, _("Show what is checked, why and how: list, show, baselines."))
app.add_typer(check_app, name="check")


@command(
    "govctl check list --checks 'sshd-*'\n"
    "govctl check list --baseline cis-debian12:l1-server --format json",
    "list",
    check_app,
)
def check_list(
    checks: ChecksOption = None,
    baseline: BaselineOption = None,
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List the checks, all of them or a baseline's."""
    from govctl.cli import check_text  # noqa: PLC0415

    chosen = _chosen(baseline, checks)
    if format is Format.JSON:
        console.write_json(check_text.document(chosen), output)
    else:
        console.write_output(check_text.table(chosen.checks), output)
    return 0


@command("govctl check show sshd-root-login", "show", check_app)
def check_show(
    check: Annotated[
        str,
        typer.Argument(
            metavar=_("CHECK"),
            autocompletion=completion.checks,
            help=_("A check's id, or a reference such as ssg:…"),
        ),
    ],
    baseline: BaselineOption = None,
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what a check means, and how it is judged and fixed.

    And which requirements, public references and profiles it answers, with which values, and what
    it reads.
    """
    from govctl.cli import check_text  # noqa: PLC0415

    chosen = _chosen(baseline, check)
    if format is Format.JSON:
        console.write_json(check_text.document(chosen, whole=True), output)
    else:
        console.write_output(check_text.described(chosen), output)
    return 0


@command("govctl check baselines", "baselines", check_app)
def check_baselines(
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List the baselines and profiles, and their numbers of checks."""
    from govctl.cli import check_text  # noqa: PLC0415

    if format is Format.JSON:
        console.write_json({"baselines": check_text.baselines()}, output)
    else:
        console.write_output(check_text.baseline_table(), output)
    return 0


def _chosen(baseline: list[str] | None, patterns: str | None) -> Chosen:
    from policies.profiles import choose  # noqa: PLC0415

    return choose(words_of(baseline), words_of([patterns or ""]))
