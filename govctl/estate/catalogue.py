"""The catalogue: which components a service is made of, and which openings it needs.

An entry is data, `<entry>/entry.yaml`: govctl's own lie in the package `stacks`, a site's own in
`catalogue/` of the estate's folder. An entry of the same id in the estate's folder counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from govctl.errors import InputError
from govctl.estate.frozen import Text
from govctl.estate.model import Limits, Need
from govctl.estate.needs import Needs, need_of
from govctl.estate.packaged import folder_of
from govctl.estate.piece import Name, Source
from govctl.estate.places import Place, Problems
from govctl.estate.reading import read_model
from govctl.estate.source import FlowSource
from govctl.estate.values import Label, Size, is_pattern, wrong
from govctl.estate.yamlfile import read_document
from govctl.texts import _

ROUTER = ("network", "router")
"""Entry and component of every router."""
BRIDGE = "bridge"
"""The entry whose components are drivers of bridge points."""


def _pattern(value: str) -> str:
    if not is_pattern(value):
        raise wrong(_('"{value}" is not a regular expression', value=value[:60]), _("a pattern"))
    return value


class ParameterSource(Source):
    """What an estate may set for the templates of a component."""

    pattern: Annotated[str, AfterValidator(_pattern)]
    default: str = ""


class EntryLimits(Source):
    """What a machine of a component may use, unless the estate says otherwise."""

    memory: Size
    cpu: int
    disk: Size
    processes: int = 512


class ComponentEntry(Source):
    """A component as an entry describes it."""

    id: Label
    name: Name | None = None
    zone: str | None = None
    machines: int = 1
    packages: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    """Units of systemd that must run for it, `nginx.service`."""
    sysctl: dict[str, str] = Field(default_factory=dict)
    """Kernel settings that it makes."""
    needs: Needs = ()
    """Exceptions from checks, for what it is there for."""
    limits: EntryLimits
    parameters: dict[str, ParameterSource] = Field(default_factory=dict)


class Probe(Source):
    """A test of the running service; `then` runs on `to` after `run` on `on`."""

    name: Label
    text: Name
    on: str
    run: str
    to: str | None = None
    then: str | None = None
    timeout: int = 15


class EntrySource(Source):
    """`entry.yaml`."""

    id: Label
    name: Name
    components: tuple[ComponentEntry, ...]
    flows: tuple[FlowSource, ...] = ()
    probes: tuple[Probe, ...] = ()


class ComponentSpec(NamedTuple):
    """A component of a catalogue entry."""

    id: str
    role: str
    """`<entry>-<component>`, the name of the image."""
    name: Text
    zone: str | None
    machines: int
    packages: tuple[str, ...]
    runs: tuple[str, ...]
    """Units of systemd that must run for it."""
    sysctl: Mapping[str, str]
    """Kernel settings that it makes, by key."""
    needs: tuple[Need, ...]
    """Exceptions from checks; one for each check."""
    limits: Limits
    parameters: Mapping[str, ParameterSource]


class Entry(NamedTuple):
    """A service of the catalogue."""

    id: str
    name: Text
    components: Mapping[str, ComponentSpec]
    flows: tuple[FlowSource, ...]
    probes: tuple[Probe, ...]
    file: Path


@dataclass(frozen=True)
class Catalogue:
    """All entries by id."""

    entries: Mapping[str, Entry]

    def role(self, name: str) -> ComponentSpec:
        """The component of a role such as `portal-web`; KeyError if there is none."""
        return self.roles[name]

    @cached_property
    def roles(self) -> Mapping[str, ComponentSpec]:
        """Every component by its role."""
        return {
            spec.role: spec for entry in self.entries.values() for spec in entry.components.values()
        }


def read_catalogue(*folders: Path) -> Catalogue:
    """Every entry of the folders; a later folder's counts. InputError with all problems."""
    problems = Problems()
    entries: dict[str, Entry] = {}
    for folder in folders:
        for file in sorted(folder.glob("*/entry.yaml")):
            try:
                entry = _read_entry(file, problems)
            except InputError as error:
                problems.found.extend(error.problems)
                continue
            if entry:
                entries[entry.id] = entry
    problems.check()
    return Catalogue(entries)


def catalogue_for(estate_folder: Path) -> Catalogue:
    """govctl's own catalogue with the entries of an estate's folder."""
    own = estate_folder / "catalogue"
    return read_catalogue(shipped_folder(), own) if own.is_dir() else shipped_catalogue()


@lru_cache(maxsize=1)
def shipped_catalogue() -> Catalogue:
    """govctl's own catalogue."""
    return read_catalogue(shipped_folder())


def shipped_folder() -> Path:
    """Where govctl's own entries lie."""
    return folder_of("stacks") / "catalogue"


def _read_entry(file: Path, problems: Problems) -> Entry | None:
    document = read_document(file)
    source = read_model(document, EntrySource, problems).model
    if source is None or problems.found:
        return None
    if source.id != file.parent.name:
        message = _(
            'the entry "{id}" lies in the folder "{folder}"', id=source.id, folder=file.parent.name
        )
        problems.add(document.at(("id",)), message, expected=_("one name for both"))
    components = {}
    for index, part in enumerate(source.components):
        _check_defaults(part, document.at(("components", index, "parameters")), problems)
        if part.id in components:
            message = _('the component "{id}" stands twice', id=part.id)
            problems.add(document.at(("components", index, "id")), message)
        components[part.id] = _component(source, part)
    name = Text(vi=source.name.vi, en=source.name.en)
    return Entry(source.id, name, components, source.flows, source.probes, file)


def _check_defaults(part: ComponentEntry, place: Place, problems: Problems) -> None:

    for key, parameter in part.parameters.items():
        if parameter.default and not re.fullmatch(parameter.pattern, parameter.default):
            message = _('the default of "{key}" does not match its own pattern', key=key)
            problems.add(place, message, expected=parameter.pattern)


def _component(entry: EntrySource, part: ComponentEntry) -> ComponentSpec:
    name = part.name or entry.name
    limits = part.limits
    return ComponentSpec(
        id=part.id,
        role=f"{entry.id}-{part.id}",
        name=Text(vi=name.vi, en=name.en),
        zone=part.zone,
        machines=part.machines,
        packages=part.packages,
        runs=part.runs,
        sysctl=part.sysctl,
        needs=tuple(need_of(need, f"{entry.id}.{part.id}") for need in part.needs),
        limits=Limits(
            memory=limits.memory, cpu=limits.cpu, disk=limits.disk, processes=limits.processes
        ),
        parameters=part.parameters,
    )
