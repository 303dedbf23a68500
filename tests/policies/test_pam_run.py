from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from policies.families._pam_run import Answer, action_of, ends
from scanners.host.facts.pam import PamLine
from tests.policies.hosts import stack


def run(lines: Sequence[PamLine], *answers: str) -> tuple[bool, str]:
    """Whether the stack grants, and which modules ran; one answer a line."""
    ran = ""

    def ask(place: int, _line: PamLine, _marks: frozenset[str]) -> Sequence[Answer]:
        nonlocal ran
        ran += str(place)
        return (Answer(answers[place]),)

    (end,) = ends(lines, ask)
    return end.granted, ran


def lines(*controls: str, inside: str = "") -> list[PamLine]:
    """`inside` has a letter for each line: the same letters are in one substack."""
    found = stack(*(f"auth {control} m.so" for control in controls))
    return [replace(one, within=(ord(letter),) if letter not in ("", "-") else ())
            for one, letter in zip(found, inside.ljust(len(found), "-"), strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("controls", "answers", "granted", "ran"),
    [
        (["required", "required"], "success auth_err", False, "01"),
        (["requisite", "required"], "auth_err success", False, "0"),
        (["sufficient", "required"], "success auth_err", True, "0"),
        (["required", "sufficient", "required"], "auth_err success success", False, "012"),
        (["optional"], "ignore", False, "0"),
        (["optional"], "success", True, "0"),
        (["optional", "required"], "auth_err success", True, "01"),
        (["[success=1 default=ignore]", "requisite", "required"], "success x success", True, "02"),
        (["[success=1 default=ignore]"], "success", False, "0"),  # a jump out is a fault
        (["[success=1 default=ignore]", "required"], "success x", False, "0"),  # nobody said yes
        (["[success=0 default=ok]", "required"], "success success", False, "01"),
        (["[success=ok]", "required"], "ignore success", False, "01"),  # what is not named is bad
        (["[succes=ok default=ignore]", "required"], "success success", False, "01"),
        (["[success=fine]", "required"], "success success", False, "01"),
        (["binding", "required"], "success success", False, "01"),
        (["[default=die]", "required"], "ignore success", False, "0"),
        (["required", "[success=reset]", "required"], "auth_err success success", True, "012"),
        ([], "", False, ""),
    ],
)  # fmt: skip
def test_controls(controls: list[str], answers: str, granted: bool, ran: str) -> None:
    assert run(lines(*controls), *answers.split()) == (granted, ran)


@pytest.mark.parametrize(
    ("controls", "inside", "answers", "granted", "ran"),
    [
        # `done` and `die` end the substack only, and what was said stays said.
        (["sufficient", "required", "required"], "aa-", "success x auth_err", False, "02"),
        (["requisite", "required", "sufficient"], "aa-", "auth_err x success", False, "02"),
        # A substack counts as one module for a jump.
        (["[success=1]", "required", "required", "required"], "-aa-", "success x x success",
         True, "03"),
        (["[success=1]", "required", "required", "required"], "-ab-", "success x success success",
         True, "023"),
        # A jump does not lead out of its substack.
        (["[success=2]", "required", "required"], "aa-", "success x success", False, "02"),
        # `reset` goes back to how things stood at the beginning of the substack.
        (["required", "required", "[success=reset]"], "-aa", "success auth_err success", True,
         "012"),
        (["required", "required", "[success=reset]"], "-aa", "auth_err auth_err success", False,
         "012"),
    ],
)  # fmt: skip
def test_substacks(controls: list[str], inside: str, answers: str, granted: bool, ran: str) -> None:
    assert run(lines(*controls, inside=inside), *answers.split()) == (granted, ran)


def test_every_way_is_gone_once() -> None:
    many = lines(*["[success=1 default=ignore]"] * 200, "required")
    found = list(ends(many, lambda *_: (Answer("success"), Answer("auth_err"))))
    assert len(found) < 10


def test_words_for_actions() -> None:
    assert action_of("required", "success") == "ok"
    assert action_of("[success=3 default=die]", "success") == "3"
    assert action_of("[]", "success") == "bad"
