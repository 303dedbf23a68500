"""Signals while Ansible runs: it ends first, then they do what they did; an ignored one is none.

An Ansible that is killed itself has done nobody knows what.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from govctl.pipeline.harden.ansible_runs import _ending, _stoppable, play
from scanners.host.reach.address import LocalHost


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_noted_first_and_interrupts_afterwards() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reached = False
    with pytest.raises(KeyboardInterrupt), _stoppable() as is_stopped:
        signal.raise_signal(signal.SIGINT)
        reached = is_stopped()
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_a_shell_has_us_ignore_stops_nothing() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _stoppable() as is_stopped:
        signal.raise_signal(signal.SIGINT)
        assert not is_stopped()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


BOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - {name: Begin, ansible.builtin.command: "true"}
    - {name: Wait, ansible.builtin.command: sleep 60}
"""


def _ansible() -> int:
    """The process of ansible-playbook that this one has started."""
    tasks = Path("/proc/self/task").glob("*/children")
    for pid in " ".join(path.read_text() for path in tasks).split():
        if b"ansible-playbook" in Path("/proc", pid, "cmdline").read_bytes():
            return int(pid)
    raise AssertionError("no Ansible at work")


def test_an_ansible_that_is_killed_is_said_to_be_and_has_not_come_to_its_end(
    tmp_path: Path,
) -> None:
    book = tmp_path / "book.yml"
    book.write_text(BOOK)

    def take(event: Mapping[str, Any]) -> bool:
        data = event.get("event_data") or {}
        if event.get("event") == "runner_on_start" and data.get("task") == "Wait":
            os.kill(_ansible(), signal.SIGKILL)
        return False

    ending = play(book, {"here": LocalHost()}, {"here": {}}, take)
    assert not ending.complete
    assert ending.said == "it was killed in the middle of: TASK [Wait]"


@pytest.mark.parametrize(
    ("status", "complete"),
    [(0, True), (2, True), (4, True), (6, True), (1, False), (5, False), (250, False),
     (None, False)],
)  # fmt: skip
def test_an_end_is_one_that_ansible_came_to(status: int | None, complete: bool) -> None:
    assert _ending(status, "PLAY RECAP ***\n").complete is complete
