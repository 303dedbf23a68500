"""The same work on many things, on every processor, with results in order.

A process that dies, as one that runs out of memory over a hostile tree does, takes its own result
with it and nobody else's.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Died:
    """What stands where a result would, had its process lived."""


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def spread(
    work: Callable[[T], R], things: Sequence[T], workers: int
) -> Iterator[Iterator[R | Died]]:
    """Results in the order of the things; the processes start here, before any thread does.

    Processes are copies of this one: what is loaded here need not be loaded again, and neither
    the work nor the things are sent, only results.
    """
    if min(workers, len(things)) <= 1:
        yield map(work, things)
        return
    with _pool(min(workers, len(things)), work, things) as pool:
        futures: list[Future[R | Died]] = [pool.submit(_nth, place) for place in range(len(things))]
        try:
            yield _results(work, things, futures)
        finally:
            pool.shutdown(cancel_futures=True)


_inherited: list[Any] = []


def _pool(workers: int, work: Callable[[T], R], things: Sequence[T]) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, get_context("fork"), initializer=_begin, initargs=(work, things)
    )


def _begin(work: Callable[[T], R], things: Sequence[T]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _inherited[:] = [work, things]


def _nth(place: int) -> Any:
    work, things = _inherited
    return work(things[place])


def _results(
    work: Callable[[T], R], things: Sequence[T], futures: Sequence[Future[R | Died]]
) -> Iterator[R | Died]:
    for place, future in enumerate(futures):
        try:
            yield future.result()
        except BrokenProcessPool:
            yield _alone(work, things, place)


def _alone(work: Callable[[T], R], things: Sequence[T], place: int) -> R | Died:
    """Once more, in a process of its own: some other thing may have broken the pool."""
    with _pool(1, work, things) as pool:
        try:
            future: Future[R] = pool.submit(_nth, place)
            return future.result()
        except BrokenProcessPool:
            return Died()
