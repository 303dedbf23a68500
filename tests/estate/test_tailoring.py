"""An organisation asks for more than the law, and for more still further down; never for less."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.loader import resolve
from tests.estate.support import SMALL, catalogue, load_text, problems, write

TOP = """\
tailoring:
  - changes:
      log.retention: {threshold: log_retention>=24 months}
      acc.list.review: {period: Q}
"""


def _text(tailoring: str, baselines: str = "tcvn14423-2026") -> str:
    text = SMALL.replace("baselines: [tcvn14423-2026]", f"baselines: [{baselines}]")
    return text + tailoring


def test_changes_stand_from_the_top_down(tmp_path: Path) -> None:
    estate = load_text(tmp_path / "e", _text(
        "tailoring:\n"
        "  - system: portal\n"
        "    changes: {log.retention: {threshold: log_retention>=36 months}}\n"
        '  - unit: "25"\n'
        "    changes: {log.retention: {threshold: log_retention>=3 years}}\n"
        "    has no: {mobile devices: none may connect}\n"
        "  - changes: {log.retention: {threshold: log_retention>=24 months, levels: [3]}}\n"
        "    adds:\n"
        '      - {key: own.guest, clause: QĐ 15 4.2, text: Khách, levels: [3]}\n'
    ))  # fmt: skip
    assert [one.scope for one in estate.tailoring] == ["estate", "unit 25", "system portal"]
    portal = next(one for one in estate.machines if one.system == "portal")
    other = next(one for one in estate.machines if one.system == "infra")
    commune = next(one for one in estate.machines if one.unit == "07894")
    assert [one.scope for one in estate.tailoring_of(portal)] == [
        "estate", "unit 25", "system portal",
    ]  # fmt: skip
    assert [one.scope for one in estate.tailoring_of(other)] == ["estate", "unit 25"]
    assert [one.scope for one in estate.tailoring_of(commune)] == ["estate", "unit 25"]
    assert estate.tailoring[0].additions[0].text.en == "Khách"
    assert dict(estate.tailoring[1].has_no) == {"mobile devices": "none may connect"}


def test_two_estates_that_ask_for_different_things_are_not_the_same(tmp_path: Path) -> None:
    one, other = load_text(tmp_path / "a"), load_text(tmp_path / "b", _text(TOP))
    assert one.digest != other.digest


LAW = "tcvn14423-2026:5.8.2.1 a asks for it at level 3"
LOOSE = [
    ("log.retention: {threshold: log_retention>=2 months}",
     "36:34: log_retention>=2 months asks for less than log_retention>=3 months; " + LAW
     + " (expected log_retention>=3 months or stricter)"),
    ("log.retention: {threshold: log_retention>=89 days}", "36:34: log_retention>=89 days asks"),
    ("acc.inactive: {threshold: inactive_account_disable<=46 days}", "disable<=45 days or"),
    ("log.sources: {threshold: log_sources~=process|application}", "(expected all of: appl"),
    ("log.sources: {threshold: log_sources~=a|b}", "36:32: that log_sources~=a|b asks for"),
    ("net.remote.auth: {threshold: remote_authentications>=2 persons}", "is not proven"),
    ("near: {period: M}", "36:7: no baseline of the estate has the key near"),
    ("log.retentio: {period: M}", 'did you mean "log.retention"?'),
    ("log.retention: {threshold: log_retenton>=12 months}", 'did you mean "log_retention"?'),
    ("log.retention: {threshold: 12 months}", '36:34: "12 months" is no threshold (expected name'),
    ("cfg.lockout: {threshold: lockout_duration>=31 days}", "cannot both hold"),
    ("log.review: {period: Y}", "36:28: Y asks for less than 6M; "),
    ("risk.process: {strength: equivalent-allowed}", "allowed asks for less than required"),
    ("net.remote.posture: {period: M}", "36:7: nothing asks for net.remote.posture at level 3"),
    ("risk.process: {}", "36:21: a change makes a requirement stricter, or leaves it out"),
    ("risk.process: {period: M, left out: it does not suit us}", "a change makes a requirement"),
    ("risk.process: {left out: no}", '36:32: found "no"; write it in quotes'),
    ("risk.process: {period: daily}", '"daily" is not known here'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), LOOSE, ids=[case[0] for case in LOOSE])
def test_what_asks_for_less_than_the_law_is_refused_with_its_place(
    tmp_path: Path, change: str, expected: str
) -> None:
    text = _text(f"tailoring:\n  - changes:\n      {change}\n")
    found = problems(tmp_path / "e", text)
    assert any(expected in line for line in found), found


TIGHT = [
    "log.retention: {threshold: log_retention>=3 months}",
    "log.retention: {threshold: log_retention>=1 years}",
    "acc.inactive: {threshold: inactive_account_disable<=6 weeks}",
    "log.sources: {threshold: log_sources~=system_access|process|application|security_alert|dns}",
    "log.review: {period: W}",
    "risk.process: {period: Y}",
    "risk.process.review: {period: Y, levels: [1]}",
    "cfg.idle-lock: {strength: required}",
    "log.retention: {left out: the store comes in 2028}",
]


@pytest.mark.parametrize("change", TIGHT)
def test_what_asks_for_as_much_or_more_is_taken(tmp_path: Path, change: str) -> None:
    assert load_text(tmp_path / "e", _text(f"tailoring:\n  - changes:\n      {change}\n")).tailoring


BELOW = [
    ("{log.retention: {threshold: log_retention>=18 months}}",
     "log_retention>=18 months asks for less than log_retention>=24 months; estate asks for it"),
    ("{acc.list.review: {period: 6M}}", "6M asks for less than Q; estate asks for it at level 3"),
    ("{acc.list.review: {left out: we would rather not}}", "only ask for more than it inherits"),
]  # fmt: skip


@pytest.mark.parametrize("scope", ["system: portal", 'unit: "07894"', "unit: so-khcn"])
@pytest.mark.parametrize(("changes", "expected"), BELOW)
def test_a_lower_tier_asks_for_no_less_than_what_it_inherits(
    tmp_path: Path, scope: str, changes: str, expected: str
) -> None:
    found = problems(tmp_path / "e", _text(f"{TOP}  - {scope}\n    changes: {changes}\n"))
    assert len(found) == 1
    assert found[0].startswith("estate.yaml:39:")
    assert expected in found[0]


def test_a_lower_tier_may_ask_for_more(tmp_path: Path) -> None:
    more = "{log.retention: {threshold: log_retention>=36 months}, acc.list.review: {period: M}}"
    for scope in ("system: portal", 'unit: "07894"'):
        load_text(tmp_path / "e", _text(f"{TOP}  - {scope}\n    changes: {more}\n"))


def test_of_two_baselines_the_stricter_binds(tmp_path: Path) -> None:
    change = "tailoring:\n  - changes: {log.retention: {threshold: log_retention>=6 months}}\n"
    load_text(tmp_path / "one", _text(change))
    found = problems(tmp_path / "both", _text(change, "tcvn14423-2026, qcvn12-2026"))
    assert len(found) == 1
    assert "asks for less than log_retention>=12 months; qcvn12-2026:3.9.2.1.9|" in found[0]


OTHERS = [
    ('  - {unit: "99999", changes: {}}\n', '35:12: unknown unit "99999"'),
    ("  - {system: portl}\n", 'unknown system "portl"; did you mean "portal"?'),
    ('  - {unit: "25", system: portal}\n', "tailoring is for the whole estate, a unit or a system"),
    ("  - changes: {}\n  - changes: {}\n", "36:5: estate is tailored twice"),
    ("  - has no: {dhpc: none at all here}\n", 'requirement depends on dhpc; did you mean "dhcp"'),
    ("  - has no: {dhcp: none}\n", '"none" does not fit'),
    ("  - adds: [{key: log.retention, clause: '1', text: x}]\n", "stands in a baseline already"),
    ("  - adds: [{key: own.a, clause: '1', text: x}, {key: own.a, clause: '2', text: y}]\n",
     "the key own.a stands in a baseline already"),
    ("  - adds: [{key: own.a, clause: '1', text: x, threshold: many}]\n", '"many" is no threshold'),
    ("  - adds: [{key: OWN, clause: '1', text: x}]\n", '"OWN" does not fit'),
    ("  - change: {}\n", 'unknown key "change"; did you mean "changes"?'),
]  # fmt: skip


@pytest.mark.parametrize(("tailoring", "expected"), OTHERS)
def test_a_mistake_gives_one_line_at_its_place(
    tmp_path: Path, tailoring: str, expected: str
) -> None:
    found = problems(tmp_path / "e", _text("tailoring:\n" + tailoring))
    assert any(expected in line for line in found), found


def _with_table(folder: Path, threshold: str) -> Path:
    write(folder, _text("", "tcvn14423-2026, phu-tho-12"))
    (folder / "baselines").mkdir()
    (folder / "baselines" / "phu-tho-12.csv").write_text(
        "level,clause,group,key,threshold,strength,evidence,topic_en,topic_vi\n"
        f"3,QĐ12 4.2,logs,log.retention,{threshold},required,document,Kept,Lưu\n",
        encoding="utf-8",
    )
    return folder


def test_a_table_of_the_organisation_may_not_ask_for_less_than_the_law(tmp_path: Path) -> None:
    folder = _with_table(tmp_path / "loose", "log_retention>=1 months")
    with pytest.raises(InputError, match=r"phu-tho-12\.csv:2:5: log_retention>=1 months asks for"):
        resolve(folder, catalogue=catalogue())
    folder = _with_table(tmp_path / "tight", "log_retention>=24 months")
    found = resolve(folder, catalogue=catalogue()).estate
    assert found.baselines == ("tcvn14423-2026", "phu-tho-12")
