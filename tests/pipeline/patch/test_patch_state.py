"""How a machine stands with its updates: never up to date for want of data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from govctl.errors import TargetError
from govctl.pipeline.patch.patch_document import along, state_document
from govctl.pipeline.patch.patch_state import state_of, unreached
from govctl.texts import Message
from scanners.host.facts.system import System
from scanners.host.formats.apt_policy import Archive
from scanners.host.formats.apt_simulation import Install, Simulation
from scanners.host.model import HostFacts, Missing, Raw
from scanners.host.patching.running import Kernel, Outdated, Running
from scanners.host.patching.updates import Installed, Update, Updates

SECURITY = Archive("file:/s ./ Packages", "Debian-Security", "stable-security", "12")
MAIN = Archive("file:/m ./ Packages", "Debian", "stable", "12.5")
FINE = Updates((), Installed({"a": "1"}, ()), (SECURITY, MAIN), (), True, None)
FIX = Update("a", "1", "2", ("Debian-Security:stable-security",), True)
OTHER = Update("b", "1", "2", ("Debian:stable",), False)
CALM = Running(())
KERNEL = Kernel("6.1", "#1", "6.1", None, ())
SYSTEM = System("debian", "12", "h", None, "6.1", "kvm")
GONE = Missing(Message("nobody knows"))


def facts(
    updates: Updates | Missing = FINE,
    running: Running | Missing = CALM,
    kernel: Kernel | Missing = KERNEL,
    system: System | Missing = SYSTEM,
) -> HostFacts:
    values: dict[Any, object] = {
        Updates: updates, Running: running, Kernel: kernel, System: system,
    }  # fmt: skip
    return HostFacts("web", "2026-11-22T10:00:00Z", values, Raw({}, {}, live=True))


def test_a_machine_with_nothing_to_do_is_current() -> None:
    state = state_of(facts(), every=False)
    assert (state.status, state.has_work) == ("current", False)


@pytest.mark.parametrize(
    ("updates", "word"),
    [
        (GONE, "nobody knows"),
        (replace(FINE, archives=()), "no package source is configured"),
        (replace(FINE, silent=("http://x y",), answered=False), "no package source reachable"),
        (replace(FINE, archives=(), silent=("?",), answered=False), "no package source reachable"),
        (replace(FINE, silent=("http://x y",)), "no current list: http://x y"),
        (replace(FINE, archives=(MAIN,)), "archive of security updates"),
        (replace(FINE, archives=(MAIN, replace(SECURITY, version="11"))), "for 11"),
        (replace(FINE, simulation=GONE), "nobody knows"),
    ],
)
def test_no_update_is_not_up_to_date_where_one_could_hide(
    updates: Updates | Missing, word: str
) -> None:
    state = state_of(facts(updates), every=False)
    assert state.status == "not-evaluated"
    assert word in state.reasons[0].render()


@pytest.mark.parametrize("fact", ["running", "kernel", "system"])
def test_processes_and_kernels_that_nobody_read_are_not_up_to_date(fact: str) -> None:
    state = state_of(facts(**{fact: GONE}), every=False)
    assert (state.status, state.reasons[0]) == ("not-evaluated", GONE.reason)


def test_what_was_found_stands_beside_what_could_not_be_asked() -> None:
    updates = replace(FINE, updates=(FIX,), silent=("http://x y",))
    state = state_of(facts(updates), every=False)
    assert (state.status, state.chosen, state.has_work) == ("not-evaluated", (FIX,), True)


@pytest.mark.parametrize("word", ["held", "pinned"])
def test_a_security_update_that_is_kept_back_is_due_and_not_chosen(word: Any) -> None:
    kept = replace(FIX, kept=word)
    state = state_of(facts(replace(FINE, updates=(kept,))), every=False)
    assert (state.status, state.chosen, state.kept, state.has_work) == ("due", (), (kept,), False)


def test_other_updates_are_chosen_if_all_are_wanted_and_wait_otherwise() -> None:
    updates = replace(FINE, updates=(FIX, OTHER), archives=(SECURITY, MAIN))
    state = state_of(facts(updates), every=False)
    assert (state.chosen, state.others) == ((FIX,), (OTHER,))
    state = state_of(facts(updates), every=True)
    assert (state.chosen, state.others) == ((FIX, OTHER), ())
    only = state_of(facts(replace(FINE, updates=(OTHER,))), every=False)
    assert (only.status, only.others) == ("current", (OTHER,))


def test_all_updates_need_no_archive_of_security() -> None:
    state = state_of(facts(replace(FINE, archives=(MAIN,))), every=True)
    assert state.status == "current"


@pytest.mark.parametrize(
    ("unit", "has_work"), [("web.service", True), ("ssh.service", True), ("dbus.service", False)]
)
def test_old_processes_are_due_and_are_work_if_they_may_be_restarted(
    unit: str, has_work: bool
) -> None:
    old = Outdated(unit, ("web",), ("/usr/lib/x.so",))
    state = state_of(facts(running=Running((old,))), every=False)
    assert (state.status, state.has_work) == ("due", has_work)
    assert (state.restarts or state.left) == (old,)


def test_an_interrupted_dpkg_is_work() -> None:
    updates = replace(FINE, installed=Installed({"a": "1"}, ("a",)))
    state = state_of(facts(updates), every=False)
    assert (state.status, state.has_work, state.unfinished) == ("due", True, ("a",))


def test_a_newer_kernel_is_due_and_a_containers_is_its_hosts() -> None:
    kernel = Kernel("6.1", "#1", "6.2", None, ())
    assert state_of(facts(kernel=kernel), every=False).status == "due"
    inside = System("debian", "12", "h", None, "6.1", "lxc")
    state = state_of(facts(kernel=kernel, system=inside), every=False)
    assert (state.status, state.reboot) == ("current", None)
    assert "belongs to the machine" in state.notes[0].render()


def test_what_comes_along_is_what_was_not_chosen() -> None:
    steps = (Install("a", "1", "2", ""), Install("new", None, "1", ""))
    updates = replace(FINE, updates=(FIX,), simulation=Simulation(steps, ()))
    state = state_of(facts(updates), every=False)
    assert along(state) == (steps[1],)
    assert state_document(state)["along"] == [{"package": "new", "from": None, "to": "1"}]


def test_a_machine_that_does_not_answer_is_unreachable() -> None:
    state = unreached("web", TargetError("no answer"))
    assert (state.status, state.reasons[0].render()) == ("unreachable", "no answer")
