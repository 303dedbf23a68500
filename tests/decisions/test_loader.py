"""Every mistake in the files of decisions is one clear line at its place, and all come at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.decisions.support import (
    NAMED,
    NOW,
    attestation,
    loaded,
    problems,
    put,
    put_text,
    waiver,
)
from tests.estate.support import SMALL

PERSON = {"name": "Nguyễn Văn An", "unit": "07894"}
WRONG_WAIVERS: dict[str, tuple[dict[str, Any], str]] = {
    "a date without a zone": ({"until": "2027-03-01"}, '"2027-03-01" has no time zone'),
    "a naive time": ({"from_": "2026-11-01T00:00"}, '"2026-11-01T00:00" has no time zone'),
    "a wrong date": ({"until": "2027-02-30T00:00Z"}, "the calendar has no 2027-02-30T00:00Z"),
    "no end": ({"until": None}, 'the key "until" is missing'),
    "no start": ({"from_": None}, 'the key "from" is missing'),
    "no measure": ({"measure": None}, 'the key "measure" is missing'),
    "an empty reason": ({"reason": "  "}, "it is empty"),
    "the end first": ({"from_": "2027-03-01T00:00Z", "until": "2027-02-01T00:00Z"},
                      "it ends before it begins"),
    "no length": ({"until": "2026-11-01T00:00+07:00"}, "it ends before it begins"),
    "too long": ({"until": "2027-11-02T00:00+07:00"},
                 "a waiver does not last so long; \"longest waiver\" in estate.yaml says how long "
                 "(expected at most 2027-11-01T00:00+07:00)"),
    "an unknown check": ({"checks": ["sshd-max-auth-trie"]},
                         "no check is called sshd-max-auth-trie; did you mean "),
    "a glob of nothing": ({"checks": ["sshx-*"]}, "no check is called sshx-*"),
    "every check": ({"checks": ["*"]}, '"*" would accept the failure of every check'),
    "nothing": ({"checks": None}, "a waiver says what it accepts"),
    "an unknown clause": ({"requirements": ["tcvn14423-2026:5.6.2.33"]},
                          "tcvn14423-2026 has no requirement 5.6.2.33; did you mean "),
    "an unknown key": ({"requirements": ["acc.inactiv"]},
                       "no requirement has the key acc.inactiv; did you mean acc.inactive?"),
    "another baseline": ({"requirements": ["qcvn12-2026:3.7"]},
                         "the estate does not answer to qcvn12-2026; its baselines are: "
                         "tcvn14423-2026"),
    "a clause of another level": ({"requirements": ["tcvn14423-2026:3.6.2.3"]},
                                  "tcvn14423-2026:3.6.2.3 is asked of no machine at unit=07894"),
    "a requirement of people": ({"checks": None, "requirements": ["risk.process"]},
                                "no failure would be accepted"),
    "an unknown unit": ({"at": {"unit": "07895"}}, "no machine has unit=07895"),
    "an unknown machine": ({"at": {"machine": "portal-web-9"}},
                           'no machine has machine=portal-web-9; did you mean "portal-web-1"?'),
    "an unknown key of a place": ({"at": {"units": "07894"}}, 'unknown key "units"; did you mean'),
    "no place": ({"at": {}}, "is no place in the estate"),
    "a place that is a word": ({"at": "everywhere"}, '"everywhere" is no place in the estate'),
    "a place without machines": ({"at": {"unit": "07894", "system": "portal"}},
                                 "no machine of the estate stands at unit=07894 system=portal"),
    "the owner approves": ({"approver": {**PERSON, "name": "  NGUYỄN  văn an", "unit": "25"}},
                           "whoever carries a risk does not approve it"),
    "an approver of the same unit": ({"approver": {"name": "Lê Chi", "unit": "07894"}},
                                     "Lê Chi (07894) may not accept a risk at unit=07894"),
    "an approver beside": ({"approver": {"name": "Lê Chi", "unit": "07918"}},
                           "Lê Chi (07918) may not accept a risk at unit=07894"),
    "an approver below": ({"at": {"system": "portal"},
                           "approver": {"name": "Lê Chi", "unit": "07894"}},
                          "Lê Chi (07894) may not accept a risk at system=portal"),
    "an approver of an unknown unit": ({"approver": {"name": "Lê Chi", "unit": "99999"}},
                                       'unknown unit "99999"'),
    "a person without a unit": ({"owner": "Nguyễn Văn An"}, "expected keys with values"),
    "an id that is none": ({"id": "W 1"}, '"W 1" cannot be used here'),
    "a misspelt key": ({"mesure": "x"}, 'unknown key "mesure"; did you mean "measure"?'),
    "an escape in a name": ({"owner": {"name": "A\x1b[31m", "unit": "07894"}},
                            "it has the hidden character U+001B"),
    "a turned line": ({"reason": "safe \u202e efas"}, "it has the hidden character U+202E"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_WAIVERS, ids=str)
def test_a_wrong_waiver_is_refused_at_its_place(case: str, tmp_path: Path) -> None:
    change, said = WRONG_WAIVERS[case]
    put(tmp_path, waiver(**change))
    (found,) = [one for one in problems(tmp_path) if said in one]
    assert found.startswith("waivers.yaml:")


WRONG_ATTESTATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no document": ({"document": None}, 'the key "document" is missing'),
    "a document without a name": ({"document": {"sha256": "0" * 64}}, "a document has a name"),
    "no digest": ({"document": {"title": "x", "sha256": "0" * 63}}, "does not fit"),
    "a path that leads out": ({"document": {"path": "../../etc/shadow", "sha256": "0" * 64}},
                              '"../../etc/shadow" leads out of the estate'),
    "an absolute path": ({"document": {"path": "/etc/shadow", "sha256": "0" * 64}},
                         '"/etc/shadow" leads out of the estate'),
    "a folder": ({"document": {"path": "..", "sha256": "0" * 64}}, "leads out of the estate"),
    "no end": ({"until": None}, 'the key "until" is missing'),
    "a date without a zone": ({"date": "2026-11-01"}, "has no time zone"),
    "beyond the review": ({"requirements": ["risk.process.review"], "until": "2027-11-02 Z"},
                          "tcvn14423-2026:5.1.2.1 b is reviewed more often (expected at most "
                          "2027-11-01T00:00+07:00)"),
    "no requirement": ({"requirements": []}, "expected at least 1 of them"),
    "a clause of another level": ({"requirements": ["tcvn14423-2026:3.1 a"]},
                                  "is asked of no machine at estate"),
    "somebody of a unit below": ({"by": PERSON}, "Nguyễn Văn An cannot speak for estate"),
    "somebody beside": ({"by": PERSON, "at": {"unit": "07918"}},
                        "Nguyễn Văn An cannot speak for unit=07918"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_ATTESTATIONS, ids=str)
def test_a_wrong_attestation_is_refused_at_its_place(case: str, tmp_path: Path) -> None:
    change, said = WRONG_ATTESTATIONS[case]
    put(tmp_path, attestation(**change), section="attestations")
    (found,) = [one for one in problems(tmp_path) if said in one]
    assert found.startswith("attestations.yaml:")


def test_all_problems_of_both_files_come_at_once(tmp_path: Path) -> None:
    put(tmp_path, waiver(until="2027-03-01"), waiver(id="w-2", at={"unit": "1"}))
    put(tmp_path, attestation(date="2026-11-01"), section="attestations")
    found = problems(tmp_path)
    assert [one.split(":")[0] for one in found] == ["attestations.yaml", *["waivers.yaml"] * 2]


@pytest.mark.parametrize("section", ["waivers", "attestations"])
def test_an_id_stands_once(section: str, tmp_path: Path) -> None:
    entry = waiver() if section == "waivers" else attestation()
    put(tmp_path, entry, entry, section=section)
    (found,) = problems(tmp_path)
    assert "stands twice; the first one is in line" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("waivers:\n\t- id: x\n", "a tab in the indentation"),
        ("waivers: x\n", "expected a list"),
        ("waiver: []\n", 'unknown key "waiver"; did you mean "waivers"?'),
        ("- id: x\n", "this is not a mapping of keys to values"),
        ("waivers: []\nwaivers: []\n", 'the key "waivers" stands twice'),
        ("a: &a [x, x]\nb: &b [*a, *a]\nwaivers: &c [*c]\n", "an alias (*) that contains itself"),
        ("a0: &a0 [x]\n"
         + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
         + "waivers: *a11\n", "aliases that expand without end"),
        ("waivers: " + "[" * 60 + "]" * 60, "nested more than"),
        ("waivers: [{<<: {id: x}}]\n", "merge keys (<<) are not understood here"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(text: str, said: str, tmp_path: Path) -> None:
    put_text(tmp_path, text)
    assert any(said in one for one in problems(tmp_path))


def test_no_files_are_no_decisions(tmp_path: Path) -> None:
    assert loaded(tmp_path).all == ()


def test_what_has_ended_is_read_without_the_estate(tmp_path: Path) -> None:
    past = {"from_": "2025-01-01T00:00Z", "until": "2025-06-30T00:00Z"}
    gone = {"name": "Nguyễn Văn An", "unit": "huyen-cu"}
    put(tmp_path, waiver(**past, at={"machine": "gone"}, checks=["gone"], owner=gone))
    put(tmp_path, attestation(date="2025-01-01Z", until="2025-06-30Z", by=gone,
                              requirements=["gone"]), section="attestations")  # fmt: skip
    decisions = loaded(tmp_path)
    assert [one.id for one in decisions.all] == ["w-1", "a-1"]
    before = NOW - timedelta(days=600)
    assert len(problems(tmp_path, now=before)) == 5


def test_an_estate_sets_how_long_a_waiver_lasts(tmp_path: Path) -> None:
    put(tmp_path, waiver())
    assert loaded(tmp_path).waivers
    shorter = NAMED + "longest waiver: 3 months\n"
    (found,) = problems(tmp_path, shorter)
    assert "expected at most 2027-02-01T00:00+07:00" in found


def test_the_estate_names_approvers(tmp_path: Path) -> None:
    at = {"system": "portal"}
    named = {"name": "trần thị  bình", "unit": "25"}
    put(tmp_path, waiver(at=at, approver=named))
    assert loaded(tmp_path).waivers
    (found,) = problems(tmp_path, SMALL)
    assert "trần thị  bình (25) may not accept a risk at system=portal" in found
    put(tmp_path, waiver(at=at, approver={**named, "unit": "so-khcn"}))
    assert problems(tmp_path)


def test_an_approver_of_an_unknown_unit_is_refused_in_the_estate(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, NAMED.replace('Bình, unit: "25"', "Bình, unit: so-khc"))
    assert found.startswith("estate.yaml:8:") and 'did you mean "so-khcn"?' in found


def test_a_decision_is_resolved(tmp_path: Path) -> None:
    put(tmp_path, waiver(checks=["sshd-log-*"], requirements=["acc.inactive"],
                         at={"unit": "07894", "role": "network-router"}))  # fmt: skip
    put(tmp_path, attestation(at={"zone": "dmz"}), section="attestations")
    decisions = loaded(tmp_path)
    (found,) = decisions.waivers
    assert found.at.text == "unit=07894 role=network-router"
    assert found.at.machines == {"r-c07894"}
    assert found.checks >= {"sshd-log-level"}
    assert ("tcvn14423-2026", 3, "acc.inactive") in found.rows
    (stated,) = decisions.attestations
    assert stated.at.machines == {"portal-web-1"}
    assert stated.rows == {("tcvn14423-2026", 3, "risk.process")}
    assert stated.document.compared == "elsewhere"
