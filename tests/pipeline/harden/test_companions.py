"""Hardening by a few checks loses nothing of what others have written into the same file."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.pipeline.harden.companions import companions, is_hardened, joined
from policies import TargetContext, choose, wishes
from policies.catalogue import checks
from policies.fixes import fixes
from policies.judge import judge
from scanners import HostFacts, scan_tree

DROP_IN = "# sshd-root-login\npermitrootlogin yes\n# sshd-max-auth-tries\nmaxauthtries 3\n"
CONTEXT = TargetContext()
ASKED = choose([], ["sshd-root-login"]).checks


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("etc/ssh/sshd_config.d", "usr/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/ssh/sshd_config").write_text("Include /etc/ssh/sshd_config.d/*.conf\n")
    (tmp_path / "usr/sbin/sshd").touch()
    return tmp_path


def facts_of(root: Path, drop_in: str, name: str = "00-govctl.conf") -> HostFacts:
    (root / "etc/ssh/sshd_config.d" / name).write_text(drop_in)
    return scan_tree(root, **wishes(checks()))


def test_a_role_that_has_work_writes_again_what_holds(root: Path) -> None:
    facts = facts_of(root, DROP_IN)
    found = judge(facts, ASKED, CONTEXT)
    assert [finding.status for finding in found] == ["fail"]
    more = companions(found, ASKED, checks(), facts, CONTEXT)
    assert "sshd-max-auth-tries" in {finding.check for finding in more}
    assert {finding.status for finding in more} == {"pass"}
    rows = fixes([*found, *more], joined(ASKED, more), CONTEXT)
    assert set(rows) == {"sshd"}
    assert {"sshd-root-login", "sshd-max-auth-tries"} <= {row["id"] for row in rows["sshd"]}
    order = [check.id for check in checks()]
    ids = [row["id"] for row in rows["sshd"]]
    assert ids == sorted(ids, key=order.index), "a file keeps its order"


def test_what_fails_and_was_not_chosen_stays_as_it_is(root: Path) -> None:
    facts = facts_of(root, DROP_IN.replace("maxauthtries 3", "maxauthtries 99"))
    found = judge(facts, ASKED, CONTEXT)
    more = companions(found, ASKED, checks(), facts, CONTEXT)
    assert "sshd-max-auth-tries" not in {finding.check for finding in more}


def test_a_role_without_work_gets_none(root: Path) -> None:
    facts = facts_of(root, DROP_IN.replace("yes", "no"))
    found = judge(facts, ASKED, CONTEXT)
    assert companions(found, ASKED, checks(), facts, CONTEXT) == []


@pytest.mark.parametrize(
    ("text", "name", "ours"),
    [
        ("maxauthtries 3\n", "00-govctl.conf", True),
        ("# BEGIN govctl\nmaxauthtries 3\n# END govctl\n", "site.conf", True),
        ("maxauthtries 3\n", "site.conf", False),
    ],
)
def test_files_of_ours_are_known_by_name_or_mark(
    root: Path, text: str, name: str, ours: bool
) -> None:
    assert is_hardened(facts_of(root, text, name)) is ours
