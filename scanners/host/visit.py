"""One visit to a host or many: the script goes in, everything wanted comes back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

from govctl.errors import TargetError
from govctl.texts import _
from scanners.host import probe, stream
from scanners.host.collecting import Wanted
from scanners.host.model import Raw
from scanners.host.reach.address import LocalHost, Place
from scanners.host.reach.local import run_here
from scanners.host.reach.shell import Execution
from scanners.host.reach.ssh import Lines, run_over_ssh
from scanners.host.reading import first_line

WORKERS = 32
"""Hosts that are visited at once."""


def fetch(place: Place, wanted: Wanted, lines: Lines | None = None) -> Raw:
    """One visit: everything wanted. Raises TargetError if the host did not answer rightly."""
    token = secrets.token_hex(16)
    script = probe.script(wanted, token).encode()
    done = run_script(place, script, stream.STREAM_LIMIT, lines)
    raw = stream.parse(done.stdout, wanted, token)
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
    wanted: Wanted | Mapping[str, Wanted],
    workers: int = WORKERS,
    on_done: Callable[[str, Raw | TargetError], None] | None = None,
) -> dict[str, Raw | TargetError]:
    """Visit many hosts side by side; a dead one costs its own time-out and nobody else's.

    What is wanted may differ by host, by the same names. `on_done` is called in the caller's
    thread, in the order in which hosts finish.
    """
    results: dict[str, Raw | TargetError] = {}
    if not places:
        return results
    lines = Lines()
    pool = ThreadPoolExecutor(min(workers, len(places)), thread_name_prefix="scan")
    try:
        waiting = {
            pool.submit(
                _attempt, one, wanted if isinstance(wanted, Wanted) else wanted[name], lines
            ): name
            for name, one in places.items()
        }
        for future in as_completed(waiting):
            name = waiting[future]
            results[name] = future.result()
            if on_done:
                on_done(name, results[name])
    finally:
        # Whoever is interrupted shall not wait for the slowest host.
        lines.close()
        pool.shutdown(cancel_futures=True)
    return {name: results[name] for name in places}


def run_script(place: Place, script: bytes, limit: int, lines: Lines | None = None) -> Execution:
    """Run a shell script at a place, the script over standard input. Raises TargetError."""
    own = lines or Lines()
    try:
        if isinstance(place, LocalHost):
            return run_here(place, script, limit, own.is_cut)
        return run_over_ssh(place, script, limit, own)
    finally:
        if lines is None:
            own.close()


def _attempt(place: Place, wanted: Wanted, lines: Lines) -> Raw | TargetError:
    try:
        return fetch(place, wanted, lines)
    except TargetError as error:
        return error
    except Exception as error:
        # What one host makes of a library must not cost the others their answers.
        reason = f"{type(error).__name__}: {error}"
        return TargetError(_("{address}: {reason}", address=place, reason=reason))
