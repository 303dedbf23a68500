"""The words of `govctl harden`: what does not fit together is said before anybody is visited."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Govctl

HOST = "ssh://admin@192.0.2.1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((HOST,), f"error: {HOST}: only root can harden"),
        ((HOST, "--sudo", "--limit", "role=x"), "are for an estate"),
        ((HOST, "folder", "--sudo"), 'error: "folder" is no target'),
        ((HOST, "--sudo", "--checks", "no-such-check"), "no-such-check"),
        ((HOST, "--sudo", "--baseline", "no-such"), "no-such"),
        ((HOST, "--sudo", "--set", "no_such=1"), "no check has a value no_such"),
        (("ssh://admin:secret@192.0.2.1", "--sudo"), "holds a password"),
    ],
)
def test_what_does_not_fit_is_one_error_and_nobody_is_visited(
    govctl: Govctl, words: tuple[str, ...], said: str
) -> None:
    done = govctl("harden", *words)
    assert done.code == 2 and done.out == ""
    assert said in done.err and "secret" not in done.err


def test_ways_to_hosts_are_not_for_an_estate(govctl: Govctl, made: Path) -> None:
    done = govctl("harden", made, "--sudo", "--timeout", "9")
    assert done.code == 2 and "--sudo, --timeout: only for hosts" in done.err


def test_a_host_that_does_not_answer_is_unreachable_and_nothing_is_hardened(
    govctl: Govctl,
) -> None:
    done = govctl("harden", "ssh://root@127.0.0.1:9", "--checks", "sshd-root-login")
    assert done.code == 4
    assert done.out.startswith("nothing was hardened; not reached: ssh://root@127.0.0.1:9\n")
    assert "! unreachable 1" in done.out
