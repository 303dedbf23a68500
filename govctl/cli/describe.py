"""Commands on the description alone: init, validate, show, schema, estate reform, estate lock."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from govctl.cli import console
from govctl.cli.app import app
from govctl.cli.arguments import EstateFolder, Format, FormatOption, OutputOption
from govctl.errors import UsageError
from govctl.texts import _

estate_app = typer.Typer(help=_("Change an estate's description as a whole."), no_args_is_help=True)
app.add_typer(estate_app, name="estate")


@app.command(epilog=_("Example: govctl init estate/ --province 'Phú Thọ' --communes 3"))
def init(
    folder: Annotated[Path, typer.Argument(help=_("A new folder."))],
    province: Annotated[
        str, typer.Option("--province", help=_("A province of the register, by name or code."))
    ],
    communes: Annotated[
        str | None,
        typer.Option(
            "--communes",
            help=_("How many, nearest the seat first; or names or codes, with commas. Else all."),
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help=_("The register in force on this day, YYYY-MM-DD."),
        ),
    ] = None,
    register: Annotated[
        Path | None, typer.Option("--register", help=_("Another register, as a CSV file."))
    ] = None,
) -> int:
    """Write a new estate from the official register: a province and its communes."""
    from govctl.estate.init import create  # noqa: PLC0415

    day: date | None = as_of.date() if as_of else None
    files = create(folder, province, communes=_communes(communes), day=day, register_csv=register)
    for file in files:
        console.say(str(file))
    console.say(_("next: govctl validate {folder} && govctl plan {folder}", folder=folder))
    return 0


@app.command(epilog=_("Example: govctl validate estate/"))
def validate(
    estate: EstateFolder, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """Check the description: every problem at once, with file, line and column."""
    from govctl.errors import InputError  # noqa: PLC0415
    from govctl.estate import load  # noqa: PLC0415

    try:
        loaded = load(estate)
    except InputError as error:
        if format is Format.TEXT:
            raise
        problems = [
            {
                "file": str(problem.file),
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
                "expected": problem.expected,
                "hint": problem.hint,
            }
            for problem in error.problems
        ]
        document = {"schema": 1, "valid": False, "problems": problems}
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return error.exit_code
    if format is Format.JSON:
        document = {"schema": 1, "valid": True, "estate": loaded.id, "digest": loaded.digest}
        console.write_output(json.dumps(document, indent=1), output)
    else:
        console.write_output(
            _(
                "{estate} is valid: {units} units, {sites} sites, {machines} machines,"
                " {flows} flows",
                estate=loaded.id,
                units=len(loaded.units),
                sites=len(loaded.sites),
                machines=len(loaded.machines),
                flows=len(loaded.flows),
            ),
            output,
        )
    return 0


@app.command(epilog=_("Example: govctl show estate/ --explain 'Xã Hy Cương'"))
def show(
    estate: EstateFolder,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", help=_("A unit, site, machine or system: its values and their origin.")
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what the estate has: tiers, systems, machines, addresses."""
    if explain is not None:
        return _explain(estate, explain, format, output)
    from govctl.estate import load  # noqa: PLC0415

    loaded = load(estate)
    if format is Format.JSON:
        console.write_output(loaded.model_dump_json(indent=1), output)
    else:
        from govctl.reports.console import estate_summary  # noqa: PLC0415

        console.show(estate_summary(loaded))
    return 0


@app.command()
def schema(output: OutputOption = None) -> int:
    """Write the JSON Schema of estate.yaml, for editors."""
    from govctl.estate.schema import schema as estate_schema  # noqa: PLC0415

    console.write_output(json.dumps(estate_schema(), ensure_ascii=False, indent=2), output)
    return 0


@estate_app.command(epilog=_("Example: govctl estate reform estate/"))
def reform(
    estate: EstateFolder,
    table: Annotated[
        str | None,
        typer.Option("--table", help=_("A shipped reform, or a CSV: from_code, to_code, extent.")),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help=_("The register after, for a table of your own."))
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Move the estate over a reform of units; nothing running loses its address."""
    from govctl.estate.reform import DEFAULT  # noqa: PLC0415
    from govctl.estate.reform import reform as move  # noqa: PLC0415

    chosen: str | Path = Path(table) if table and table.endswith(".csv") else table or DEFAULT
    report = move(estate, chosen, target=to)
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
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return 0
    if not report.changed:
        console.say(_("nothing to do: the estate stands on {register}", register=report.register))
        return 0
    for fate in report.fates:
        console.say(
            f"{fate.name} ({fate.unit}) → {fate.successor_name} ({fate.successor})"
            + (f" + {', '.join(fate.others)}" if fate.others else "")
        )
    console.say(_("the estate stands on {register}; every address stays", register=report.register))
    return 0


@estate_app.command()
def lock(estate: EstateFolder) -> int:
    """Record the addresses of what is new in addresses.yaml; `up` does it too."""
    from govctl.estate.loader import lock as record  # noqa: PLC0415

    changed = record(estate)
    console.say(_("addresses.yaml is new") if changed else _("addresses.yaml has them all"))
    return 0


def _explain(estate: Path, query: str, format: Format, output: Path | None) -> int:
    from govctl.estate.loader import resolve  # noqa: PLC0415
    from govctl.estate.show import explain  # noqa: PLC0415

    rows = explain(resolve(estate), query)
    if format is Format.JSON:
        document = [{"field": r.field, "value": r.value, "origin": r.origin} for r in rows]
        console.write_output(json.dumps(document, ensure_ascii=False, indent=1), output)
        return 0
    width = max((len(row.field) for row in rows), default=0)
    lines = [f"{row.field:<{width}}  {row.value}  ({row.origin})" for row in rows]
    console.write_output("\n".join(lines), output)
    return 0


def _communes(given: str | None) -> int | list[str] | None:
    if given is None:
        return None
    if given.isdecimal() and len(given) < 5:
        if given == "0":
            raise UsageError(_("--communes takes a number from 1, names or codes"))
        return int(given)
    return [name.strip() for name in given.split(",") if name.strip()]
