"""`waive`, `attest` and `waivers`, as their users type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Govctl, Said

CHECK = "sshd-max-auth-tries"
AN, BINH = "Nguyễn Văn An, Xã Hy Cương", "Trần Thị Bình, 25"
UNTIL = "2190-12-31T00:00+07:00"
FROM = "2190-11-01T00:00+07:00"
"""Long to come: what has ended is hardly looked at."""


def waive(govctl: Govctl, estate: Path, *words: str, **options: str) -> Said:
    given = {
        "at": "unit=Xã Hy Cương", "owner": AN, "approver": BINH, "reason": "the old client",
        "measure": "only from zone admin", "from": FROM, "until": UNTIL,
    } | options  # fmt: skip
    listed = [part for key, value in given.items() for part in (f"--{key}", value)]
    return govctl("waive", estate, *(words or [CHECK]), *listed)


def attest(govctl: Govctl, estate: Path, document: Path, *words: str, **options: str) -> Said:
    given = {
        "at": "estate", "by": "Trần Thị Bình, so-khcn", "date": FROM,
        "until": "2191-10-31 +07:00", "statement": "issued by decision 12",
    } | options  # fmt: skip
    listed = [part for key, value in given.items() for part in (f"--{key}", value)]
    return govctl("attest", estate, *(words or ["risk.process"]), "--document", document, *listed)


def entries(estate: Path, section: str = "waivers") -> list[dict[str, Any]]:
    found = yaml.safe_load((estate / f"{section}.yaml").read_text(encoding="utf-8"))
    return list(found[section])


def test_a_waiver_is_written_as_it_will_be_reviewed(govctl: Govctl, estate: Path) -> None:
    said = waive(govctl, estate, CHECK, "acc.inactive")
    assert said.code == 0, said.err
    assert "w-2190-001 accepts failures of" in said.out
    (entry,) = entries(estate)
    assert entry == {
        "id": "w-2190-001",
        "checks": [CHECK],
        "requirements": ["acc.inactive"],
        "at": {"unit": "08515"},
        "owner": {"name": "Nguyễn Văn An", "unit": "08515"},
        "approver": {"name": "Trần Thị Bình", "unit": "25"},
        "reason": "the old client",
        "measure": "only from zone admin",
        "from": FROM,
        "until": UNTIL,
    }
    assert govctl("validate", estate).code == 0


def test_what_stands_in_the_file_stays(govctl: Govctl, estate: Path) -> None:
    file = estate / "waivers.yaml"
    waive(govctl, estate)
    text = file.read_text(encoding="utf-8").replace("waivers:", "# reviewed by Chi\nwaivers:")
    file.write_text(text.replace("reason:", "reason:  # see decision 7\n     "), encoding="utf-8")
    file.chmod(0o640)
    before = entries(estate)
    odd = "it's \"quoted\": <b>no</b>, =cmd|' /C', #no comment\n- nor a list {x}"
    assert waive(govctl, estate, reason=odd, owner="no, Xã Hy Cương").code == 0
    text = file.read_text(encoding="utf-8")
    assert "# reviewed by Chi" in text and "# see decision 7" in text
    assert entries(estate)[:1] == before
    assert entries(estate)[1]["id"] == "w-2190-002"
    assert entries(estate)[1]["reason"] == odd
    assert entries(estate)[1]["owner"]["name"] == "no"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_dry_run_writes_nothing(govctl: Govctl, estate: Path) -> None:
    words = ["waive", estate, CHECK, "--at", "unit=08515", "--owner", AN, "--approver", BINH,
             "--reason", "x", "--measure", "y", "--until", UNTIL, "--from", FROM]  # fmt: skip
    said = govctl(*words, "--dry-run")
    assert said.code == 0
    assert yaml.safe_load(said.out.rpartition("\n")[0].rpartition("\n")[0])["waivers"]
    assert "nothing was written" in said.out
    assert not (estate / "waivers.yaml").exists()


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ((), {"until": "2190-12-31"}, '--until: "2190-12-31" has no time zone'),
        ((), {"until": "2192-12-31 +07:00"}, "--until: a waiver does not last so long"),
        ((), {"from": "2020-01-01 Z", "until": "2020-06-01 Z"}, "it would have ended already"),
        ((), {"approver": "Lê Chi, Xã Hy Cương"}, "--approver: Lê Chi (08515) may not accept"),
        ((), {"approver": "Lê Chi"}, '--approver does not take "Lê Chi"'),
        ((), {"approver": "Lê Chi, nowhere"}, 'no unit "nowhere" in the estate'),
        ((), {"approver": AN}, "--approver: whoever carries a risk does not approve it"),
        ((), {"at": "machine=r-x"}, "--at: no machine has machine=r-x"),
        ((), {"at": "everywhere"}, '--at does not take "everywhere"'),
        ((), {"at": "role=portal-web"}, "--approver: Trần Thị Bình (25) may not accept"),
        ((), {"reason": " "}, "--reason: it is empty"),
        ((), {"reason": "x\x1b[31m"}, "--reason: it has the hidden character U+001B"),
        ((), {"id": "W 1"}, '--id: "W 1" cannot be used here'),
        (("sshd-nothing",), {}, "WHAT: no check is called sshd-nothing"),
        (("tcvn14423-2026:9.9",), {}, "WHAT: tcvn14423-2026 has no requirement 9.9"),
        (("risk.process",), {}, "WHAT: no failure would be accepted"),
    ],
)
def test_what_the_loader_refuses_is_not_written(
    words: tuple[str, ...], options: dict[str, str], said: str, govctl: Govctl, estate: Path
) -> None:
    answer = waive(govctl, estate, *words, **options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and "\x1b" not in answer.err
    assert not (estate / "waivers.yaml").exists()


def test_a_file_that_is_wrong_is_told_and_left_alone(govctl: Govctl, estate: Path) -> None:
    waive(govctl, estate)
    file = estate / "waivers.yaml"
    broken = file.read_text(encoding="utf-8").replace(UNTIL, "2190-12-31")
    file.write_text(broken, encoding="utf-8")
    for answer in (waive(govctl, estate), govctl("waivers", estate), govctl("validate", estate)):
        assert answer.code == 2
        assert 'waivers.yaml:17:12: "2190-12-31" has no time zone' in answer.err
    assert file.read_text(encoding="utf-8") == broken


def test_an_id_that_is_taken_is_refused(govctl: Govctl, estate: Path) -> None:
    assert waive(govctl, estate, id="w-x").code == 0
    answer = waive(govctl, estate, id="w-x")
    assert answer.code == 2 and 'the id "w-x" stands twice' in answer.err
    assert len(entries(estate)) == 1


def test_an_attestation_keeps_the_digest_of_its_document(govctl: Govctl, estate: Path) -> None:
    document = estate / "risk.pdf"
    document.write_bytes(b"issued")
    assert attest(govctl, estate, document).code == 0
    (entry,) = entries(estate, "attestations")
    assert entry["document"]["path"] == "risk.pdf"
    assert entry["document"]["sha256"].startswith("c91a3c")  # printf issued | sha256sum
    document.write_bytes(b"another")
    said = govctl("waivers", estate)
    assert said.code == 0
    assert "document changed" in said.out
    assert "risk.pdf: this is not what was attested" in said.out
    (row,) = json.loads(govctl("waivers", estate, "--format", "json").out)["attestations"]
    assert (row["holds"], row["document"]["compared"]) == (False, "changed")


def test_a_document_from_elsewhere_is_kept_by_its_name(
    govctl: Govctl, estate: Path, tmp_path: Path
) -> None:
    document = tmp_path / "quy-trinh.pdf"
    document.write_bytes(b"issued")
    assert attest(govctl, estate, document).code == 0
    (entry,) = entries(estate, "attestations")
    assert list(entry["document"]) == ["title", "sha256"]
    assert entry["document"]["title"] == "quy-trinh.pdf"
    assert "it is not here and was not compared" in govctl("waivers", estate).out


@pytest.mark.parametrize("what", ["missing.pdf", "."])
def test_a_document_that_cannot_be_read_is_refused(what: str, govctl: Govctl, estate: Path) -> None:
    answer = attest(govctl, estate, estate / what)
    assert answer.code == 2 and answer.err.startswith("error: ")
    assert not (estate / "attestations.yaml").exists()


def test_decisions_are_listed_by_their_ends(govctl: Govctl, estate: Path) -> None:
    waive(govctl, estate, id="coming")
    file = estate / "waivers.yaml"
    text = file.read_text(encoding="utf-8")
    ended = text.partition("\n")[2].partition("\n")[2].replace("2190-", "2020-")
    file.write_text(text + ended.replace("coming", "expired"), encoding="utf-8")
    said = govctl("waivers", estate).out
    assert said.index("✗ expired") < said.index("– coming")
    document = json.loads(govctl("waivers", estate, "--format", "json").out)
    assert [(one["id"], one["state"]) for one in document["waivers"]] == [
        ("expired", "expired"), ("coming", "coming"),
    ]  # fmt: skip
    assert "coming" not in govctl("waivers", estate, "--expiring", "30d").out
    answer = govctl("waivers", estate, "--expiring", "soon")
    assert answer.code == 2 and '--expiring does not take "soon"' in answer.err


def test_without_files_there_is_nothing_to_list(govctl: Govctl, estate: Path) -> None:
    said = govctl("waivers", estate)
    assert (said.code, said.out) == (0, "no waivers and no attestations\n")


def test_schemas_are_written_for_each_file(govctl: Govctl) -> None:
    for name in ("estate", "waivers", "attestations.yaml"):
        assert json.loads(govctl("schema", name).out)["title"].startswith("govctl ")
    answer = govctl("schema", "machines")
    assert answer.code == 2 and "estate, waivers, attestations" in answer.err
