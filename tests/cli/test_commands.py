"""What each command that needs no machine gives: files, documents and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from govctl.estate import load
from tests.cli.conftest import Govctl, program
from tests.cli.trees import tree


def test_init_writes_an_estate_that_is_valid_and_says_what_is_next(
    govctl: Govctl, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    said = govctl("init", folder, "--province", "Phú Thọ", "--communes", "Xã Hy Cương")
    assert said.code == 0
    assert [Path(line).name for line in said.out.splitlines()[:-1]] == [
        ".gitignore",
        "addresses.yaml",
        "estate.yaml",
    ]
    assert said.out.splitlines()[-1] == f"next: govctl validate {folder} && govctl plan {folder}"
    assert "Xã Hy Cương" in (folder / "estate.yaml").read_text(encoding="utf-8")
    assert govctl("validate", folder).code == 0


def test_init_overwrites_nothing(govctl: Govctl, estate: Path) -> None:
    before = {path.name: path.read_bytes() for path in estate.iterdir()}
    said = govctl("init", estate, "--province", "25")
    assert said.code == 2
    assert "exists already" in said.err
    assert "hint: " in said.err
    assert {path.name: path.read_bytes() for path in estate.iterdir()} == before


def test_the_schema_fits_the_estate_that_init_writes_and_not_another(
    govctl: Govctl, estate: Path, tmp_path: Path
) -> None:
    schema = json.loads(govctl("schema").out)
    document = YAML(typ="safe").load(estate / "estate.yaml")
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "tiers": "province"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "sistems": []}, schema)


def test_the_inventory_is_ansibles(govctl: Govctl, estate: Path, tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    assert govctl("inventory", estate, "-o", file).code == 0
    program = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run(
        [program, "-i", file, "--list"], capture_output=True, text=True, check=True, timeout=120
    )
    known = json.loads(done.stdout)["_meta"]["hostvars"]
    machines = load(estate).machines
    assert set(known) == {machine.id for machine in machines}
    for machine in machines:
        assert known[machine.id]["ansible_host"] == str(machine.address4)
        assert known[machine.id]["ansible_user"] == "govctl"
        assert known[machine.id]["govctl_checks"]


def test_a_list_of_checks_names_what_each_answers(govctl: Govctl) -> None:
    every = json.loads(govctl("check", "list", "--format", "json").out)["checks"]
    assert len({check["id"] for check in every}) == len(every) > 100
    for check in every:
        assert set(check) >= {"id", "severity", "family", "text", "answers", "references", "fix"}
        assert set(check["text"]) == {"vi", "en"}
        assert all(isinstance(value, str | int | list) for value in check["arguments"].values())
    words = ("check", "list", "--checks", "ssg:sshd_disable_root_login", "--format", "json")
    (one,) = json.loads(govctl(*words).out)["checks"]
    assert one["id"] == "sshd-root-login"
    assert "sshd_disable_root_login" in one["references"]["ssg"]


def test_a_check_is_explained_in_both_languages(govctl: Govctl) -> None:
    english = govctl("check", "show", "sshd-root-login").out
    assert english.startswith("sshd-root-login (high)\n")
    assert "fixed by the role sshd" in english
    assert "ssg: sshd_disable_root_login" in english
    vietnamese = govctl("check", "show", "sshd-root-login", "--lang", "vi").out
    assert "khắc phục bằng role sshd" in vietnamese
    assert "An option has the value" not in vietnamese


def test_two_trees_are_judged_each_under_the_name_it_was_given(
    govctl: Govctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path / "good", "no")
    tree(tmp_path / "bad", "yes")
    words = ("scan", "--checks", "sshd-root-login", "--format", "json", "--root")
    both = govctl(*words, "good", "--root", f"{tmp_path}/bad/")
    results = json.loads(both.out)["results"]
    assert {(row["target"], row["check"], row["status"]) for row in results} == {
        ("good", "sshd-root-login", "pass"),
        (f"{tmp_path}/bad/", "sshd-root-login", "fail"),
    }
    assert both.code == 1
    assert govctl(*words, "good").code == 0


def test_a_report_without_a_run_says_how_to_get_one(govctl: Govctl, estate: Path) -> None:
    said = govctl("report", estate)
    assert said.code == 2
    assert said.err.splitlines() == [
        "error: no run is kept yet",
        f"hint: govctl scan {estate}",
    ]
    assert govctl("report", estate, "--run", "../../etc").code == 2


def test_a_reform_keeps_every_address(govctl: Govctl, tmp_path: Path) -> None:
    folder = tmp_path / "three"
    words = ("init", folder, "--province", "Phú Thọ", "--as-of", "2025-06-30", "--communes", "4")
    assert govctl(*words).code == 0
    before = load(folder)
    assert before.tiers == ("province", "district", "commune")
    document = json.loads(govctl("estate", "reform", folder, "--format", "json").out)
    assert (document["changed"], document["register"]) == (True, "vn-2025-07-01")
    assert govctl("validate", folder).code == 0
    after = load(folder)
    assert after.tiers == ("province", "commune")
    kept = {machine.id: machine.interfaces for machine in before.machines}
    assert {machine.id: machine.interfaces for machine in after.machines} == kept
    again = govctl("estate", "reform", folder)
    assert (again.code, again.out) == (0, "nothing to do: the estate stands on vn-2025-07-01\n")
    assert govctl("estate", "lock", folder).code == 0


def test_what_is_explained_has_the_same_keys_in_every_language(estate: Path) -> None:
    both = [
        json.loads(
            program("show", estate, "--explain", "25", "--format", "json", "--lang", lang).out
        )
        for lang in ("en", "vi")
    ]
    english, vietnamese = ([row["field"] for row in rows] for rows in both)
    assert english == vietnamese
    assert both[0] != both[1]


def test_an_empty_list_of_communes_is_not_all_of_them(govctl: Govctl, tmp_path: Path) -> None:
    for given in ("", ",", "-1"):
        said = govctl("init", tmp_path / "e", "--province", "25", "--communes", given)
        assert (said.code, said.err) == (
            2, "error: --communes takes a number from 1, names or codes\n"
        )  # fmt: skip
    assert not (tmp_path / "e").exists()
