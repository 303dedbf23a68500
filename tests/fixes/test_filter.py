"""Rules that may shut somebody out are not loaded at boot by a hardening."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import GovctlError
from policies.catalogue import shipped
from policies.target import TargetContext
from tests.fixes.trees import Tree

CLOSING = """\
table inet site {
    chain in { type filter hook input priority 0; policy drop; }
}
"""
OURS = f"# BEGIN govctl\n{CLOSING}# END govctl\n"
ESTATE = f"# Written by govctl from the estate's flows\n{CLOSING}"
ROWS = [check for check in shipped() if check.id == "firewall-service"]


@pytest.mark.live
@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        (CLOSING, False),
        ('include "/etc/nftables.d/*.nft"\n', False),
        (OURS, True),
        (ESTATE, True),
        ("# policy drop\n", True),
    ],
    ids=["somebody's that close", "others that are included", "ours", "the estate's", "a comment"],
)
def test_only_rules_that_shut_nobody_out_are_loaded_at_boot(
    text: str, loaded: bool, memory: Path
) -> None:
    tree, context = Tree(memory), TargetContext()
    tree.run("systemctl disable nftables.service")
    (tree.path / "etc" / "nftables.conf").write_text(text)
    found = tree.judge(context)
    assert found["firewall-service"].status == "fail"
    if loaded:
        tree.harden(ROWS, found, context)
    else:
        with pytest.raises(GovctlError, match="see that it lets you in"):
            tree.harden(ROWS, found, context)
    assert (tree.judge(context)["firewall-service"].status == "pass") is loaded
    assert (tree.path / "etc" / "nftables.conf").read_text() == text
