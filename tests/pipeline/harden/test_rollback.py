"""What hosts answer to a rollback, and what comes of it; hosts themselves are in tests/live."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from govctl.cli.arguments import Format
from govctl.cli.rollback import show
from govctl.errors import UsageError
from govctl.evidence.hardening import NAME, Hardened, document_of, read
from govctl.evidence.store import Store
from govctl.pipeline.events import Step, unwatched
from govctl.pipeline.harden.rollback import (
    RolledBack,
    _absent,
    _anothers,
    _broken_off,
    _listed,
    _noted,
    _result,
    kept_name,
    roll_back,
)
from govctl.pipeline.harden.undoing import Undone
from govctl.texts import msg
from scanners.host.reach.address import HostAddress
from scanners.service import Attempt, AttemptStatus
from tests.reports import examples


def attempt(status: AttemptStatus, output: str) -> Attempt:
    return Attempt("web", "undo", status, msg("no answer"), output)


LISTS = {"done": ["/etc/issue"], "conflicts": [], "problems": []}


@pytest.mark.parametrize(
    ("given", "state", "problems"),
    [
        (attempt("ok", json.dumps({"state": "restored", **LISTS})), "restored", ()),
        (attempt("failed", json.dumps({"state": "refused", **LISTS})), "refused", ()),
        (attempt("failed", "nothing is kept of r1"), "partly", ("nothing is kept of r1",)),
        (attempt("failed", "[1]"), "partly", ("[1]",)),
        (attempt("timeout", ""), "partly", ("no answer",)),
        (attempt("unreachable", ""), "unreachable", ("no answer",)),
    ],
)
def test_an_answer_that_says_nothing_is_never_a_restored_host(
    given: Attempt, state: str, problems: tuple[str, ...]
) -> None:
    result = _result("r1", given)
    assert (result.state, result.problems) == (state, problems)
    assert result.ok == (state == "restored")


def test_a_host_that_did_not_say_what_it_keeps_is_not_one_that_keeps_nothing() -> None:
    assert _absent(attempt("ok", '{"runs": []}')).state == "nothing"
    assert _absent(attempt("failed", "python3: not found")).state == "unreachable"
    assert _listed(attempt("ok", '{"runs": [{"run": "r1"}, {"run": "r2"}]}')) == ["r1", "r2"]


@pytest.mark.parametrize(
    ("answer", "run", "other"),
    [
        ({"armed": ["r1"], "busy": ["r1"]}, "r1", ""),
        ({"armed": ["r1"], "busy": ["r1"]}, "r2", "r1"),
        ({"armed": ["r1"], "busy": ["r1"]}, "", "r1"),
        ({"armed": ["r1"], "busy": []}, "r2", ""),
        ({"armed": ["r1"]}, "r2", ""),
        ({"armed": [], "busy": ["r1"]}, "r2", ""),
    ],
)
def test_what_another_run_is_at_is_not_ended_for_it(
    answer: dict[str, list[str]], run: str, other: str
) -> None:
    """Noted in its middle, what it changes after that could not be undone."""
    assert _anothers(answer, run) == other


@pytest.mark.parametrize("name", ["../r1", "r1; reboot", "", "-h"])
def test_only_a_name_of_a_run_reaches_a_host(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a run"):
        roll_back({}, name, unwatched)


def test_no_host_that_keeps_it_is_an_error() -> None:
    with pytest.raises(UsageError, match="keeps a hardening"):
        roll_back({}, "last", unwatched)
    with pytest.raises(UsageError, match="keeps anything of r1"):
        roll_back({}, "r1", unwatched)


def test_why_a_host_was_not_asked_is_told_in_words(tmp_path: Path) -> None:
    heard: list[object] = []
    nobody = HostAddress("127.0.0.1", "root", port=1, connect_timeout=2, host_key="ssh-ed25519 A")
    roll_back({"web": nobody}, "last", heard.append)
    (said,) = [one.text.render() for one in heard if isinstance(one, Step) and one.text]
    assert "127.0.0.1:1" in said and "Message(" not in said


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (("already", "nothing"), 0),
        (("would",), 0),
        (("already", "refused"), 4),
        (("partly",), 4),
        (("unreachable",), 4),
    ],
)
def test_exit_codes(states: tuple[str, ...], code: int, tmp_path: Path) -> None:
    machines = {f"m{n}": RolledBack(f"m{n}", state) for n, state in enumerate(states)}  # type: ignore[arg-type]
    assert show(Undone(machines, None), Format.JSON, tmp_path / "out.json") == code
    said = json.loads((tmp_path / "out.json").read_text())
    assert [one["state"] for one in said["rollback"].values()] == list(states)


def test_either_scan_of_a_hardening_names_it(tmp_path: Path) -> None:
    store = Store(tmp_path / ".govctl" / "runs")
    before = examples.run(examples.estate(), examples.checks())
    store.write(before, {})
    with store.begin(before.started) as draft:
        draft.attach(NAME, document_of([], before.id))
        draft.finish(replace(before, id=draft.id))
    assert kept_name(store, draft.id) == kept_name(store, before.id) == before.id
    assert kept_name(store, "last") == "last"
    with pytest.raises(UsageError):
        kept_name(store, "20200101T000000.000Z-000000")


@pytest.mark.parametrize(
    ("states", "answer", "run", "asked"),
    [
        ({"r1": "kept", "r2": "begun"}, {"armed": ["r2"], "busy": []}, "", ["r2"]),
        ({"r1": "begun"}, {"armed": [], "busy": []}, "", ["r1"]),  # a theme that arms nothing
        ({"r1": "kept"}, {"armed": [], "busy": []}, "r1", ["r1"]),  # all was done, nobody heard it
        ({"r1": "kept"}, {"armed": [], "busy": []}, "", []),
        ({"r1": "kept"}, {"armed": [], "busy": []}, "r2", []),  # it came no further
        ({"r1": "begun"}, {"armed": [], "busy": ["r1"]}, "", []),  # another controller's
        ({"r1": "restored"}, {"armed": [], "busy": []}, "r1", []),
        ({"r1": "kept", "r2": "kept"}, {"armed": ["r2", "r1"]}, "", ["r1", "r2"]),
    ],
)
def test_of_each_run_that_was_broken_off_the_host_is_asked_what_it_changed(
    states: dict[str, str], answer: dict[str, list[str]], run: str, asked: list[str]
) -> None:
    about = {name: {"run": name, "state": state} for name, state in states.items()}
    assert _broken_off(about, run, answer) == asked


def test_what_a_host_noted_is_kept_line_by_line() -> None:
    answer = {
        "files": ["/etc/login.defs", "/etc/shadow"],
        "count": 5,
        "machine": {
            "sysctl": {"net/ipv4/ip_forward": ["1", "0"]},
            "stopped": ["cups.service"],
            "removed": {"telnet:amd64": "0.17"},
        },
    }
    (change,) = _noted(answer)
    assert change.said == (
        "/etc/login.defs", "/etc/shadow", "… 3 more", "sysctl net/ipv4/ip_forward: 1 -> 0",
        "stopped cups.service", "removed telnet:amd64",
    )  # fmt: skip
    host = Hardened("web", changes=(change,))
    assert read(document_of([host], "r1")) == (host,)
    assert _noted({"files": [], "count": 0, "machine": {}}) == []
