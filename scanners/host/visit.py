"""One visit to a host or many: the script goes in, everything wanted comes back."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from queue import SimpleQueue
from threading import Event

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host import probe, stream
from scanners.host.collecting import Wanted
from scanners.host.model import Raw
from scanners.host.reach.address import LocalHost, Place
from scanners.host.reach.local import run_here
from scanners.host.reach.shell import Execution, Script
from scanners.host.reach.ssh import Lines, run_over_ssh
from scanners.host.reading import first_line

WORKERS = 32
"""Hosts that are visited at once."""
_SWITCH = 0.0005
"""Seconds for one thread while others wait."""
_FIRST = 0.3
"""Seconds in which the first host is met, where it is near: nothing else is done until then."""


def fetch(place: Place, wanted: Wanted | Callable[[], Wanted], lines: Lines | None = None) -> Raw:
    """One visit: everything wanted. Raises TargetError if the host did not answer rightly.

    What is wanted may be said as late as the host waits for it.
    """
    token = secrets.token_hex(16)
    wishes = wanted if callable(wanted) else lambda: wanted
    done = run_script(
        place, lambda: probe.script(wishes(), token).encode(), stream.STREAM_LIMIT, lines
    )
    raw = stream.parse(done.stdout, wishes(), token)
    if raw is None:
        # The last line is the one that ended it: sudo may warn of other things before.
        said = b"\n".join(reversed((done.stderr or done.stdout).splitlines()))
        reason = first_line(said) or f"status {done.status}"
        if not done.complete:
            reason = _("no answer within {seconds} s", seconds=f"{place.command_timeout:.0f}")
        raise TargetError(_("{address}: {reason}", address=place, reason=reason))
    return raw


def fetch_many(
    places: Mapping[str, Place],
    wanted: Wanted | Mapping[str, Wanted] | Callable[[], Wanted],
    workers: int = WORKERS,
    on_done: Callable[[str, Raw | TargetError], None] | None = None,
) -> dict[str, Raw | TargetError]:
    """`visit_many`, and everything kept: a few megabytes a host."""
    results: dict[str, Raw | TargetError] = {}

    def keep(name: str, raw: Raw | TargetError) -> None:
        results[name] = raw
        if on_done:
            on_done(name, raw)

    visit_many(places, wanted, keep, workers)
    return {name: results[name] for name in places}


def visit_many(
    places: Mapping[str, Place],
    wanted: Wanted | Mapping[str, Wanted] | Callable[[], Wanted],
    on_done: Callable[[str, Raw | TargetError], None],
    workers: int = WORKERS,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Visit many hosts side by side; a dead one costs its own time-out and nobody else's.

    What is wanted may differ by host, by the same names; if it is a function, it is called in the
    caller's thread while connections are made. `on_done` is called in that thread too, in the
    order in which hosts finish; nothing is kept after it. `meanwhile` is called there once, when a
    host has been told what is wanted (or none is near) and none has been waited for.
    """
    if not places:
        return
    lines = Lines()
    said: Future[Wanted] = Future()
    met = Event()

    def tell(own: Wanted | None) -> Wanted:
        met.set()
        return said.result() if own is None else own

    def wishes(name: str) -> Callable[[], Wanted]:
        if callable(wanted):
            return partial(tell, None)
        return partial(tell, wanted if isinstance(wanted, Wanted) else wanted[name])

    pool = ThreadPoolExecutor(min(workers, len(places)), thread_name_prefix="scan")
    rest = iter(places.items())
    waiting: dict[Future[Raw | TargetError], str] = {}
    finished: SimpleQueue[Future[Raw | TargetError]] = SimpleQueue()

    def begin(count: int) -> None:
        for name, one in islice(rest, count):
            future = pool.submit(_attempt, one, wishes(name), lines)
            waiting[future] = name
            future.add_done_callback(finished.put)

    try:
        begin(2 * workers)  # answers that nobody has taken yet are memory
        with _giving_way():
            if callable(wanted):
                _say(said, wanted)
            met.wait(_FIRST)
            meanwhile()
        while waiting:
            future = finished.get()
            on_done(waiting.pop(future), future.result())
            del future
            begin(1)
    finally:
        # Whoever is interrupted shall not wait for the slowest host.
        lines.close()
        pool.shutdown(cancel_futures=True)


def run_script(place: Place, script: Script, limit: int, lines: Lines | None = None) -> Execution:
    """Run a shell script at a place, the script over standard input. Raises TargetError."""
    own = lines or Lines()
    try:
        if isinstance(place, LocalHost):
            return run_here(place, script, limit, own.is_cut)
        return run_over_ssh(place, script, limit, own)
    finally:
        if lines is None:
            own.close()


@contextmanager
def _giving_way() -> Iterator[None]:
    """Let threads that make connections have the interpreter soon: they need it often and briefly,
    and Python would let each of them wait for 5 ms each time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _say(said: Future[Wanted], wanted: Callable[[], Wanted]) -> None:
    """Visits wait for it: they must not wait for ever."""
    try:
        said.set_result(wanted())
    except BaseException as error:
        said.set_exception(error)
        raise


def _attempt(place: Place, wanted: Callable[[], Wanted], lines: Lines) -> Raw | TargetError:
    try:
        return fetch(place, wanted, lines)
    except TargetError as error:
        return error
    except Exception as error:
        # What one host makes of a library must not cost the others their answers.
        reason = f"{type(error).__name__}: {error}"
        return TargetError(_("{address}: {reason}", address=place, reason=reason))
