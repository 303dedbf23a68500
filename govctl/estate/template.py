"""The text of a new `estate.yaml`: short, commented, meant to be edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govctl.estate.register import RegisterUnit
from govctl.texts import _

WIDTH = 88


@dataclass(frozen=True)
class Answers:
    """What a new estate depends on."""

    id: str
    name_vi: str
    name_en: str
    province: RegisterUnit
    tiers: tuple[str, ...]
    register: str
    ipv4: str
    ipv6: str
    groups: Mapping[str, list[str] | None]
    """Tier → names as YAML; None for all units of the tier."""
    keys: Mapping[str, str]
    """Tier → `communes of`."""


def render(answers: Answers) -> str:
    """The file's text, with comments in the language of this run."""
    code = answers.province.code
    return _TEMPLATE.format(
        a=answers,
        code=code,
        tiers=", ".join(answers.tiers),
        top=answers.tiers[0],
        groups="".join(_group(answers, tier) for tier in answers.groups),
        office_kinds="".join(_office(tier) for tier in answers.groups),
        about=_("What should exist. Check with: govctl validate; see it with: govctl show"),
        about_id=_("names of machines and networks follow from it: it never changes"),
        about_units=_("Units of government; names, kinds and points come from the register."),
        about_kinds=_("What sites of one kind have in common: a commune is one line, not a page."),
        about_hub=_("the others' links lead here; it has the edge router and the firewall"),
        about_without=_(
            "a zone that the level asks for and the site has no use for, with the reason"
        ),
        no_wireless=_("no access points in the data centre"),
        public=_("public information"),
        about_systems=_(
            "Information systems: level 1 to 5, owner, operator; parts from the catalogue."
        ),
        about_papers=_(
            "For the law's forms a unit takes contact: and a system dossier: (govctl report -h)."
        ),
        about_flows=_(
            "Openings beside those that the catalogue's entries need; all else is closed."
        ),
    )


def _group(answers: Answers, tier: str) -> str:
    names = answers.groups[tier]
    only = "" if names is None else "    only:\n" + "".join(f"      - {name}\n" for name in names)
    return f'  - {answers.keys[tier]}: "{answers.province.code}"\n{only}    site: {tier}-office\n'


def _office(tier: str) -> str:
    return (
        f"  {tier}-office:\n"
        "    zones: [internal, conference]\n"
        "    links:\n"
        "      - {to: data-centre, rate: 200 Mbit/s}\n"
        "    bridge points:\n"
        "      - {room: hall, kind: baresip}\n"
    )


_TEMPLATE = """\
# {about}

estate: {a.id}  # {about_id}
name: {{vi: {a.name_vi}, en: {a.name_en}}}
tiers: [{tiers}]
register: {a.register}
baselines: [tcvn14423-2026]
addresses: {{ipv4: {a.ipv4}, ipv6: "{a.ipv6}"}}
target: {{kind: lxd}}

# {about_units}
units:
  - {top}: "{code}"
    site: data-centre
{groups}  - id: so-khcn
    name: {{vi: Sở Khoa học và Công nghệ, en: Department of Science and Technology}}
    parent: "{code}"

# {about_kinds}
site kinds:
  data-centre:
    hub: true  # {about_hub}
    zones: [edge, dmz, app, db, admin, media, log, internal]
    without:  # {about_without}
      wireless: {no_wireless}
    links:
      - {{to: tslcd, rate: 1 Gbit/s, path: north}}
      - {{to: tslcd, rate: 1 Gbit/s, path: south}}
{office_kinds}
# {about_systems}
# {about_papers}
systems:
  - id: infrastructure
    catalogue: infrastructure
    level: 3
    owner: "{code}"
    operator: so-khcn

  - id: conference
    catalogue: conference
    level: 3
    owner: "{code}"
    operator: so-khcn

  - id: portal
    catalogue: portal
    level: 3
    owner: "{code}"
    operator: so-khcn
    flows:  # {about_flows}
      - {{from: internet, to: portal.web, port: 443, why: {public}}}
"""
