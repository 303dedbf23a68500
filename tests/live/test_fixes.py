"""Rows that need a running system: broken on a real machine, closed by their fixes, and no others
opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixes.compare import unlike, worse
from tests.fixes.machine import Machine
from tests.fixes.themes import themes

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
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
