"""Secrets stay secret, and survive."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from stacks import resources
from tests.live.provider.case import Case, Lab, Wish

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def seeded(path: Path, password: str | None = None) -> Wish:
    def add(lab: Lab) -> None:
        pulumi.export("seed", resources.Seed("seed", path=path, opts=lab.opts).value)

    return Wish(password=password, more=add)


def test_secrets_stay_out_of_the_state_also_when_they_were_changed_by_hand(case: Case) -> None:
    path = case.folder / "seed"
    case.up(seeded(path, "hunter-two"))
    seed = case.bench.outputs()["seed"]
    assert case.text("/etc/password") == "hunter-two"
    case.run("echo tampered-secret > /etc/password")
    case.bench.stack().refresh()
    state = case.bench.state_text()
    assert "hunter-two" not in state and "tampered-secret" not in state and seed not in state
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_seed_outlives_a_lost_state_and_a_lost_file(case: Case) -> None:
    path = case.folder / "seed"
    case.up(seeded(path))
    seed = case.bench.outputs()["seed"]
    case.bench.lose_state()
    case.up(seeded(path))
    assert case.bench.outputs()["seed"] == seed
    before = path.read_bytes()
    path.unlink()
    case.put_right(seeded(path))
    assert path.read_bytes() == before
    assert case.bench.outputs()["seed"] == seed
