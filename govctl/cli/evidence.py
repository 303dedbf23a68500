"""Commands about kept evidence: list, show, verify, export, import, key; and diff."""

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
    StoreOption,
)
from govctl.cli.help import Group
from govctl.errors import UsageError
from govctl.texts import _, counted, msg

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from govctl.evidence.store import Store

evidence_app = group(Group, _("Kept, signed runs: list, verify, export, import, key."))
app.add_typer(evidence_app, name="evidence")

EstateOption = Annotated[
    Path | None,
    typer.Option(
        "--estate",
        "-e",
        metavar=_("ESTATE"),
        envvar="GOVCTL_ESTATE",
        help=_("The estate's folder; else $GOVCTL_ESTATE, else this folder."),
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar=_("FILE"), help=_("A public key that you know: it must have signed.")
    ),
]
RunArgument = Annotated[
    str, typer.Argument(metavar=_("RUN"), autocompletion=completion.runs, help=_("A run's id."))
]


@command("govctl evidence list -e estate/", "list", evidence_app)
def evidence_list(
    estate: EstateOption = None,
    store: StoreOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List the kept runs, the estate's own and those that were imported."""
    from govctl.cli import evidence_text  # noqa: PLC0415

    listed = evidence_text.listing(store_of(estate, store))
    if format is Format.JSON:
        console.write_json(listed.document(), output)
    else:
        console.write_output(listed.text(), output)
    return 0


@command("govctl evidence show 20261122T044212.345Z-3f9a1c", "show", evidence_app)
def evidence_show(
    run: RunArgument,
    estate: EstateOption = None,
    store: StoreOption = None,
    facts: Annotated[
        str | None,
        typer.Option(
            "--facts",
            metavar=_("TARGET"),
            help=_("Write what this target gave to -o FILE, for govctl evaluate."),
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what is signed of a run: what judged it, and every object by its digest.

    Of a run that hardened or patched: what failed before, what was changed wave by wave, and what
    came of it.
    """
    from govctl.cli import evidence_hardening, evidence_rollout, evidence_text  # noqa: PLC0415
    from govctl.evidence.statement import document  # noqa: PLC0415

    kept = store_of(estate, store)
    run = kept.named(run)
    if facts is not None:
        return _facts(kept, run, facts, output)
    entry = kept.entry(run)
    changed = evidence_hardening.changed_in(kept, entry)
    rollout = evidence_rollout.rollout_in(kept, entry)
    if format is Format.JSON:
        more = {**evidence_hardening.document(changed), **rollout.documents}
        console.write_json({**document(entry), **more}, output)
    elif changed or rollout.documents:
        first = evidence_hardening.view(evidence_text.entry_text(entry), changed)
        console.show(evidence_rollout.view(first, rollout), output)
    else:
        console.write_output(evidence_text.entry_text(entry), output)
    return 0


@command(
    "govctl evidence verify all -e estate/\ngovctl evidence verify evidence.zip --key province.pub",
    "verify",
    evidence_app,
)
def evidence_verify(
    what: Annotated[
        str,
        typer.Argument(
            metavar=_("[RUN|all|FILE]"),
            autocompletion=completion.runs,
            help=_("One run's objects, all of them, or an exported file, without any estate."),
        ),
    ] = "all",
    estate: EstateOption = None,
    store: StoreOption = None,
    key: KeyOption = None,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar=_("NUMBER:DIGEST"),
            help=_("An entry that must be there, as an earlier verify has printed it."),
        ),
    ] = None,
    copy: Annotated[
        Path | None,
        typer.Option(
            "--copy",
            metavar=_("FILE"),
            help=_("An exported copy: where something was changed, say line and offset."),
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Check signatures, the chain and every object; offline, on any machine.

    Names what was changed, removed, reordered or signed anew. Exit codes: 0 everything is as it was
    kept, 1 something is not, 2 nothing that could be read.
    """
    from govctl.cli import evidence_text  # noqa: PLC0415
    from govctl.evidence.checking import check_file, check_store  # noqa: PLC0415

    trusted = _key(key)
    if Path(what).is_file():
        report = check_file(Path(what), trusted=trusted, head=head, copy=copy)
    else:
        kept = store_of(estate, store)
        only = None if what == "all" else kept.named(what)
        report = check_store(kept, only, trusted=trusted, head=head, copy=copy)
    if format is Format.JSON:
        console.write_json(report.document(), output)
    else:
        console.write_output(evidence_text.verification(report), output)
    return 0 if report.intact else 1


@command("govctl evidence export all -e estate/ -o evidence.zip", "export", evidence_app)
def evidence_export(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar=_("RUN …"), autocompletion=completion.runs, help=_("Runs' ids; or all.")
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar=_("FILE"), help=_("The file."))
    ] = None,
    estate: EstateOption = None,
    store: StoreOption = None,
) -> int:
    """Write runs to one file that verifies anywhere; the same runs give the same bytes."""
    from govctl.evidence.transfer import export  # noqa: PLC0415

    if output is None:
        raise UsageError(_("where to? Give -o FILE"))
    kept = store_of(estate, store)
    wanted = kept.ids() if "all" in runs else tuple(dict.fromkeys(map(kept.named, runs)))
    if not wanted:
        raise UsageError(_("no run is kept yet"))
    count = export(kept, wanted, output)
    console.write_output(
        counted(
            count,
            msg("1 run is in {file}", file=output),
            msg("{count} runs are in {file}", file=output),
        ),
        None,
    )
    return 0


@command("govctl evidence import commune.zip --key commune.pub", "import", evidence_app)
def evidence_import(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("An exported file."))],
    estate: EstateOption = None,
    store: StoreOption = None,
    key: KeyOption = None,
    format: FormatOption = Format.TEXT,
) -> int:
    """Take an exported file in, after everything in it was checked; all of it or nothing.

    Chains of others stay apart from the estate's own. To import twice changes nothing.
    """
    from govctl.cli import evidence_text  # noqa: PLC0415
    from govctl.evidence.transfer import import_file  # noqa: PLC0415

    done = import_file(store_of(estate, store), file, _key(key))
    if format is Format.JSON:
        console.write_json(evidence_text.imported_document(done), None)
    else:
        console.write_output(evidence_text.imported(done, is_trusted=key is not None), None)
    return 0


@command("govctl evidence key -e estate/ -o province.pub", "key", evidence_app)
def evidence_key(
    estate: EstateOption = None,
    store: StoreOption = None,
    rotate: Annotated[
        bool, typer.Option("--rotate", help=_("Sign with a new key from now on."))
    ] = False,
    output: OutputOption = None,
) -> int:
    """Print the public key and its fingerprint; -o writes the key to a file."""
    from govctl.evidence.keys import fingerprint, public_text  # noqa: PLC0415

    kept = store_of(estate, store)
    if rotate:
        kept.chain.rotate()
    ring = kept.chain.ring
    key = (ring.given() or ring.make()).public_key()
    console.write_output(public_text(key), output)
    console.note(_("fingerprint (SHA-256): {digest}", digest=fingerprint(key)))
    return 0


@command("govctl diff RUN1 RUN2 -e estate/ --format json")
def diff(
    first: RunArgument,
    second: RunArgument,
    estate: EstateOption = None,
    store: StoreOption = None,
    checks_from: ChecksFromOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Compare two kept runs: which verdicts changed, and why.

    A verdict changes because of the host, of the baseline and its values, or of the tool.
    Exit codes: 0 no verdict changed, 1 some did, 2 they are of other machines, 4 some are.
    """
    from govctl.cli import diff_text  # noqa: PLC0415
    from govctl.pipeline.comparing import compared  # noqa: PLC0415

    folder = folder_of(estate)
    found = compared(folder, store_of(estate, store), first, second)
    if format is Format.JSON:
        console.write_json(diff_text.document(found), output)
    else:
        console.write_output(diff_text.text(found), output)
    if found.refused:
        return 4
    return 1 if found.any else 0


def folder_of(estate: Path | None) -> Path:
    """The estate's folder; the current one if none is named."""
    path = estate or Path()
    folder = path if path.is_dir() else path.parent
    if estate is None and not (folder / ".govctl").is_dir() and not list(folder.glob("estate.*")):
        raise UsageError(
            _("which estate? Give --estate FOLDER, or set GOVCTL_ESTATE"),
        )
    return folder


def store_of(estate: Path | None, url: str | None) -> Store:
    """The estate's evidence."""
    from govctl.evidence.store import Store  # noqa: PLC0415
    from govctl.pipeline.workspace import Workspace  # noqa: PLC0415

    return Store(Workspace(folder_of(estate)).runs, url)


def _facts(kept: Store, run: str, target: str, output: Path | None) -> int:
    from govctl.files import PRIVATE, write_bytes_whole  # noqa: PLC0415

    if output is None:
        raise UsageError(_("where to? Give -o FILE"))
    raw = kept.raw(run, target)
    if raw is None:
        raise UsageError(_("{target} gave nothing in this run", target=target))
    with console.writing(output):
        write_bytes_whole(output, raw, PRIVATE)
    return 0


def _key(path: Path | None) -> Ed25519PublicKey | None:
    from govctl.evidence.keys import read_public  # noqa: PLC0415

    return read_public(path) if path else None
