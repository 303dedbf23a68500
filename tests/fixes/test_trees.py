"""Each theme on a tree of files: broken, hardened, and nothing else the worse for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from policies.model import Finding
from tests.fixes.theme import Theme
from tests.fixes.themes import themes
from tests.fixes.trees import Tree

OFFLINE = {name: theme for name, theme in themes().items() if not theme.live}


def _not(status: str, theme: Theme, found: Mapping[str, Finding]) -> list[str]:
    return [f"{check.id}: {found[check.id].status}: {found[check.id].reason.render('en')}"
            for check in theme.rows() if found[check.id].status != status]  # fmt: skip


def _worse(before: Mapping[str, Finding], after: Mapping[str, Finding]) -> list[str]:
    return [f"{name}: {after[name].reason.render('en')}" for name, finding in before.items()
            if finding.status == "pass" and after[name].status == "fail"]  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize("name", OFFLINE)
def test_every_row_is_closed_by_its_fix_and_nothing_else_opens(name: str, tmp_path: Path) -> None:
    theme = OFFLINE[name]
    context, tree = theme.context(), Tree(tmp_path, theme.packages)
    tree.run(theme.setup)
    whole = tree.judge(context)
    tree.run(theme.script())
    broken = tree.judge(context)
    assert _not("fail", theme, broken) == []
    first = tree.harden(theme.rows(), broken, context)
    assert first.changed > 0
    mended = tree.judge(context)
    assert _not("pass", theme, mended) == []
    assert _worse(whole, mended) == []
    assert _worse(broken, mended) == []
    again = tree.harden(theme.rows(), mended, context, every=True)
    assert again.changed == 0
