"""An estate with files of decisions beside it, and moments to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from govctl.decisions.loader import ATTESTATIONS, WAIVERS, load
from govctl.decisions.model import Decisions
from govctl.errors import InputError
from govctl.estate.loader import resolve
from govctl.estate.model import Estate
from policies.catalogue import checks
from policies.model import Finding
from tests.estate.support import BASELINES, SMALL, catalogue
from tests.reports.examples import finding

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
NAMED = SMALL.replace(
    "target: {kind: lxd}\n",
    'target: {kind: lxd}\napprovers: [{name: Trần Thị Bình, unit: "25"}]\n',
)
WAIVER: Mapping[str, Any] = {
    "id": "w-1",
    "checks": ["sshd-max-auth-tries"],
    "at": {"unit": "07894"},
    "owner": {"name": "Nguyễn Văn An", "unit": "07894"},
    "approver": {"name": "Lê Thị Chi", "unit": "25"},
    "reason": "the old client",
    "measure": "only from zone admin",
    "from": "2026-11-01T00:00+07:00",
    "until": "2027-03-01T00:00+07:00",
}
ATTESTATION: Mapping[str, Any] = {
    "id": "a-1",
    "requirements": ["tcvn14423-2026:5.1.2.1 a"],
    "at": "estate",
    "by": {"name": "Trần Thị Bình", "unit": "so-khcn"},
    "document": {"title": "Quy trình quản lý rủi ro", "sha256": "0" * 64},
    "date": "2026-11-01T00:00+07:00",
    "until": "2027-10-31 +07:00",
    "statement": "issued by decision 12",
}


@cache
def estate_of(text: str, folder: Path) -> Estate:
    folder.mkdir(exist_ok=True)
    (folder / "estate.yaml").write_text(text, encoding="utf-8")
    return resolve(folder, catalogue=catalogue(), baselines=BASELINES).estate


def put(folder: Path, *entries: Mapping[str, Any], section: str = "waivers") -> None:
    text = yaml.safe_dump({section: [dict(one) for one in entries]}, allow_unicode=True)
    put_text(folder, text, section)


def put_text(folder: Path, text: str, section: str = "waivers") -> None:
    name = WAIVERS if section == "waivers" else ATTESTATIONS
    (folder / name).write_text(text, encoding="utf-8")


def loaded(folder: Path, text: str = NAMED, now: datetime = NOW) -> Decisions:
    return load(estate_of(text, folder), folder, checks(), now)


def problems(folder: Path, text: str = NAMED, now: datetime = NOW) -> list[str]:
    """What is wrong, without the path of the files."""
    with pytest.raises(InputError) as caught:
        loaded(folder, text, now)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def waiver(**changes: Any) -> dict[str, Any]:
    """The waiver of these tests with other values; None takes a key away."""
    return _changed(WAIVER, changes)


def attestation(**changes: Any) -> dict[str, Any]:
    return _changed(ATTESTATION, changes)


def failure(target: str, check: str, **changes: Any) -> Finding:
    row = next(one for one in checks() if one.id == check)
    return replace(finding(target, row, "fail"), **changes)


def _changed(entry: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**entry, **{"from" if key == "from_" else key: one for key, one in changes.items()}}
    return {key: value for key, value in merged.items() if value is not None}
