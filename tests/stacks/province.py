"""A small province to render: a data centre and two communes."""

from __future__ import annotations

from pathlib import Path

from govctl.estate import load
from govctl.estate.model import Estate, Machine
from stacks.context import Context
from stacks.files import HostFile
from stacks.render import files_for

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKb4E0bS0H2o govctl"
CONTEXT = Context("-----BEGIN CERTIFICATE-----\n", "seed", KEY)
PROVINCE = """
estate: phu-tho
name: {vi: Tỉnh Phú Thọ, en: Phú Thọ province}
tiers: [province, commune]
register: vn-2025-07-01
baselines: []
addresses: {ipv4: 10.25.0.0/16, ipv6: fd25:25::/48}
target: {kind: lxd}
units:
  - province: "25"
    site: data-centre
  - communes of: "25"
    only: [Xã Hy Cương, Phường Vân Phú]
    site: commune-office
site kinds:
  data-centre:
    hub: true
    zones: [edge, dmz, app, db, admin, media, log, internal]
    without: {wireless: no access points in the data centre}
    links: [{to: tslcd, rate: 1 Gbit/s}]
  commune-office:
    zones: [internal, conference]
    links: [{to: data-centre, rate: 200 Mbit/s}]
    bridge points: [{room: hall, kind: baresip}]
systems:
  - {id: infrastructure, catalogue: infrastructure, level: 3, owner: "25", operator: "25",
     name: {vi: Hạ tầng, en: Infrastructure}}
  - {id: meeting, catalogue: conference, level: 3, owner: "25", operator: "25",
     name: {vi: Hội nghị, en: Conference}}
  - {id: portal, catalogue: portal, level: 3, owner: "25", operator: "25",
     name: {vi: Cổng, en: Portal}, flows: [FLOWS]}
"""
HY_CUONG, VAN_PHU = "c08515", "c07918"


def province(folder: Path, *flows: str) -> Estate:
    """The small province, with flows of its portal's own (YAML mappings)."""
    file = folder / "estate.yaml"
    file.write_text(PROVINCE.replace("FLOWS", ", ".join(flows)), encoding="utf-8")
    return load(file)


def file_of(machine: Machine, estate: Estate, path: str) -> HostFile:
    """One file of a machine; KeyError if it has none at that path."""
    return {file.path: file for file in files_for(machine, estate, CONTEXT)}[path]


def text_of(machine: Machine, estate: Estate, path: str) -> str:
    """The text of one file of a machine."""
    content = file_of(machine, estate, path).content
    assert isinstance(content, str)
    return content
