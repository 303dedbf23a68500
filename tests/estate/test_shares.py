"""Waves and failure budgets: what an estate says, and where it says it wrongly."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from govctl.estate.model import Rollout
from govctl.estate.schema import schema
from tests.estate.support import SMALL, load_text, problems

EVERY = "(expected waves such as 1,5%,25%,100%)"


def with_rollout(text: str) -> str:
    return SMALL + f"rollout: {text}\n"


@pytest.mark.parametrize(
    ("text", "waves", "budget"),
    [
        ("{}", "100%", "0"),
        ("{waves: [1, 5%, 25%, 100%], budget: 2}", "1,5%,25%,100%", "2"),
        ('{waves: "1, 5%, 100%", budget: 5%}', "1,5%,100%", "5%"),
        ("{waves: 100%}", "100%", "0"),
        ("{waves: [2.5%, 100%]}", "2.5%,100%", "0"),
    ],
)
def test_an_estate_says_in_which_waves_it_changes(
    tmp_path: Path, text: str, waves: str, budget: str
) -> None:
    estate = load_text(tmp_path, with_rollout(text))
    assert estate.rollout == Rollout(waves=waves, budget=budget)
    validator = jsonschema.Draft202012Validator(schema())
    assert list(validator.iter_errors(yaml.safe_load(with_rollout(text)))) == []


def test_how_it_changes_is_no_part_of_what_it_is(tmp_path: Path) -> None:
    plain = load_text(tmp_path / "plain").digest
    assert load_text(tmp_path / "waves", with_rollout("{waves: [1, 100%]}")).digest == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{waves: [1, 5%]}", f"34:18: the last wave has to be 100% {EVERY}"),
        ("{waves: [5%, 1%, 100%]}", f'34:18: the waves "5%,1%,100%" do not rise {EVERY}'),
        ("{waves: [0, 100%]}", f'34:18: "0" is a wave of no machine {EVERY}'),
        (
            "{waves: many}",
            f'34:18: "many" is neither a number of machines nor a percentage {EVERY}',
        ),
        (
            "{waves: true}",
            f'34:18: "True" is neither a number of machines nor a percentage {EVERY}',
        ),
        ("{waves: []}", f'34:18: "" is neither a number of machines nor a percentage {EVERY}'),
        (
            "{budget: -1}",
            '34:19: "-1" is neither a number of machines nor a percentage (expected 2, or 5%)',
        ),
        ("{wave: 1}", '34:11: unknown key "wave"; did you mean "waves"?'),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in "\n".join(problems(tmp_path, with_rollout(text)))
