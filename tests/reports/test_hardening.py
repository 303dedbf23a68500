"""What hardening changed: a plan and its outcome, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from rich.console import Console, RenderableType

from govctl.evidence.hardening import Change, Due, FileDiff, Hardened, document_of, read
from govctl.reports.hardening import (
    SCHEMA_FILE,
    SCHEMA_ID,
    after_of,
    hardening_document,
    hardening_view,
)
from govctl.texts import msg, use_language
from policies.model import Check, Finding, Status

LONG = "x" * 200
ROOT = Due("sshd-root-login", "sshd", msg("{option} is {found}", option="PermitRootLogin",
                                          found="yes"), {"equals": "no"})  # fmt: skip
SHADOW = Due("permissions-shadow", "permissions", msg("{path} is open", path="/etc/shadow"),
             {"mode": "0640", "paths": ["/etc/shadow"], "strict": True})  # fmt: skip
WRITES = Change("sshd", "Write the drop-in", "would-change",
                (FileDiff("/etc/ssh/x.conf", f"@@ -1 +1 @@\n-root yes\n+root no\n+{LONG}"),
                 FileDiff("/etc/shadow", "", "secret")))  # fmt: skip
TAKES = Change("permissions", "Take away", "would-change")
WEB = Hardened("web", (ROOT, SHADOW), (WRITES, TAKES))
CHECKS = {
    "sshd-root-login": Check(
        "sshd-root-login", "sshd.option", {}, "high",
        {"en": "Root cannot log in over SSH", "vi": "root không đăng nhập được qua SSH"},
        (), {}, "sshd",
    )
}  # fmt: skip


def text_of(view: RenderableType) -> str:
    console = Console(width=80, color_system=None, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(view, crop=False)
    return captured.get()


def finding(check: str, status: Status, target: str = "web") -> Finding:
    return Finding(target, check, status, "high", msg("seen"), (), (), {})


def test_a_plan_names_for_each_check_what_is_and_what_would_change() -> None:
    assert text_of(hardening_view([WEB], CHECKS)) == (
        "web\n"
        "  ✗ fail sshd-root-login: Root cannot log in over SSH\n"
        "    now: PermitRootLogin is yes\n"
        "  ~ would change: Write the drop-in\n"
        "    /etc/ssh/x.conf\n"
        "    @@ -1 +1 @@\n"
        "    -root yes\n"
        "    +root no\n"
        f"    +{LONG}\n"
        "    /etc/shadow\n"
        "    not shown: it may hold secrets\n"
        "  ✗ fail permissions-shadow\n"
        "    now: /etc/shadow is open\n"
        "    arguments: mode 0640 · paths /etc/shadow · strict true\n"
        "  ~ would change: Take away\n"
    )


def test_what_runs_last_is_said_last() -> None:
    """Two themes may settle the mode of one file; whoever reads on sees what stays."""
    before = Change("trees", "Settle", "would-change", (), ("/etc/cron.d 0777 -> 1777",))
    after = Change("permissions", "Take away", "would-change", (), ("/etc/cron.d 0777 -> 0700",))
    trees = Due("walk-sticky-directories", "trees", msg("seen"), {})
    said = text_of(hardening_view([Hardened("web", (SHADOW, trees), (before, after))], {}))
    assert said.index("1777") < said.index("0700")


def test_afterwards_the_verdict_stands_beside_what_was_before() -> None:
    said = text_of(hardening_view([WEB], CHECKS, after_of([finding("sshd-root-login", "pass")])))
    assert "  ✓ pass sshd-root-login: Root cannot log in over SSH\n    before: PermitRoot" in said


def test_hosts_of_which_the_same_is_to_be_said_are_said_together() -> None:
    hosts = [WEB, replace(WEB, target="db"), replace(WEB, target="log", failed=("sshd: full",))]
    said = text_of(hardening_view(hosts, CHECKS))
    assert said.splitlines()[0] == "web, db"
    assert said.count("would change: Take away") == 2
    assert "log\n" in said and "  ! sshd: full\n" in said
    after = after_of([finding("sshd-root-login", "pass"), finding("sshd-root-login", "fail", "db")])
    apart = text_of(hardening_view([WEB, replace(WEB, target="db")], CHECKS, after))
    assert "web\n" in apart and "db\n" in apart


def test_nothing_of_a_host_is_obeyed_by_a_terminal() -> None:
    evil = Change(
        "sshd", "x", "changed", (FileDiff("/etc/\x1b[2J", "+\x1b]0;owned\x07"),), ("\x1b",)
    )
    said = text_of(hardening_view([Hardened("w\x1b", (), (evil,), ("a\x1b",), "b\x07")], {}))
    assert "\x1b" not in said and "\x07" not in said
    assert "␛" in said


def test_a_task_that_reads_like_a_hole_is_left_as_it_is() -> None:
    change = Change("sshd", "Set {task} of {name}", "changed")
    assert "changed: Set {task} of {name}" in text_of(
        hardening_view([Hardened("w", (), (change,))], {})
    )


@pytest.fixture(scope="module")
def schema() -> Any:
    found = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("planned", [True, False])
def test_the_document_fits_its_schema_and_names_the_checks_of_each_change(
    schema: Any, planned: bool
) -> None:
    failed = Hardened("db", (), (), ("sshd: Write: full",), "no route to host")
    after = None if planned else after_of([finding("sshd-root-login", "pass")])
    hardened = hardening_document([WEB, failed], after)
    document = {"schema": SCHEMA_ID, "planned": planned, "hardened": hardened, "scan": {}}
    jsonschema.validate(json.loads(json.dumps(document)), schema)
    web = hardened["web"]
    assert [change["checks"] for change in web["changes"]] == [
        ["sshd-root-login"],
        ["permissions-shadow"],
    ]
    assert web["due"][0]["after"] == (None if planned else "pass")
    assert web["changed"] == ["Write the drop-in", "Take away"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("planned"),
        lambda document: document["hardened"]["web"]["changes"][0].update(state="done"),
        lambda document: document["hardened"]["web"]["due"][0].pop("check"),
    ],
)
def test_the_schema_refuses_another_shape(schema: Any, spoil: Any) -> None:
    hardened = json.loads(json.dumps(hardening_document([WEB])))
    document = {"schema": SCHEMA_ID, "planned": True, "hardened": hardened, "scan": {}}
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_what_is_kept_comes_back_as_it_was() -> None:
    hosts = (WEB, Hardened("db", failed=("x",), unreachable="y"))
    assert read(json.loads(json.dumps(document_of(hosts, "run-1")))) == hosts


def test_a_check_is_named_in_the_language_of_the_run() -> None:
    use_language("vi")
    try:
        said = text_of(hardening_view([WEB], CHECKS))
    finally:
        use_language("en")
    assert "sshd-root-login: root không đăng nhập được qua SSH" in said
