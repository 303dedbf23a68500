from __future__ import annotations

import os
import time

from govctl.pipeline.pool import Died, spread


def test_results_stand_in_the_order_of_the_things() -> None:
    def work(number: int) -> tuple[int, int]:
        time.sleep(0.05 if number == 0 else 0)
        return number * number, os.getpid()

    with spread(work, range(20), 4) as results:
        every = list(results)
    pairs = [one for one in every if isinstance(one, tuple)]
    assert [square for square, _pid in pairs] == [n * n for n in range(20)]
    assert os.getpid() not in {pid for _square, pid in pairs}


def test_one_thing_needs_no_process() -> None:
    with spread(lambda _: os.getpid(), ["x"], 8) as results:
        assert list(results) == [os.getpid()]
    with spread(lambda _: os.getpid(), ["x", "y"], 1) as results:
        assert list(results) == [os.getpid()] * 2
    with spread(lambda thing: thing, [], 8) as results:
        assert list(results) == []


def test_a_process_that_dies_takes_only_its_own_result_with_it() -> None:
    def work(number: int) -> int:
        if number == 3:
            os._exit(1)
        return number

    with spread(work, range(8), 2) as results:
        every = list(results)
    assert isinstance(every[3], Died)
    assert [one for place, one in enumerate(every) if place != 3] == [0, 1, 2, 4, 5, 6, 7]


def test_an_exception_of_the_work_is_the_callers() -> None:
    def work(number: int) -> int:
        return 1 // number

    try:
        with spread(work, [1, 0], 2) as results:
            list(results)
    except ZeroDivisionError:
        return
    raise AssertionError("it was lost")
