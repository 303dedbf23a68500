"""Commands about images: build, list, show, remove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govctl.cli import completion, console
from govctl.cli.app import app, command, group
from govctl.cli.arguments import (
    BaselineOption,
    Format,
    FormatOption,
    OutputOption,
    YesOption,
    words_of,
)
from govctl.cli.asking import confirm
from govctl.cli.help import Group
from govctl.errors import UsageError
from govctl.texts import _

if TYPE_CHECKING:
    from govctl.estate.model import Estate
    from govctl.pipeline.image.image_scope import Scope

image_app = group(Group, _("Hardened images of roles: build, list, show, remove."))
app.add_typer(image_app, name="image")

EstateOption = Annotated[
    Path | None,
    typer.Option(
        "--estate", "-e", metavar=_("ESTATE"), help=_("Whose target is asked, and what it needs.")
    ),
]
ImageArgument = Annotated[
    str,
    typer.Argument(
        metavar=_("IMAGE"),
        autocompletion=completion.images,
        help=_("A role, for its newest image; or the beginning of an id."),
    ),
]


@command(
    "govctl image build portal --baseline tcvn14423-2026:3\n"
    "govctl image build estate/\n"
    "govctl image build estate/ portal-web --update",
    "build",
    image_app,
)
def image_build(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar=_("WHAT …"),
            autocompletion=completion.roles,
            help=_("Roles or catalogue entries: portal-web, portal; or an estate, or its roles."),
        ),
    ],
    baseline: BaselineOption = None,
    update: Annotated[
        bool,
        typer.Option("--update", help=_("Build again, of today's packages, what lacks updates.")),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only say what would be built."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Build images, hardened and scanned; what is there already stays.

    With an estate by its baselines and values, else by --baseline. `up` builds what it lacks
    itself; an image built before by the same baselines and level is used as it is.

    Exit codes: 0 built, though it may fail what no role closes, which is named; 4 a build failed,
    or an image fails what a role closes.
    """
    from govctl.cli import image_text  # noqa: PLC0415
    from govctl.pipeline.image.image_update import build_updated  # noqa: PLC0415
    from govctl.pipeline.image.images import build_scope, missing  # noqa: PLC0415

    with console.watching() as watcher:
        scope = _scope(what, words_of(baseline))
        if dry_run:
            return _would_build(scope, missing(scope), format, output)
        built, lacking = (
            build_updated(scope, watcher) if update else (build_scope(scope, watcher), {})
        )
    if format is Format.JSON:
        console.write_json(image_text.built_document(built), output)
    else:
        console.write_output(image_text.built(built, lacking, updated=update), output)
    return 0


@command("govctl image list\ngovctl image list -e estate/ --format json", "list", image_app)
def image_list(
    estate: EstateOption = None,
    no_updates: Annotated[
        bool, typer.Option("--no-updates", help=_("Do not ask the mirror what is newer."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """List images: age, size, packages, scan, pending updates, and who uses them.

    Pending updates are what apt finds at the mirror now; without a mirror they are not known.
    """
    from govctl.cli import image_text  # noqa: PLC0415
    from govctl.pipeline.image.image_list import listed  # noqa: PLC0415

    with console.watching() as watcher:
        found = listed(_loaded(estate) if estate else None, watcher, updates=not no_updates)
    if format is Format.JSON:
        console.write_json(image_text.document(found), output)
    else:
        console.write_output(image_text.listing(found, estate), output)
    return 0


@command("govctl image show portal-web --sbom -o portal-web.cdx.json", "show", image_app)
def image_show(
    image: ImageArgument,
    sbom: Annotated[
        bool, typer.Option("--sbom", help=_("Its bill of materials, CycloneDX JSON."))
    ] = False,
    scan: Annotated[
        bool, typer.Option("--scan", help=_("The findings of its scan, JSON."))
    ] = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> int:
    """Show what an image is made of, and how it was judged."""
    from govctl.cli import image_text  # noqa: PLC0415
    from govctl.pipeline.image.image_list import chosen  # noqa: PLC0415

    if sbom and scan:
        raise UsageError(_("--sbom or --scan: one document at a time"))
    kept = chosen(image)
    if sbom or scan:
        path = kept.sbom if sbom else kept.scan
        if path is None:
            raise UsageError(
                _("the image was built by an earlier govctl and has neither SBOM nor scan"),
                hint=f"govctl image build {kept.manifest.role}",
            )
        console.write_report(path.read_bytes(), output, binary=False)
    elif format is Format.JSON:
        console.write_json(image_text.image_document(kept), output)
    else:
        console.write_output(image_text.image(kept), output)
    return 0


@command("govctl image remove 0a1b2c3d4e5f", "remove", image_app)
def image_remove(
    images: Annotated[
        list[str],
        typer.Argument(
            metavar=_("IMAGE …"),
            autocompletion=completion.images,
            help=_("Beginnings of ids, or roles for their newest image."),
        ),
    ],
    estate: EstateOption = None,
    yes: YesOption = False,
) -> int:
    """Remove images that no machine was made from; the target's copies stay with their estates."""
    from govctl.pipeline.image.image_list import chosen, remove, short_id  # noqa: PLC0415

    found = tuple({one.folder: one for one in map(chosen, images)}.values())
    names = ", ".join(f"{one.manifest.role} {short_id(one)}" for one in found)
    size = round(sum(one.size for one in found) / 1e6)
    if not yes:
        confirm(_("Remove {images}?", images=names))
    remove(found, _loaded(estate).target.url if estate else None)
    console.say(_("removed: {images}, {size} MB", images=names, size=size))
    return 0


def _scope(words: list[str], baselines: tuple[str, ...]) -> Scope:
    """An estate first and perhaps its roles, or roles of the catalogue."""
    from govctl.pipeline.image.image_scope import is_role, of_estate, of_roles  # noqa: PLC0415

    first = Path(words[0])
    if is_role(words[0]) or not first.exists():
        return of_roles(words, baselines)
    if baselines:
        raise UsageError(
            _("an estate says itself what its images are judged by"),
            hint=_("leave out --baseline, or name roles instead of an estate"),
        )
    return of_estate(_loaded(first)).only(words[1:])


def _loaded(estate: Path) -> Estate:
    from govctl.pipeline.job import open_job  # noqa: PLC0415

    return open_job(estate).estate


def _would_build(
    scope: Scope, lacking: tuple[str, ...], format: Format, output: Path | None
) -> int:
    roles = [role.name for role in scope.roles]
    if format is Format.JSON:
        console.write_json({"schema": 1, "roles": roles, "would_build": list(lacking)}, output)
        return 0
    there = [name for name in roles if name not in lacking]
    lines = [_("would build: {roles}", roles=", ".join(lacking))] if lacking else []
    lines += [_("there already: {roles}", roles=", ".join(there))] if there else []
    console.write_output("\n".join(lines), output)
    return 0
