"""What the estate's tests share: a catalogue of their own and a small estate."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.catalogue import Catalogue, read_catalogue
from govctl.estate.loader import resolve
from govctl.estate.model import Estate

BASELINES = ("tcvn14423-2026", "qcvn12-2026")
SMALL = """\
estate: phu-tho
name: {vi: Tỉnh Phú Thọ, en: Phú Thọ province}
tiers: [province, commune]
register: vn-2025-07-01
baselines: [tcvn14423-2026]
addresses: {ipv4: 10.25.0.0/16, ipv6: "fd25:25::/48"}
target: {kind: lxd}
units:
  - province: "25"
    site: data-centre
  - communes of: "25"
    only: [Xã Hy Cương, "07894", "07918"]
    site: commune-office
  - {id: so-khcn, name: Sở Khoa học và Công nghệ, parent: "25"}
site kinds:
  data-centre:
    hub: true
    zones: [edge, dmz, app, db, admin, media, log, internal]
    without: {wireless: no access points}
    links: [{to: tslcd, rate: 1 Gbit/s, path: north}]
  commune-office:
    zones: [internal, conference]
    links: [{to: data-centre, rate: 200 Mbit/s}]
    bridge points: [{room: hall}]
systems:
  - {id: infra, catalogue: infrastructure, level: 3, owner: "25", operator: so-khcn}
  - {id: conference, catalogue: conference, level: 3, owner: "25", operator: so-khcn}
  - id: portal
    catalogue: portal
    level: 3
    owner: "25"
    operator: so-khcn
    flows: [{from: internet, to: portal.web, port: 443, why: public information}]
"""


@functools.cache
def catalogue() -> Catalogue:
    return read_catalogue(Path(__file__).parent / "catalogue")


def write(folder: Path, text: str = SMALL) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "estate.yaml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> Estate:
    return resolve(folder, catalogue=catalogue(), baselines=BASELINES).estate


def load_text(folder: Path, text: str = SMALL) -> Estate:
    return load(write(folder, text))


def problems(folder: Path, text: str) -> list[str]:
    """The problems of a text, without the path of the file."""
    with pytest.raises(InputError) as caught:
        load_text(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def changed(old: str, new: str, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new)
