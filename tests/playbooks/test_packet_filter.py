"""The text of nftables' file: our part of it, and what others' might refuse."""

from __future__ import annotations

import pytest

from playbooks.hosts import packet_filter
from playbooks.hosts.packet_filter import Chains, asked, closes, ruled, with_ours
from playbooks.hosts.rights import Row

ROWS: list[Row] = [
    {"family": "filter.table", "address_family": "", "table": ""},
    {"family": "filter.base-chains", "hooks": ["output", "forward"], "open": False},
]
LOOPBACK: Row = {"family": "filter.loopback", "address_family": "ip6"}
OURS = "# BEGIN govctl\nx\n# END govctl\n"


def test_rows_need_chains_together() -> None:
    assert asked(ROWS) == Chains("inet", "govctl_base", ("forward", "output"), loopback=False)
    assert asked([*ROWS, LOOPBACK, {"family": "filter.table", "table": "site"}]) == Chains(
        "ip6", "site", ("forward", "input", "output"), loopback=True
    )
    assert asked([{"family": "firewall.loaded"}]).hooks == ()


@pytest.mark.parametrize(
    ("family", "drops"),
    [
        ("inet", ["ip saddr 127.0.0.0/8 drop", "ip6 saddr ::1 drop"]),
        ("ip", ["ip saddr 127.0.0.0/8 drop"]),
        ("ip6", ["ip6 saddr ::1 drop"]),
    ],
)
def test_chains_close_no_port(family: str, drops: list[str]) -> None:
    text = ruled(Chains(family, "t", ("forward", "input"), loopback=True))
    lines = [line.strip() for line in text.splitlines()]
    assert lines == [
        f"table {family} t {{",
        "chain govctl_forward {", "type filter hook forward priority -5; policy accept;", "}",
        "chain govctl_input {", "type filter hook input priority -5; policy accept;",
        'iifname "lo" accept', *drops, "}", "}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("", ""),
        ("a\n", "a\n"),
        ("a", "a\n"),
        (f"a\n{OURS}b\n{OURS}", "a\nb\n"),
        ("a\n# BEGIN govctl\nx\n", "a\n"),
        ("# END govctl\n # BEGIN govctl\n", "# END govctl\n # BEGIN govctl\n"),
    ],
)
def test_our_part_is_the_last_and_there_once(text: str, others: str) -> None:
    found = with_ours(text, "x\n")
    assert found == others + OURS == with_ours(found, "x\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("policy drop;", True),
        ("include x", True),
        ("tcp dport 1 reject", True),
        ("# policy drop\ndropped\nlog prefix drop_it", False),
        (OURS.replace("x", "drop"), False),
        ("", False),
    ],
)
def test_rules_of_others_that_might_shut_somebody_out_are_known(text: str, expected: bool) -> None:
    assert closes(text) is expected


def test_where_there_is_no_nft_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    packet_filter.main({"rows": ROWS, "all": ROWS, "dry": False, "offline": False})
