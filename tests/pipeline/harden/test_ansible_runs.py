"""Signals while Ansible runs: it ends first, then they do what they did; an ignored one is none."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from govctl.pipeline.harden.ansible_runs import _stoppable


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
