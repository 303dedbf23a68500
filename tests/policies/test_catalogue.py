"""Rows of checks: what is wrong is said with its place; what is shipped is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from govctl.errors import InputError, UsageError
from policies.asked import asked_paths, asked_texts
from policies.catalogue import FOLDER, checks, themes
from policies.families import families
from policies.reading import load
from policies.requirements import load as baseline
from policies.requirements import names
from policies.rows import read
from policies.selection import select
from policies.values import Value, known

GOOD = """\
- id: x-one
  family: sshd.option
  args: {option: permitrootlogin, equals: "no"}
  severity: high
  text: {en: Root stays out, vi: Root không vào được}
  answers: [acc.default]
  fix: sshd
"""
SSG = re.compile(r"[a-z][A-Za-z0-9_-]+")
CIS = re.compile(r"\d+(\.\d+){1,4}")


def _problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load([path])
    return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("severity: high", "severity: hihg", r'x\.yaml:4:3: severity: "hihg" \(expected .*high'),
        ("family: sshd.option", "family: sshd.optoin", r'x\.yaml:2:3: .*did you mean sshd\.option'),
        ('equals: "no"', "equals: no", r"x\.yaml:3:35: args\.equals: false \(expected text"),
        ('equals: "no"', 'equal: "no"', r'x\.yaml:3:35: args: unknown key "equal"; did you mean'),
        ('equals: "no"', "maximum: {value: 4}", r'x\.yaml:3:35: args\.maximum: the key "name" is'),
        ('equals: "no"', 'maximum: {value: x, name: n}', r'x\.yaml:3:35: args\.maximum: "x" \(exp'),
        (', vi: Root không vào được', "", r'x\.yaml:5:3: text: the key "vi" is missing'),
        ("fix: sshd", "fixes: sshd", r'x\.yaml:7:3: unknown key "fixes"; did you mean fix'),
        ("  fix: sshd\n", "", r'x\.yaml:1:3: the key "fix" is missing'),
        ("fix: sshd", "fix: sshd\n  no_fix: kernel", r"x\.yaml:8:3: a row with a fix gives no"),
        ("fix: sshd", "fix: null\n  no_fix: lazy", r"x\.yaml:8:3: no_fix: "),
        ("id: x-one", "id: X_one", r"x\.yaml:1:3: id: .*pattern"),
        ("fix: sshd", "fix: sshd\n  fix: sshd", r"x\.yaml:8:3: fix stands here twice"),
        ("- id", "id", r"x\.yaml:"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    found = _problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(re.match(expected, line) for line in found), found


def test_two_rows_of_one_id_and_every_other_problem_are_told_at_once(tmp_path: Path) -> None:
    found = _problems(tmp_path, GOOD + GOOD + GOOD.replace("x-one", "x-two").replace("high", "h"))
    assert len(found) == 2
    assert found[0].startswith("x.yaml:8:3: two checks are called x-one")


def test_a_good_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD)
    (check,) = load([path])
    assert (check.id, check.fix, check.answers[0]) == ("x-one", "sshd", "acc.default")


@pytest.mark.parametrize(
    ("family", "line", "reason"),
    [
        ("sshd.option", "fix: null", None),
        ("sshd.option", "fix: null\n  no_fix: service", "service"),
        ("kernel.build", "fix: null", "kernel"),
        ("kernel.build", "fix: null\n  no_fix: image", "image"),
        ("kernel.build", "fix: sshd", None),
    ],
)
def test_a_row_says_why_it_has_no_fix_or_its_family_does(
    tmp_path: Path, family: str, line: str, reason: str | None
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("sshd.option", family).replace("fix: sshd", line))
    (check,) = load([path], with_arguments=False)
    assert check.no_fix == reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- &a {id: x}\n- *a\n", r"x\.yaml:2:3: aliases"),
        ("- !!python/name:os.system x\n", r"x\.yaml:1:3: tags"),
        ("- ? [a]\n  : b\n", r"x\.yaml:1:5: a key must be a word"),
        ("- " + "[" * 60 + "]" * 60, r"x\.yaml:1:\d+: this is nested too deeply"),
        ("- a\n---\n- b\n", r"x\.yaml:2:1: a second document"),
        ("- a: \x01\n", r"x\.yaml: "),
        ("- id: [\n", r"x\.yaml:2:1: "),
        ("checks: []", r"x\.yaml:1:1: this is no list"),
    ],
)
def test_what_no_row_needs_is_refused_with_its_place(
    tmp_path: Path, text: str, expected: str
) -> None:
    found = _problems(tmp_path, text)
    assert any(re.match(expected, line) for line in found), found


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"- id: x\n- caf\xe9\n")
    with pytest.raises(InputError, match=r"x\.yaml:2:6: byte 0xe9 is not UTF-8"):
        load([path])
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        load([tmp_path / "none.yaml"])


def test_rows_are_read_as_yaml_reads_them() -> None:
    for path in sorted(FOLDER.glob("*.yaml")):
        rows, problems = read(path)
        assert problems == []
        assert [row.data for row in rows] == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("# nothing yet\n")
    assert load([path]) == ()


def test_the_arguments_of_shipped_rows_suit_their_families() -> None:
    assert load(sorted(FOLDER.glob("*.yaml"))) == checks()


def test_the_catalogue_is_large_enough_and_every_family_is_used() -> None:
    assert len(checks()) >= 70
    used = {check.family for check in checks()}
    assert families().keys() - used == {"testinfra"}
    assert sum(len(ids) for ids in themes().values()) == len(checks())


def test_every_key_that_a_check_answers_stands_in_a_baseline() -> None:
    keys = {row.key for name in names() for row in baseline(name).requirements}
    assert {key for check in checks() for key in check.answers} <= keys
    assert [c.id for c in checks() if not c.answers and not c.references] == []


def test_thresholds_that_checks_look_up_exist() -> None:
    from policies.requirements import thresholds

    rows = baseline("tcvn14423-2026").requirements
    known_thresholds = {(row.key, one.name) for row in rows for one in thresholds(row.threshold)}
    for check in checks():
        for value in (one for one in check.args.values() if isinstance(one, Value)):
            if value.key is not None:
                assert (value.key, value.name) in known_thresholds, check.id
                assert value.key in check.answers or check.family == "sshd.keepalive", check.id


def test_references_are_well_formed() -> None:
    for check in checks():
        for scheme, pattern in (("ssg", SSG), ("cis", CIS), ("anssi", re.compile(r"R\d+"))):
            for one in check.references.get(scheme, ()):
                assert pattern.fullmatch(one), (check.id, one)
        assert len(set(check.references.get("ssg", ()))) == len(check.references.get("ssg", ()))


def test_no_public_rule_is_named_by_two_checks_that_differ_in_their_family() -> None:
    by_rule: dict[str, set[str]] = {}
    for check in checks():
        for rule in () if check.part_of else check.references.get("ssg", ()):
            by_rule.setdefault(rule, set()).add(check.family)
    assert {rule: names for rule, names in by_rule.items() if len(names) > 1} == {}


def test_texts_are_in_both_languages_and_differ() -> None:
    for check in checks():
        assert set(check.text) == {"en", "vi"}
        assert check.text["en"] != check.text["vi"], check.id


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sshd-root-login", {"sshd-root-login"}),
        ("ssg:sshd_disable_root_login", {"sshd-root-login"}),
        ("cis:5.1.20", {"sshd-root-login"}),
        ("cron-a*", {"cron-allow", "cron-allow-permissions"}),
        ("tcvn14423-2026:5.10.2.2", {"module-usb-storage"}),
        ("key:mal.removable", {"module-usb-storage"}),
    ],
)  # fmt: skip
def test_checks_are_chosen_by_what_people_call_them(pattern: str, expected: set[str]) -> None:
    assert {check.id for check in select(checks(), [pattern])} == expected


def test_a_rule_means_its_own_part_of_a_check() -> None:
    assert [one.id for one in select(checks(), ["ssg:file_owner_crontab"])] == [
        "file-owner-crontab"
    ]
    both = select(checks(), ["permissions-crontab", "ssg:file_owner_crontab"])
    assert {one.id for one in both} == {"permissions-crontab", "file-owner-crontab"}


def test_parts_answer_every_rule_of_the_whole_and_stand_in_no_profile() -> None:
    by_id = {check.id: check for check in checks()}
    parts: dict[str, set[str]] = {}
    for check in checks():
        if check.part_of:
            assert set(check.references) == {"ssg"}, check.id
            assert not check.answers, check.id
            parts.setdefault(check.part_of, set()).update(check.references["ssg"])
    assert {whole: rules for whole, rules in parts.items()
            if rules != set(by_id[whole].references["ssg"])} == {}  # fmt: skip


def test_a_pattern_that_names_nothing_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        select(checks(), ["sshd-rot-login"])
    assert "sshd-root-login" in (caught.value.hint or "")
    with pytest.raises(UsageError):
        select(checks(), ["ssg:nothing"])


def test_no_pattern_means_every_check() -> None:
    assert select(checks(), []) == checks()


def test_overrides_have_known_names() -> None:
    names = known(checks())
    assert {"listeners_allowed", "var_password_pam_minlen", "password_length_without_mfa"} <= names


def test_a_scan_is_asked_for_what_the_checks_look_at() -> None:
    assert "/etc/shadow" in asked_paths(checks())
    assert {"/etc/issue.net", "/etc/cron.allow", "/etc/cron.deny"} <= set(asked_texts(checks()))
