"""Commands about baselines: list, show, diff, coverage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import (
    ChecksFromOption,
    Format,
    FormatOption,
    OutputOption,
    words_of,
)
from govctl.cli.help import Group
from govctl.cli.usage import not_one_of
from govctl.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.requirements import Baseline

ANSWERS = ("hosts", "plan", "people", "open")

baseline_app = group(Group, _("Show what laws and profiles ask for: list, show, diff, coverage."))
app.add_typer(baseline_app, name="baseline")


def _answer(given: str) -> str:
    if given not in ANSWERS:
        raise not_one_of("--answer", given, ANSWERS)
    return given


NameArgument = Annotated[
    str,
    typer.Argument(
        metavar=_("BASELINE"),
        autocompletion=completion.baselines,
        help=_("Such as tcvn14423-2026:3, qcvn12-2026, cis-debian12:l1-server."),
    ),
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar=_("BASELINE"),
        autocompletion=completion.baselines,
        help=_("Such as tcvn14423-2026:3, qcvn12-2026, cis-debian12:l1-server; or several."),
    ),
]
GroupOption = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar=_("GROUP"),
        help=_("Only these groups: accounts, logs, network …; repeatable, or comma-separated."),
    ),
]
AnswerOption = Annotated[
    str | None,
    typer.Option(
        "--answer",
        metavar="hosts|plan|people|open",
        parser=_answer,
        autocompletion=lambda: list(ANSWERS),
        help=_("Only what is answered so: by checks, by the plan, by a person, by nobody yet."),
    ),
]
EstateOption = Annotated[
    Path | None,
    typer.Option(
        "--estate",
        metavar=_("ESTATE"),
        help=_("With this estate's own tables, checks and tailoring."),
    ),
]


@command("govctl baseline list", "list", baseline_app)
def baseline_list(
    estate: EstateOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List the baselines by level, and the profiles."""
    from govctl.cli import baseline_json, baseline_text  # noqa: PLC0415

    own = _tailored(estate)
    if format is Format.JSON:
        console.write_json({"baselines": baseline_json.every(own)}, output)
    else:
        console.write_output(baseline_text.table(own), output)
    return 0


@command(
    "govctl baseline show tcvn14423-2026:3 --group logs\n"
    "govctl baseline show tcvn14423-2026:3 qcvn12-2026:3 --group logs",
    "show",
    baseline_app,
)
def baseline_show(
    names: NamesArgument = None,
    groups: GroupOption = None,
    answer: AnswerOption = None,
    estate: EstateOption = None,
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show each requirement of a level, and who answers it.

    Of several baselines at one level: the stricter of them for each key, and whose it is.
    """
    from govctl.cli import baseline_json, baseline_text  # noqa: PLC0415
    from govctl.cli.baseline_scope import Filter, one_or_several  # noqa: PLC0415

    meant = one_or_several(words_of(names), _tailored(estate))
    chosen = Filter(frozenset(words_of(groups)), answer)
    chosen.refuse_unknown(meant)
    if format is Format.JSON:
        console.write_json(baseline_json.shown(meant, chosen), output)
    else:
        console.write_output(baseline_text.shown(meant, chosen), output)
    return 0


@command("govctl baseline diff tcvn14423-2026:2 tcvn14423-2026:3", "diff", baseline_app)
def baseline_diff(
    first: NameArgument,
    second: NameArgument,
    estate: EstateOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what sets two levels apart, by key.

    What only one of them asks for, and where threshold, period, strength or condition differ. Of
    two profiles: which checks only one of them asks for.
    """
    from govctl.cli import baseline_json, baseline_text  # noqa: PLC0415
    from govctl.cli.baseline_scope import pair  # noqa: PLC0415

    one, other = pair(first, second, _tailored(estate))
    if format is Format.JSON:
        console.write_json(baseline_json.difference(one, other), output)
    else:
        console.write_output(baseline_text.difference(one, other), output)
    return 0


@command(
    "govctl baseline coverage\ngovctl baseline coverage tcvn14423-2026:3 --open",
    "coverage",
    baseline_app,
)
def baseline_coverage(
    names: NamesArgument = None,
    groups: GroupOption = None,
    open_: Annotated[
        bool, typer.Option("--open", help=_("List what nothing answers yet."))
    ] = False,
    estate: EstateOption = None,
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Count who answers the requirements: checks and the plan, people, nobody yet.

    Rows of an annex are not counted. No number here is compliance.
    """
    from govctl.cli import baseline_json, baseline_text  # noqa: PLC0415
    from govctl.cli.baseline_scope import Filter, levels_of  # noqa: PLC0415

    levels = levels_of(words_of(names), _tailored(estate))
    chosen = Filter(frozenset(words_of(groups)))
    chosen.refuse_unknown(levels)
    if format is Format.JSON:
        console.write_json(baseline_json.coverage(levels, chosen), output)
    else:
        console.write_output(baseline_text.coverage(levels, chosen, with_open=open_), output)
    return 0


def _tailored(estate: Path | None) -> Mapping[str, Baseline]:
    """An estate's baselines as it tailors them, by id; its own checks and tables count then."""
    if estate is None:
        return {}
    from govctl.estate import load  # noqa: PLC0415
    from govctl.pipeline.own_checks import use_checks_of  # noqa: PLC0415
    from policies.tailoring import baselines_of  # noqa: PLC0415

    use_checks_of(estate)
    return {baseline.id: baseline for baseline in baselines_of(load(estate))}
