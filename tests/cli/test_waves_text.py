"""How far a run in waves came, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from govctl.cli.waves_text import order_document, order_view, waves_document, waves_view
from govctl.pipeline.rollout.wave_result import Wave, WavesResult
from govctl.texts import msg, use_language
from tests.cli.conftest import Govctl


@dataclass(frozen=True)
class Did:
    ok: bool


def wave(done: str = "", failed: str = "", *broken: str) -> Wave[Did]:
    outcomes = {name: Did(True) for name in done} | {name: Did(False) for name in failed}
    return Wave((*done, *failed), outcomes, broken)


STOPPED: WavesResult[Did] = WavesResult(
    (wave("a", "b", "p: \x1b[31m: no"),), 3, tuple("cdefgh"), msg("p is gone")
)


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        (WavesResult((wave("abc"),), 1, (), None), []),
        (
            WavesResult((wave("a"), wave("bc")), 2, (), None),
            ["2 of 2 waves; machines: 3 done, 0 failed, 0 not begun"],
        ),
        (
            WavesResult((wave("a", "b"),), 1, (), None),
            ["1 of 1 waves; machines: 1 done, 1 failed, 0 not begun"],
        ),
        (
            WavesResult((wave("a"), wave("b", "", "p: \x1b[31m: no")), 2, (), None),
            [
                "2 of 2 waves; machines: 2 done, 0 failed, 0 not begun",
                "no longer works: p: ␛[31m: no",
            ],
        ),
        (
            STOPPED,
            [
                "1 of 3 waves; machines: 1 done, 1 failed, 6 not begun",
                "stopped: p is gone",
                "not begun: c, d, e and 3 more",
            ],
        ),
    ],
)
def test_a_person_reads_what_stands(result: WavesResult[Did], lines: list[str]) -> None:
    use_language("en")
    assert [text.plain for text in waves_view(result)] == lines


def test_a_program_reads_every_wave() -> None:
    use_language("en")
    assert waves_document(STOPPED) == {
        "waves": [
            {"machines": ["a", "b"], "done": ["a"], "failed": ["b"], "broken": ["p: \x1b[31m: no"]}
        ],
        "left": ["c", "d", "e", "f", "g", "h"],
        "stopped": "p is gone",
    }


def test_a_plan_says_in_which_order() -> None:
    use_language("en")
    assert order_view([["a", "b"]]) == []
    lines = [text.plain for text in order_view([["a"], ["b", "c"]])]
    assert lines == ["", "wave 1 of 2: a", "wave 2 of 2: b, c"]
    document = order_document([["a"], ["b"]])
    assert document["left"] == ["a", "b"] and document["stopped"] is None
    assert document["waves"][1] == {"machines": ["b"], "done": [], "failed": [], "broken": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--waves", "1,5%"), "the last wave has to be 100%"),
        (("--waves", ""), '"" is neither a number of machines nor a percentage'),
        (("--budget", "lots"), '"lots" is neither a number of machines nor a percentage'),
    ],
)
def test_wrong_words_are_refused_before_anything_is_scanned(
    govctl: Govctl, tmp_path: object, words: tuple[str, str], said: str
) -> None:
    folder = f"{tmp_path}/estate"
    assert govctl("init", folder, "--province", "25", "--communes", "1").code == 0
    done = govctl("harden", folder, *words)
    assert done.code == 2
    assert said in done.err and "Scanning" not in done.err


@pytest.mark.parametrize("words", [("--waves", "1,100%"), ("--budget", "1")])
def test_waves_are_for_an_estate(govctl: Govctl, words: tuple[str, str]) -> None:
    done = govctl("harden", "localhost", *words)
    assert done.code == 2
    assert "are for an estate" in done.err
