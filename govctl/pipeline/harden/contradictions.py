"""Components and checks that contradict each other, found from the description alone.

`validate`, `plan`, `up` and `harden` refuse such an estate before anything runs: to harden it would
break a service, and to leave it would never close a finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from govctl.errors import InputError, Problem, UsageError
from govctl.estate.loader import estate_file
from govctl.estate.places import Place, one_of
from govctl.estate.yamlfile import Document, read_document
from govctl.texts import _, current_language

if TYPE_CHECKING:
    from govctl.estate.catalogue import Catalogue, ComponentSpec
    from govctl.estate.model import Estate, Machine
    from policies.conflicts import Conflict, Service
    from policies.model import Check


def check_components(estate: Estate, path: Path, rows: Iterable[Check] | None = None) -> None:
    """InputError, with each place, if a need does not fit its check or a check its component.

    `rows` are the checks that are meant; those of the estate's baselines by default.
    """
    from govctl.estate.catalogue import catalogue_for  # noqa: PLC0415 - few commands ask
    from govctl.pipeline.exceptions import unfit  # noqa: PLC0415

    document = read_document(estate_file(path))
    catalogue = catalogue_for(document.file.parent)
    problems = [*_unbuilt(estate, document), *unfit(estate, document, catalogue)]
    if not problems:
        found = contradictions(estate, catalogue, rows)
        problems = [_problem(machine, one, document) for machine, one in found]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))


def check_signed(estate: Estate, path: Path) -> None:
    """InputError for an estate that says where it is made, if nobody signs its certificates.

    One without a `target` of its own may be there to be scanned and for the law's forms.
    """
    from stacks.authority import authority_of  # noqa: PLC0415 - few commands ask

    document = read_document(estate_file(path))
    if "target" not in document.data:
        return
    try:
        authority_of(estate)
    except UsageError as error:
        place = document.at_key(("target",))
        raise InputError([Problem(*place, error.message, hint=error.hint)]) from error


def contradictions(
    estate: Estate, catalogue: Catalogue, rows: Iterable[Check] | None = None
) -> Iterator[tuple[Machine, Conflict]]:
    """Each once for all machines that are alike, with the first of them."""
    from govctl.pipeline.due import due_checks  # noqa: PLC0415 - few commands ask
    from policies.conflicts import conflicts  # noqa: PLC0415
    from policies.context import context_of, open_ports  # noqa: PLC0415
    from policies.question import questions  # noqa: PLC0415

    due = due_checks(estate) if rows is None else tuple(rows)
    for machine in _unlike(estate):
        spec = catalogue.roles.get(machine.role)
        service = _service(machine, spec, open_ports(estate, machine))
        for conflict in conflicts(service, questions(due, context_of(estate, machine))):
            yield machine, conflict


def _unbuilt(estate: Estate, document: Document) -> Iterator[Problem]:
    """Machines of roles that only a catalogue of the estate's own knows: nobody builds these."""
    from govctl.estate.catalogue import shipped_catalogue  # noqa: PLC0415

    known = shipped_catalogue().roles
    for machine in estate.machines:
        if machine.existing is None and machine.role not in known:
            message = _("govctl has no image and no files for the role {role}", role=machine.role)
            hint = _("an entry of your own may change a shipped one; it adds no role")
            expected = one_of(sorted(known))
            yield Problem(*_place(machine, document), message, expected=expected, hint=hint)


def _service(machine: Machine, spec: ComponentSpec | None, ports: tuple[str, ...]) -> Service:
    """What a machine is there for; what is on one that exists already is its owner's to know."""
    from policies.conflicts import Service  # noqa: PLC0415
    from stacks.images.recipe import load_base  # noqa: PLC0415

    if spec is None or machine.existing is not None:
        return Service(ports=ports)
    base = load_base()
    packages, runs = (*base.packages, *spec.packages), (*base.enable, *spec.runs)
    return Service(packages, runs, spec.sysctl, ports)


def _unlike(estate: Estate) -> Collection[Machine]:
    """A machine of each sort: role, system, kind, level, exceptions and tailoring."""
    sorts: dict[tuple[object, ...], Machine] = {}
    for machine in estate.machines:
        existing = machine.id if machine.existing else None
        tailored: tuple[str, ...] = ()
        if estate.tailoring:
            tailored = tuple(one.scope for one in estate.tailoring_of(machine))
        sort = (machine.role, machine.system, machine.kind, existing, estate.level_of(machine),
                machine.needs, tailored)  # fmt: skip
        sorts.setdefault(sort, machine)
    return sorts.values()


def _problem(machine: Machine, conflict: Conflict, document: Document) -> Problem:
    check = conflict.check
    message = _(
        "{component} {what} by the check {check} ({text})",
        component=machine.id if machine.existing else machine.role.replace("-", ".", 1),
        what=conflict.what.render(),
        check=check.id,
        text=check.text[current_language()],
    )
    hint = _(
        "record what it needs: needs: [{check: {check}, except: true, why: …}], or judge the "
        "estate by other baselines",
        check=check.id,
    )
    return Problem(*_place(machine, document), message, hint=hint)


def _place(machine: Machine, document: Document) -> Place:
    """Where the estate asks for the machine; for a router or bridge point, its baselines."""
    is_made = machine.existing is None
    section = "systems" if is_made else "existing machines"
    name = machine.system if is_made else machine.id
    for index, item in enumerate(document.data.get(section) or ()):
        if name is not None and item.get("id") == name:
            return document.at((section, index, "catalogue"))
    return document.at(("baselines",))
