"""The law's forms, put together from an estate, a kept run, its facts and the rules that judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from govctl.errors import UsageError
from govctl.estate.catalogue import catalogue_for
from govctl.estate.model import Machine, System, Unit
from govctl.estate.places import nearest, one_of
from govctl.estate.show import resolve_unit
from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.job import Job
from govctl.reports.forms.blocks import gaps_of
from govctl.reports.forms.cells import Gap
from govctl.reports.forms.crosschecks import Outcome, about_run, about_unseen, outcomes
from govctl.reports.forms.crosschecks import remarks as form_remarks
from govctl.reports.forms.dossier import dossier
from govctl.reports.forms.material import FormMaterial, called
from govctl.reports.forms.mau08 import form08
from govctl.reports.forms.mau08_xlsx import render
from govctl.reports.forms.period import Period
from govctl.reports.forms.standing import servers_of, standing
from govctl.reports.forms.word_file import word_file
from govctl.texts import Language, Message, _
from policies.catalogue import checks
from policies.profiles import split
from policies.selection import asked_by
from scanners.host import bundle
from scanners.host.facts import system as identity
from scanners.host.model import Missing


@dataclass(frozen=True)
class Filled:
    """A form as a file, and what its reader must know."""

    content: bytes
    gaps: tuple[Gap, ...]
    outcomes: tuple[Outcome, ...] = ()
    remarks: tuple[Message, ...] = ()


def mau08(
    job: Job, run: Run | None, year: int, owner: str | None, language: Language = "vi"
) -> Filled:
    """Form 08 of one owner, as XLSX; UsageError if it is not clear whose."""
    material = form_material(job, run)
    form = form08(material, owner_of(job, owner), Period(year))
    return Filled(
        content=render(form, material, language),
        gaps=form.gaps,
        outcomes=outcomes(form),
        remarks=tuple(form_remarks(form, material)),
    )


def level_dossier(job: Job, run: Run | None, system_id: str) -> Filled:
    """The tables of a system's level dossier, as DOCX; UsageError for an unknown system."""
    system = system_of(job, system_id)
    material = form_material(job, run, servers_of(job.estate, system))
    owner = job.estate.unit(system.owner)
    blocks = dossier(material, system)
    title = (
        called(owner).upper(),
        "HỒ SƠ ĐỀ XUẤT CẤP ĐỘ",
        f"{system.name.vi} – cấp độ {system.level}",
    )
    remarks = [*about_run(material)]
    if run is not None:
        remarks += about_unseen(run.id, standing(material, system).unseen)
    return Filled(
        content=word_file(title, blocks, material.moment),
        gaps=gaps_of(blocks),
        remarks=tuple(remarks),
    )


def owner_of(job: Job, named: str | None) -> Unit:
    """The owner that is meant: the one named, else the only one that the estate has."""
    owners = list(dict.fromkeys(system.owner for system in job.estate.systems))
    if named is not None:
        unit = resolve_unit(job.estate, named)
        if unit.id in owners:
            return unit
        raise UsageError(
            _("{name} owns no system of the estate", name=unit.name.vi), hint=one_of(owners)
        )
    if len(owners) == 1:
        return job.estate.unit(owners[0])
    if not owners:
        raise UsageError(_("the estate has no systems"))
    hint = _("say whose form it is: --owner, {units}", units=one_of(owners))
    raise UsageError(_("the estate's systems have several owners"), hint=hint)


def system_of(job: Job, named: str) -> System:
    """A system by its id; UsageError with a suggestion otherwise."""
    try:
        return job.estate.system(named)
    except KeyError:
        known = [system.id for system in job.estate.systems]
        near = nearest(named, known)
        hint = _('did you mean "{name}"?', name=near) if near else one_of(known)
        raise UsageError(_('no system "{query}" in the estate', query=named), hint=hint) from None


def form_material(job: Job, run: Run | None, machines: Iterable[Machine] = ()) -> FormMaterial:
    """What a form is made from; of `machines`, also what they said that they run."""
    baselines, _profiles = split(job.estate.baselines)
    entries = catalogue_for(job.workspace.estate).entries.values()
    return FormMaterial(
        estate=job.estate,
        run=run,
        checks={check.id: check for check in asked_by(baselines, checks())},
        baselines=baselines,
        components={
            spec.role: spec.name for entry in entries for spec in entry.components.values()
        },
        operating_systems=dict(_systems_seen(job, run, machines)) if run else {},
    )


def _systems_seen(job: Job, run: Run, machines: Iterable[Machine]) -> Iterator[tuple[str, str]]:
    """Machines and what their os-release says, as far as the run kept it."""
    store = Store(job.workspace.runs, job.workspace.store)
    for machine in machines:
        text = store.facts(run.id, machine.id)
        if text is None:
            continue
        seen = identity.parse(bundle.load_plain(text).raw)
        if not isinstance(seen, Missing):
            yield machine.id, seen.name or f"{seen.distribution} {seen.version}".strip()
