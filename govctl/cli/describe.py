"""Commands on the description alone: init, show, schema, estate reform, estate lock."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import EstateFolder, Format, FormatOption, OutputOption
from govctl.cli.help import Group
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.fates import Fate

estate_app = group(Group, _("Change an estate's description as a whole: reform, lock."))
app.add_typer(estate_app, name="estate")


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(
            _('--as-of does not take "{given}"', given=given), hint=_("write YYYY-MM-DD")
        ) from None


@command("govctl init estate/ --province 'Phú Thọ' --communes 3")
def init(
    folder: Annotated[Path, typer.Argument(metavar=_("FOLDER"), help=_("A new folder."))],
    province: Annotated[
        str,
        typer.Option(
            "--province",
            metavar=_("NAME"),
            autocompletion=completion.provinces,
            help=_("A province of the register, by name or code."),
        ),
    ],
    communes: Annotated[
        str | None,
        typer.Option(
            "--communes",
            metavar=_("NUMBER|NAMES"),
            help=_("How many, nearest the seat first; or names or codes, with commas. Else all."),
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            metavar=_("DATE"),
            parser=_day,
            help=_("The register in force on this day, YYYY-MM-DD."),
        ),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option("--register", metavar=_("FILE"), help=_("Another register, as a CSV file.")),
    ] = None,
) -> int:
    """Write a new estate: a province and its communes.

    Codes, names and places come from the official register. Nothing is overwritten.
    """
    from govctl.estate.init import create  # noqa: PLC0415

    wanted = _communes(communes)
    with console.writing(folder):
        files = create(folder, province, communes=wanted, day=as_of, register_csv=register)
    for file in files:
        console.say(str(file))
    console.say(
        _("next: govctl validate {folder} && govctl plan {folder}", folder=shlex.quote(str(folder)))
    )
    return 0


@command("govctl show estate/ --explain 'Xã Hy Cương'")
def show(
    estate: EstateFolder,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar=_("NAME"),
            autocompletion=completion.things,
            help=_("A unit, site, machine or system: its values and their origin."),
        ),
    ] = None,
    needs: Annotated[
        bool, typer.Option("--needs", help=_("The recorded exceptions from checks, and why."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what the estate has: tiers, systems, machines."""
    if needs:
        return _needs(estate, format, output)
    if explain is not None:
        return _explain(estate, explain, format, output)
    from govctl.estate import load  # noqa: PLC0415

    loaded = load(estate)
    if format is Format.JSON:
        console.write_json_text(loaded.model_dump_json(indent=1), output)
    else:
        from govctl.reports.console import estate_summary  # noqa: PLC0415

        console.show(estate_summary(loaded), output)
    return 0


@command("govctl schema -o estate.schema.json\ngovctl schema waivers -o waivers.schema.json")
def schema(
    file: Annotated[
        str,
        typer.Argument(
            metavar=_("FILE"),
            autocompletion=lambda: ["estate", "waivers", "attestations"],
            help=_("estate (default), waivers or attestations."),
        ),
    ] = "estate",
    output: OutputOption = None,
) -> int:
    """Write the JSON Schema of estate.yaml, for editors.

    Or of waivers.yaml or attestations.yaml.
    """
    from govctl.cli.usage import not_one_of  # noqa: PLC0415
    from govctl.decisions.schema import schemas  # noqa: PLC0415
    from govctl.estate.schema import schema as estate_schema  # noqa: PLC0415

    known = {"estate": estate_schema, **schemas()}
    name = file.removesuffix(".yaml")
    if name not in known:
        raise not_one_of("FILE", file, known)
    console.write_json(known[name](), output)
    return 0


@command("govctl estate reform estate/", into=estate_app)
def reform(
    estate: EstateFolder,
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            metavar=_("NAME|FILE"),
            help=_("A shipped reform, or a CSV: from_code, to_code, extent."),
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar=_("REGISTER"),
            help=_("The register after, for a table of your own."),
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Move the estate over a reform of units; addresses stay.

    Nothing that runs loses its address: what becomes of each unit is shown. Waivers and
    attestations that hold name the new units, and cover the machines that they covered before.
    """
    from govctl.estate.reform import DEFAULT  # noqa: PLC0415
    from govctl.pipeline.reforming import reform_all  # noqa: PLC0415

    named = table or DEFAULT
    chosen: str | Path = Path(named) if named.lower().endswith(".csv") else named
    report = reform_all(estate, chosen, to)
    if format is Format.JSON:
        document = {
            "schema": 1,
            "changed": report.changed,
            "register": report.register,
            "units": [
                {
                    "unit": fate.unit,
                    "outcome": fate.outcome,
                    "successor": fate.successor,
                    "others": list(fate.others),
                }
                for fate in report.fates
            ],
            "sites": dict(report.sites),
        }
        console.write_json(document, output)
        return 0
    if report.changed:
        lines = [_fate(fate) for fate in report.fates]
        stands = _("the estate stands on {register}; every address stays", register=report.register)
    else:
        lines = []
        stands = _("nothing to do: the estate stands on {register}", register=report.register)
    console.write_output("\n".join((*lines, stands)), output)
    return 0


def _fate(fate: Fate) -> str:
    others = f" + {', '.join(fate.others)}" if fate.others else ""
    return f"{fate.name} ({fate.unit}) → {fate.successor_name} ({fate.successor}){others}"


@command("govctl estate lock estate/", into=estate_app)
def lock(estate: EstateFolder) -> int:
    """Record new addresses in addresses.yaml; `up` does it too."""
    from govctl.estate.loader import lock as record  # noqa: PLC0415

    changed = record(estate)
    console.say(_("addresses.yaml is new") if changed else _("addresses.yaml has them all"))
    return 0


def _explain(estate: Path, query: str, format: Format, output: Path | None) -> int:
    from govctl.cli.wording import hanging  # noqa: PLC0415
    from govctl.estate.loader import resolve  # noqa: PLC0415
    from govctl.estate.show import explain  # noqa: PLC0415

    rows = explain(resolve(estate), query)
    if format is Format.JSON:
        document = [
            {"field": row.field.render("en"), "value": row.value, "origin": row.origin}
            for row in rows
        ]
        console.write_json(document, output)
        return 0
    width = max((len(row.field.render()) for row in rows), default=0)
    lines = [
        hanging(f"{row.field.render():<{width}}  {row.value}  ({row.origin})", width + 2)
        for row in rows
    ]
    console.write_output("\n".join(lines), output)
    return 0


def _needs(estate: Path, format: Format, output: Path | None) -> int:
    from govctl.estate import load  # noqa: PLC0415
    from govctl.estate.show import exceptions  # noqa: PLC0415
    from govctl.reports.console_exceptions import exceptions_document, needs_table  # noqa: PLC0415

    rows = exceptions(load(estate))
    if format is Format.JSON:
        console.write_json(exceptions_document(rows), output)
    else:
        console.show(needs_table(rows), output)
    return 0


def _communes(given: str | None) -> int | list[str] | None:
    if given is None:
        return None
    if given.isdecimal() and len(given) < 5 and given != "0":
        return int(given)
    names = [name.strip() for name in given.split(",") if name.strip()]
    # An empty variable of a script would ask for all of them, a negative number for nobody.
    if not names or re.fullmatch(r"0|[-+].*", given):
        raise UsageError(_("--communes takes a number from 1, names or codes"))
    return names
