"""Each theme on a tree of files: broken, hardened, and nothing else the worse for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from playbooks.filter_plugins.visits import failures
from policies.model import Finding
from tests.fixes.compare import unlike, worse
from tests.fixes.theme import Theme
from tests.fixes.themes import themes
from tests.fixes.trees import Tree

OFFLINE = {name: theme for name, theme in themes().items() if not theme.live}


@pytest.mark.live
@pytest.mark.parametrize("name", OFFLINE)
def test_every_row_is_closed_by_its_fix_and_nothing_else_opens(name: str, memory: Path) -> None:
    theme = OFFLINE[name]
    context, tree = theme.context(), Tree(memory, theme.packages)
    tree.run(theme.setup)
    whole = tree.judge(context)
    tree.run(theme.script())
    broken = tree.judge(context)
    assert unlike("fail", theme, broken) == []
    first = close(tree, theme, [broken[check.id] for check in theme.rows()])
    assert "changed: " in first
    mended = tree.judge(context)
    assert unlike("pass", theme, mended) == []
    assert worse(theme, whole, broken, mended) == []
    as_if = [replace(mended[check.id], status="fail") for check in theme.rows()]
    assert "changed: " not in close(tree, theme, as_if)


def close(tree: Tree, theme: Theme, found: list[Finding]) -> str:
    """What a visit to the tree says that closes these findings."""
    said = tree.visit(theme.rows(), found, theme.context())
    assert failures({"rc": 0, "stdout": said}) == []
    return said
