"""Each theme on a tree of files: broken, hardened, and nothing else the worse for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixes.compare import unlike, worse
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
    first = tree.harden(theme.rows(), broken, context)
    assert first.changed > 0
    mended = tree.judge(context)
    assert unlike("pass", theme, mended) == []
    assert worse(theme, whole, broken, mended) == []
    again = tree.harden(theme.rows(), mended, context, every=True)
    assert again.changed == 0
