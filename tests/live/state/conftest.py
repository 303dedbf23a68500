from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from stacks.provider import sweep
from tests.evidence.postgres import Server, programs
from tests.live.estates import LiveEstate
from tests.live.state.database import Database
from tests.live.state.swift import PROGRAMS, Swift

ESTATE = """\
estate: t-state
name: {vi: Tỉnh Phú Thọ, en: Phú Thọ province}
tiers: [province]
register: vn-2025-07-01
baselines: [tcvn14423-2026]
addresses: {ipv4: 10.93.0.0/16, ipv6: "fd93:93::/48"}
target: {kind: lxd, backend: BACKEND}
units:
  - province: "25"
    site: data-centre
site kinds:
  data-centre:
    hub: true
    zones: [edge, dmz, app, db, admin, log, internal]
    without: {wireless: no access points in the data centre}
    links:
      - {to: tslcd, rate: 1 Gbit/s}
systems:
  - {id: infrastructure, catalogue: infrastructure, level: 3, owner: "25", operator: "25"}
"""
"""What no estate can do without: one stack, six machines."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A PostgreSQL that asks for a password."""
    need(programs() is not None, "PostgreSQL (apt-get install postgresql)")
    with Server() as server:
        yield Database(server, "state")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """A bucket of an S3 server."""
    need(PROGRAMS.is_dir(), "OpenStack Swift (script/setup --tests)")
    with Swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[LiveEstate]:
    """The estate, described; its state is to be kept in the database."""
    folder = tmp_path_factory.mktemp("hub") / "estate"
    folder.mkdir()
    text = ESTATE.replace("BACKEND", f'"{database.url}"')
    (folder / "estate.yaml").write_text(text, encoding="utf-8")
    estate = LiveEstate(folder, "t-state")
    sweep.delete(estate.target, estate.name, estate.marked)  # of a run that was killed
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.environment.items():
            patch.setenv(name, value)
        try:
            yield estate
        finally:
            estate.remove()


def need(there: bool, what: str) -> None:
    """Skip where something lacks, aloud; in CI that is a failure."""
    if not there:
        why = f"{what} is not installed"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
