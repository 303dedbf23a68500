"""Rows that need a running system: broken on a real machine, closed by their fixes, and no others
opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.catalogue import shipped
from policies.target import TargetContext
from tests.fixes.compare import unlike, worse
from tests.fixes.machine import Machine
from tests.fixes.themes import themes

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
CLOSING = """\
table inet site {
    chain in { type filter hook input priority 0; policy drop; iif lo accept; tcp dport 22 accept; }
}
"""
RUNNING = {name: theme for name, theme in themes().items() if theme.live}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("machine"))
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.mark.parametrize("name", RUNNING)
def test_every_row_is_closed_on_a_running_machine(name: str, machine: Machine) -> None:
    theme = RUNNING[name]
    context = theme.context()
    machine.run(theme.setup)
    whole = machine.judge(context)
    machine.run(theme.script())
    broken = machine.judge(context)
    assert unlike("fail", theme, broken) == []
    _ok, changed = machine.harden(theme.rows(), broken, context)
    assert changed > 0
    mended = machine.judge(context)
    assert unlike("pass", theme, mended) == []
    assert worse(theme, whole, broken, mended) == []
    _ok, changed = machine.harden(theme.rows(), mended, context, every=True)
    assert changed == 0


@pytest.mark.parametrize(
    ("text", "run", "loaded"),
    [(CLOSING, "nft -f", True), (CLOSING, "true", False), (CLOSING + "drop", "true", False)],
    ids=["they run", "they do not", "nft refuses them"],
)
def test_rules_that_close_are_loaded_at_boot_only_if_they_run(
    text: str, run: str, loaded: bool, machine: Machine
) -> None:
    rows = [check for check in shipped() if check.id == "firewall-service"]
    context, file = TargetContext(), "/etc/nftables.conf"
    machine.run(f"cat > {file} <<'END'\n{text}\nEND\nsystemctl disable nftables")
    machine.run(f"nft flush ruleset; {run} {file}")
    try:
        found = machine.judge(context)
        assert found["firewall-service"].status == "fail"
        if loaded:
            machine.harden(rows, found, context)
        else:
            with pytest.raises(AssertionError, match="see that it lets you in"):
                machine.harden(rows, found, context)
        assert (machine.judge(context)["firewall-service"].status == "pass") is loaded
    finally:
        machine.run("nft flush ruleset")
