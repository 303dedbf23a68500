"""Loading: from `estate.yaml` to the resolved, immutable estate, or to every problem at once."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from govctl.errors import InputError, UsageError
from govctl.estate import ledger as ledgers
from govctl.estate import register
from govctl.estate.addresses import Ledger
from govctl.estate.catalogue import BRIDGE, ROUTER, Catalogue, catalogue_for
from govctl.estate.context import Context, Origin
from govctl.estate.flow import Flow
from govctl.estate.flows import Directory, resolve_flows
from govctl.estate.machines import Placed, place_machines
from govctl.estate.model import LONGEST_WAIVER, Approver, Estate, Rollout, System, Target
from govctl.estate.numbering import Numbered, number
from govctl.estate.packaged import folder_of
from govctl.estate.paperwork import check_papers
from govctl.estate.places import Problems
from govctl.estate.reading import Reading, read_model
from govctl.estate.register import Snapshot
from govctl.estate.requirements import own_tables
from govctl.estate.shorthand import spell_out
from govctl.estate.sites import plan_sites
from govctl.estate.source import EstateSource
from govctl.estate.systems import plan_systems
from govctl.estate.tailored import Tailoring
from govctl.estate.tailoring import plan_tailoring
from govctl.estate.units import Draft, expand, text_of
from govctl.estate.yamlfile import parse_document, read_document
from govctl.texts import _

FILE = "estate.yaml"
STAND_IN = {
    "estate": "estate",
    "name": "–",
    "addresses": {"ipv4": "10.0.0.0/8", "ipv6": "fd00::/32"},
    "target": "lxd",
    "register": None,
    "baselines": (),
    "domain": None,
}
"""Values that let the rest of a file be judged when its own are wrong; no estate gets them."""


@dataclass(frozen=True)
class Resolution:
    """An estate, the ledger that keeps its addresses, and where each value comes from."""

    estate: Estate
    ledger: Ledger
    file: Path
    origins: Mapping[tuple[str, str], Mapping[str, Origin]]


def load(
    path: Path, *, catalogue: Catalogue | None = None, baselines: Collection[str] | None = None
) -> Estate:
    """The estate of a folder, or of its `estate.yaml`.

    Nothing is written. `catalogue` and `baselines` stand in for the shipped ones. Raises InputError
    with every problem of the files.
    """
    return resolve(path, catalogue=catalogue, baselines=baselines).estate


def resolve(
    path: Path,
    *,
    catalogue: Catalogue | None = None,
    baselines: Collection[str] | None = None,
    text: str | None = None,
) -> Resolution:
    """Like `load`, with the ledger to write and where each value comes from.

    `text` stands in for the text of the file, which must exist all the same.
    """
    context = prepare(path, catalogue=catalogue, text=text)
    known = shipped_baselines() if baselines is None else baselines
    _check_baselines(context, {*known, *own_tables(context.folder)} if known else known)
    estate = settle(context)
    return Resolution(estate, context.ledger, context.document.file, context.origins)


def prepare(path: Path, *, catalogue: Catalogue | None = None, text: str | None = None) -> Context:
    """Read an estate's files without resolving them; `text` stands in for the file's own.

    Raises InputError if not even the outline of the estate holds.
    """
    file = estate_file(path)
    problems = Problems()
    document = read_document(file) if text is None else parse_document(text, file)
    spell_out(document, problems)
    reading = read_model(document, EstateSource, problems, STAND_IN)
    if reading.model is None:
        raise InputError(problems.found)
    return Context(
        folder=file.parent,
        reading=reading,
        source=reading.model,
        catalogue=catalogue or catalogue_for(file.parent),
        register=_register(file.parent, reading, problems),
        ledger=_ledger(file.parent, reading, problems),
        problems=problems,
    )


def lock(path: Path, *, catalogue: Catalogue | None = None) -> bool:
    """Record the estate's addresses in its `addresses.yaml`; True if the file changed."""
    found = resolve(path, catalogue=catalogue)
    return ledgers.write_ledger(found.file.parent / ledgers.FILE, found.ledger)


def prune(path: Path, *, catalogue: Catalogue | None = None) -> bool:
    """Forget addresses of names that are gone; True if the file changed."""
    found = resolve(path, catalogue=catalogue)
    sites = {site.id for site in found.estate.sites}
    machines = {machine.id for machine in found.estate.machines}
    kept = ledgers.prune(found.ledger, sites, machines)
    return ledgers.write_ledger(found.file.parent / ledgers.FILE, kept)


def estate_file(path: Path) -> Path:
    """`estate.yaml` of a folder, or the file itself; UsageError if there is neither."""
    if path.is_dir():
        file = path / FILE
        if not file.exists():
            raise UsageError(
                _("there is no {file} in {folder}", file=FILE, folder=path),
                hint=_(
                    "make one: govctl init {folder} --province …", folder=shlex.quote(str(path))
                ),
            )
        return file
    return path


def shipped_baselines() -> frozenset[str]:
    """Names of the baselines and profiles that come with govctl."""
    folder = folder_of("policies") / "baselines"
    profiles = (folder_of("policies") / "profiles").glob("*/*.yaml")
    found = [f"{file.parent.name}:{file.stem}" for file in profiles if file.name[0] != "_"]
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8") as lines:
            if lines.readline().startswith("level,"):  # other tables lie there too
                found.append(file.stem)
    return frozenset(found)


def _register(folder: Path, reading: Reading[EstateSource], problems: Problems) -> Snapshot | None:
    name = reading.model.register_ if reading.model else None
    if name is None:
        return None
    place = reading.document.at(("register",))
    try:
        return register.read(folder / name) if name.endswith(".csv") else register.snapshot(name)
    except KeyError:
        hint = _("or a CSV file of your own")
        message = _('unknown register "{name}"', name=name)
        problems.unknown(place, message, name, register.shipped(), hint=hint)
    except InputError as error:
        problems.found.extend(error.problems)
    reading.lost.update(("register", "units"))
    return None


def _ledger(folder: Path, reading: Reading[EstateSource], problems: Problems) -> Ledger:
    """The addresses that were given; none of them if it is not known in which pool."""
    try:
        ledger = ledgers.read_ledger(folder / ledgers.FILE)
    except InputError as error:
        problems.found.extend(error.problems)
        return Ledger()
    return Ledger() if "addresses" in reading.lost else ledger


def _check_baselines(context: Context, known: Collection[str]) -> None:
    for index, name in enumerate(context.source.baselines):
        if known and name not in known:
            message = _('unknown baseline "{name}"', name=name)
            place = context.document.at(("baselines", index))
            context.problems.unknown(place, message, name, known)
    if ROUTER[0] not in context.catalogue.entries or BRIDGE not in context.catalogue.entries:
        message = _("the catalogue lacks the entries network and bridge")
        context.problems.add(context.document.at(()), message)
        context.problems.check()


def settle(context: Context) -> Estate:
    """The estate of what was read; the context's ledger then knows all its addresses.

    Raises InputError with every problem noted since the first file was opened.
    """
    units = expand(context)
    sites = plan_sites(context, units)
    drafts = plan_systems(context, units, sites)
    if not any(site.hub for site in sites):
        context.problems.fail()
    numbered = number(context, sites)
    placed = place_machines(context, numbered, sites, drafts)
    systems = tuple(draft.system for draft in drafts)
    check_papers(context, units, sites, drafts)
    directory = Directory(context, numbered.zones, systems, placed)
    flows = resolve_flows(context, directory, drafts)
    _check_approvers(context, units)
    tailoring = plan_tailoring(context, units, sites, systems)
    context.problems.check()
    return _estate(context, units, numbered, placed, systems, flows, tailoring)


def _check_approvers(context: Context, units: Collection[str]) -> None:
    for index, approver in enumerate(context.source.approvers):
        if approver.unit not in units:
            place = context.at("approvers", index, "unit")
            message = _('unknown unit "{id}"', id=approver.unit)
            context.unknown(place, message, approver.unit, units, "units")


def _estate(
    context: Context,
    units: dict[str, Draft],
    numbered: Numbered,
    placed: Placed,
    systems: tuple[System, ...],
    flows: tuple[Flow, ...],
    tailoring: tuple[Tailoring, ...],
) -> Estate:
    source = context.source
    estate = Estate(
        id=source.estate,
        name=text_of(source.name),
        tiers=source.tiers,
        register_id=context.register.id if context.register else None,
        baselines=source.baselines,
        values=dict(sorted(source.values.items())),
        tailoring=tailoring,
        approvers=tuple(Approver(**one.model_dump()) for one in source.approvers),
        longest_waiver=source.longest_waiver or LONGEST_WAIVER,
        rollout=Rollout(**source.rollout.model_dump()),
        ipv4=IPv4Network(source.addresses.ipv4),
        ipv6=IPv6Network(source.addresses.ipv6),
        domain=source.domain or f"{source.estate}.internal",
        target=Target(**source.target.model_dump()),
        units=tuple(draft.unit for draft in units.values()),
        sites=numbered.sites,
        zones=numbered.zones,
        systems=systems,
        machines=placed.machines,
        flows=flows,
        bridge_points=placed.bridge_points,
        controller=placed.controller,
        digest="",
    )
    return estate.model_copy(update={"digest": digest(estate)})


def digest(estate: Estate) -> str:
    """SHA-256 of an estate's meaning; its lists are in canonical order already.

    Papers are left out: a new telephone number makes no plan stale, and judges nothing anew. So is
    the rollout, which says how machines come to a state and not to which.
    """
    papers = {"units": {"__all__": {"contact"}}, "systems": {"__all__": {"dossier"}}}
    text = estate.model_dump_json(exclude={"digest": True, "rollout": True, **papers})
    return hashlib.sha256(text.encode()).hexdigest()
