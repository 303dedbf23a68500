"""What is written for sshd and ssh: as asked, not looser than what is in effect, and read first."""

from __future__ import annotations

from typing import Any

import pytest

from playbooks.hosts import sshd_text

OURS = "/etc/ssh/sshd_config.d/00-govctl.conf"


def _written(row: dict[str, Any], now: str, known: tuple[str, ...] = ()) -> list[str]:
    rows = [{"id": "one", **row}]
    text = sshd_text.server(rows, sshd_text.options(now), known)
    return [line for line in text.splitlines() if not line.startswith("# ")]


_FAMILY: dict[str, dict[str, Any]] = {
    "root": {"family": "sshd.option", "option": "permitrootlogin", "one_of": ["no"]},
    "tries": {"family": "sshd.option", "option": "maxauthtries", "maximum": 4},
    "macs": {"family": "sshd.option", "option": "macs", "subset": ["a", "b", "c"]},
    "startups": {"family": "sshd.startups", "limit": "10:30:60"},
    "rekey": {"family": "sshd.rekey", "size": "512M", "time": "1h"},
    "bytes": {"family": "sshd.rekey", "size": "1000", "time": "60"},
    "alive": {"family": "sshd.keepalive", "seconds": 600},
    "forwarding": {"family": "sshd.no-tcp-forwarding"},
}


@pytest.mark.parametrize(
    ("family", "now", "lines"),
    [
        ("root", "permitrootlogin yes", ["permitrootlogin no"]),
        ("tries", "maxauthtries 6", ["maxauthtries 4"]),
        ("tries", "maxauthtries 2", ["maxauthtries 2"]),
        ("macs", "macs x,c,a", ["macs c,a"]),
        ("macs", "macs x", ["macs b"]),
        ("startups", "maxstartups 5:50:100", ["maxstartups 5:50:60"]),
        ("startups", "", ["maxstartups 10:30:60"]),
        ("rekey", "rekeylimit 0 0", ["rekeylimit 536870912 3600"]),
        ("rekey", "rekeylimit 1024 7200", ["rekeylimit 1024 3600"]),
        ("bytes", "rekeylimit 0 0", ["rekeylimit 1000 60"]),
        (
            "alive",
            "clientaliveinterval 0\nclientalivecountmax 3",
            ["clientalivecountmax 3", "clientaliveinterval 200"],
        ),
        ("forwarding", "allowtcpforwarding yes", ["allowtcpforwarding no"]),
    ],
)
def test_what_sshd_is_given(family: str, now: str, lines: list[str]) -> None:
    assert _written(_FAMILY[family], now, ("b",)) == lines


def test_the_clients_algorithms_are_of_those_it_has() -> None:
    row = {"id": "one", "ciphers": ["x", "y"], "macs": ["m"], "kexalgorithms": ["k", "l"]}
    text = sshd_text.client([row], {"ciphers": "z,y"}, {"m", "l"})
    assert text.splitlines()[-4:] == ["# one", "ciphers y", "macs m", "kexalgorithms l"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", True),
        ("# only words\n\n", True),
        ("\n# words\nInclude /etc/ssh/sshd_config.d/*.conf\nPort 22\n", True),
        ("include sshd_config.d/*.conf\n", True),
        ('Include="/etc/ssh/sshd_config.d/*.conf"\n', True),
        ("Include /etc/ssh/sshd_config.d/*.conf /etc/ssh/other.d/*.conf\n", True),
        ("Include /etc/ssh/other.d/*.conf /etc/ssh/sshd_config.d/*.conf\n", False),
        ("Include /etc/ssh/*\n", False),
        ("Include /etc/ssh/sshd_config.d/50-cloud.conf\n", False),
        ("Port 22\nInclude /etc/ssh/sshd_config.d/*.conf\n", False),
    ],
)
def test_a_drop_in_stands_first_only_if_nothing_is_read_before_it(text: str, first: bool) -> None:
    assert sshd_text.begins_with(text, OURS) is first
