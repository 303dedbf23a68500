"""What of a hardening the running kernel lets go, and what only its next start does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from playbooks.undo import machine
from playbooks.undo.later import arguments

needs_nft = pytest.mark.skipif(
    not (shutil.which("nft") and shutil.which("unshare") and os.geteuid() == 0),
    reason="nft, unshare and root are needed",
)
OTHERS = """
table inet site {
    chain govctl_input { type filter hook input priority 1; policy accept; tcp dport 1 accept; }
}
"""
ADDED = """
table inet govctl_base {
    chain govctl_input { type filter hook input priority -5; policy accept; iif lo accept; }
}
table inet site {
    chain govctl_forward { type filter hook forward priority -5; policy accept; }
}
"""


def within(steps: str) -> str:
    """Python in a network of its own, with nothing loaded there."""
    nft = "nft = lambda text: subprocess.run(['nft', '-f', '-'], input=text, text=True, check=True)"
    program = f"import subprocess\nfrom playbooks.undo import packets\n{nft}\n{steps}"
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", program],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_nft
def test_chains_that_a_run_loaded_go_and_those_of_others_stay() -> None:
    said = within(f"""
listed = lambda: subprocess.run(['nft', 'list', 'ruleset'], capture_output=True, text=True).stdout
nft({OTHERS!r})
rules, before = listed(), packets.look()
nft({ADDED!r})
done, problems = packets.put_back(sorted(set(packets.look()) - set(before)))
print(*done, *problems, listed() == rules, sep="\\n")
""")
    assert said.splitlines() == [
        "unloaded chain inet govctl_base govctl_input",
        "unloaded chain inet site govctl_forward",
        "unloaded table inet govctl_base",
        "True",
    ]


@needs_nft
def test_a_table_of_a_run_stays_where_others_have_put_chains_in_it_since() -> None:
    said = within(f"""
nft({ADDED!r})
added = packets.look()
nft('table inet govctl_base {{ chain theirs {{ }}\\n}}\\n')
packets.put_back(added)
print(packets.look())
print(subprocess.run(['nft', 'list', 'ruleset'], capture_output=True, text=True).stdout)
""")
    names, rules = said.split("\n", 1)
    assert names == "['inet govctl_base']"
    assert "theirs" in rules


@needs_nft
def test_chains_are_part_of_what_is_kept_and_compared() -> None:
    said = within(f"""
from playbooks.undo import machine
before = machine.look([])
nft({ADDED!r})
print(machine.changes(before, machine.look([]))['packets'])
""")
    assert "inet govctl_base govctl_input" in said


def test_what_a_release_before_kept_has_no_chains_and_none_are_taken_away() -> None:
    now = machine.look([])
    before = {name: part for name, part in now.items() if name != "packets"}
    after = {**now, "packets": ["inet govctl_base"]}
    assert "packets" not in machine.changes(before, after)


MENU = """
menuentry 'Debian' {
	linux	/boot/vmlinuz-6.1 root=UUID=1 ro quiet
	initrd	/boot/initrd.img-6.1
}
menuentry 'Debian (recovery mode)' {
	linux	/boot/vmlinuz-6.1 root=UUID=1 ro single
}
"""


@pytest.mark.parametrize(
    ("running", "surplus"),
    [
        ("BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=1 ro quiet", []),
        ("BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=1 ro quiet audit=1 x=2", ["audit=1", "x=2"]),
        ("BOOT_IMAGE=/boot/vmlinuz-5.10 root=UUID=1 ro audit=1", []),
        ("root=/dev/vda console=ttyS0", []),
        ("", []),
    ],
    ids=["as the menu has it", "more", "a kernel that is gone", "no menu of GRUB's", "none"],
)
def test_arguments_that_the_menu_no_longer_gives_stay_until_the_next_start(
    running: str, surplus: list[str], tmp_path: Path
) -> None:
    (tmp_path / "menu").write_text(MENU)
    (tmp_path / "line").write_text(f"{running}\n")
    assert arguments(tmp_path / "menu", tmp_path / "line") == surplus
