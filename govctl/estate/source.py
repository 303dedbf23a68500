"""What a person writes in `estate.yaml`, as strict models; their docstrings reach the JSON Schema.

Nothing is looked up here; `loader.py` resolves references and reports what does not fit.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from govctl.estate.moments import SpanText
from govctl.estate.needs import Needs
from govctl.estate.papers import Contact, Dossier
from govctl.estate.piece import Name, Source
from govctl.estate.shares import BudgetText, WavesText
from govctl.estate.tailoring_source import TailoringSource
from govctl.estate.values import (
    BackendUrl,
    Domain,
    HostKey,
    Label,
    PersonName,
    PortList,
    Prefix4,
    Prefix6,
    Rate,
    Size,
    UserName,
    wrong,
)
from govctl.texts import _


class LinkSource(Source):
    """A way from a site to another, or to a network outside."""

    to: str
    """A site, a site kind that only one site has, or `tslcd`, the state data network."""
    rate: Rate
    """What it carries each way, such as `200 Mbit/s`."""
    path: Label | None = None
    """A name of the physical way: links of one path fail together."""


class LimitsSource(Source):
    """What a machine may use at most; what is left out stays as the catalogue says."""

    memory: Size | None = None
    """Such as `256 MiB`."""
    cpu: int | None = Field(default=None, ge=1, le=1024)
    """Whole processors."""
    disk: Size | None = None
    """Such as `4 GiB`."""
    processes: int | None = Field(default=None, ge=16, le=4194304)


class BridgePointSource(Source):
    """A room that joins video conferences."""

    room: Label
    kind: str = "baresip"
    """The driver: a component of the catalogue entry `bridge`."""
    name: Name | None = None
    user: Label | None = None
    """The SIP user; `<site>-<room>` if left out."""
    limits: LimitsSource | None = None


class Settings(Source):
    """What a site has; a site kind sets it, overrides and unit entries change it."""

    zones: tuple[str, ...] | None = None
    """Kinds of zones: edge, dmz, app, db, admin, media, log, internal, conference, wireless …"""
    without: dict[str, str] | None = None
    """Zone kinds that a level asks for and the site has no use for, each with the reason."""
    links: tuple[LinkSource, ...] | None = None
    bridge_points: tuple[BridgePointSource, ...] | None = None
    limits: LimitsSource | None = None
    """What the site's routers may use."""
    size: Literal["normal", "large"] | None = None
    """`large` takes a block of sixteen times the addresses."""
    prefix: int | None = Field(default=None, ge=12, le=26)
    """The length of the site's IPv4 prefix, where neither size fits."""


class SiteKindSource(Settings):
    """What sites of one kind have in common, so that a commune is one line and not a page."""

    hub: bool = False
    """The site that the others' links lead to: it has the edge router and the firewall."""


class OwnUnitSource(Settings):
    """A unit that the register does not know: a department, a public hospital."""

    id: Label
    name: Name
    parent: str | None = None
    """The unit it belongs to: a code of the register or an id."""
    tier: str | None = None
    """Its level of government, if it is one; an agency belongs to its parent's."""
    site: str | None = None
    """The kind of its site; a unit without machines needs none."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    contact: Contact | None = None
    """Who answers for it, for the law's forms."""


class RegisterUnitSource(Settings):
    """One unit of the register, by its code; `province: "25"` is written for `unit: "25"`."""

    unit: str
    tier: str | None = None
    site: str | None = None
    contact: Contact | None = None
    """Who answers for it, for the law's forms."""


class GroupSource(Settings):
    """Every unit of one tier below another; `communes of: "25"` is the short way to write it."""

    descendants_of: str
    """The code at the top of the subtree."""
    tier: str
    """The tier that is meant."""
    only: tuple[str, ...] | None = None
    """Codes or names; all others are left out."""
    except_: tuple[str, ...] | None = None
    """Codes or names that are left out."""
    site: str | None = None


class UnitFileSource(Settings):
    """Units of a CSV or XLSX table; columns id, name_vi, name_en, parent, tier, code, site."""

    from_: str
    """The file, from the estate's folder."""
    site: str | None = None
    """The kind of site for rows that name none."""


FORMS = {
    "from": ("file", UnitFileSource),
    "descendants of": ("group", GroupSource),
    "unit": ("register", RegisterUnitSource),
    "id": ("own", OwnUnitSource),
}
"""Which key tells a form of unit entry, its tag and its model."""


def form_of(entry: Any) -> str:
    """The tag of a unit entry's form."""
    if isinstance(entry, dict):
        for key, (tag, _model) in FORMS.items():
            if key in entry:
                return tag
        return "own"
    return next((tag for tag, model in FORMS.values() if isinstance(entry, model)), "own")


UnitSource = Annotated[
    Annotated[UnitFileSource, Tag("file")]
    | Annotated[GroupSource, Tag("group")]
    | Annotated[RegisterUnitSource, Tag("register")]
    | Annotated[OwnUnitSource, Tag("own")],
    Discriminator(form_of),
]


class SiteSource(Settings):
    """A site beside the one that its unit's entry makes, or in place of it."""

    id: Label
    unit: str
    kind: str
    name: Name | None = None


class OverrideSource(Settings):
    """Other settings for a tier, a subtree, one unit or one site; the nearest counts."""

    tier: str | None = None
    subtree: str | None = None
    unit: str | None = None
    site: str | None = None

    @model_validator(mode="after")
    def _one_scope(self) -> OverrideSource:
        given = [self.tier, self.subtree, self.unit, self.site]
        if sum(scope is not None for scope in given) != 1:
            message = _("an override says whom it is for, once")
            raise wrong(message, _("one of: {names}", names="tier, subtree, unit, site"))
        return self


class FlowSource(Source):
    """An opening: who may reach what, on which ports, and why."""

    id: Label | None = None
    from_: str
    """internet, estate, controller, zone:<kind>, <site>/<zone> or <system>.<component>."""
    to: str
    protocol: Literal["tcp", "udp"] = "tcp"
    port: PortList
    """A port, a range `8000-8100`, or a list of them."""
    why: str = Field(min_length=1, max_length=300)


class ComponentSource(Source):
    """What a system sets for a component of its catalogue entry."""

    machines: int | None = Field(default=None, ge=0, le=200)
    zone: str | None = None
    limits: LimitsSource | None = None
    parameters: dict[str, str] = Field(default_factory=dict)
    needs: Needs = ()
    """Exceptions from checks that it needs here, beside those of the catalogue."""


class SystemSource(Source):
    """An information system, with its security level, owner and operator."""

    id: Label
    name: Name | None = None
    """The catalogue entry's name if left out."""
    catalogue: str
    """The catalogue entry that says what it is made of."""
    level: int = Field(ge=1, le=5)
    """Security level, 1 to 5."""
    owner: str
    operator: str
    site: str | None = None
    """Where its machines stand; the hub if left out."""
    components: dict[str, ComponentSource] = Field(default_factory=dict)
    flows: tuple[FlowSource, ...] = ()
    dossier: Dossier | None = None
    """Its papers, for the law's forms: grounds of the level, decisions, plan."""


class ExistingSource(Source):
    """A machine that govctl did not make: hardened and scanned, never created or destroyed."""

    id: Label
    site: str
    zone: str
    """The kind of zone it stands in."""
    address: str
    """Where SSH answers, IPv4."""
    address6: str | None = None
    port: int = Field(default=22, ge=1, le=65535)
    user: UserName
    host_key: HostKey = Field(validation_alias=AliasChoices("host key", "host_key"))
    """The pinned public key, `ssh-ed25519 AAAA…`."""
    role: str
    """What it is, in words of the catalogue (`portal-web`) or of its own."""
    system: str | None = None
    needs: Needs = ()
    """Exceptions from checks, for what it is there for, beside those of its role."""


class AddressesSource(Source):
    """The pools that every address of the estate is taken from."""

    ipv4: Prefix4
    ipv6: Prefix6


class TargetSource(Source):
    """Where machines are made, and where the state is kept."""

    kind: Literal["lxd", "incus"] = "lxd"
    url: str | None = Field(default=None, pattern=r"^(unix://|https://).+")
    pool: Label = "govctl"
    backend: BackendUrl | None = None
    """A Pulumi backend URL; files in the estate's folder if left out."""


class ApproverSource(Source):
    """A person who may approve waivers for a unit, at its own level and below."""

    name: PersonName
    unit: str
    """The unit, by its id or code."""


class RolloutSource(Source):
    """How changes come to many machines; `--waves` and `--budget` say it for one run."""

    waves: WavesText = "100%"
    """Up to where each wave goes, the first one the canary: `1,5%,25%,100%`. Services are asked
    after each wave, and what no longer works stops the run."""
    budget: BudgetText = "0"
    """How many machines may fail before the run stops: `2` or `5%`."""


def _target(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class EstateSource(Source):
    """The estate: what should exist, described once."""

    estate: Annotated[Label, Field(max_length=20)]
    """The estate's id; names of machines and networks follow from it, so it never changes."""
    name: Name
    tiers: tuple[Label, ...] = Field(min_length=1)
    """Levels of government from the top down."""
    register_: str | None = Field(default=None, alias="register")
    """A shipped snapshot such as `vn-2025-07-01`, or a CSV file of another."""
    baselines: tuple[str, ...] = ()
    """Security baselines and profiles that the estate answers to."""
    values: dict[str, str] = Field(default_factory=dict)
    """Values of checks that the estate sets, by name: `ssh_max_auth_tries: "3"`."""
    tailoring: tuple[TailoringSource, ...] = ()
    """Where the estate, its units and systems ask for more than their baselines."""
    approvers: tuple[ApproverSource, ...] = ()
    """Who may approve waivers, beside the persons of the units above the one concerned."""
    longest_waiver: SpanText | None = None
    """How long a waiver may last, such as `6 months`; a year if left out."""
    rollout: RolloutSource = Field(default_factory=RolloutSource)
    """How `harden`, `up` and `patch` work on many machines: in waves, up to a failure budget."""
    addresses: AddressesSource
    domain: Domain | None = None
    """The DNS zone of the machines; `<estate>.internal` if left out."""
    target: Annotated[
        TargetSource, BeforeValidator(_target, json_schema_input_type=str | TargetSource)
    ] = Field(default_factory=TargetSource)
    units: tuple[UnitSource, ...] = Field(min_length=1)
    site_kinds: dict[Label, SiteKindSource]
    sites: tuple[SiteSource, ...] = ()
    overrides: tuple[OverrideSource, ...] = ()
    systems: tuple[SystemSource, ...] = ()
    flows: tuple[FlowSource, ...] = ()
    existing_machines: tuple[ExistingSource, ...] = ()
