"""Kept evidence: what one run costs, and what a year of weekly runs weighs."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from govctl.estate.model import Estate
from govctl.evidence.checking import check_store
from govctl.evidence.model import Run
from govctl.evidence.store import Store
from govctl.pipeline.differences import differences
from govctl.pipeline.job import Job
from govctl.pipeline.material import material
from govctl.pipeline.verify import kept_facts
from govctl.pipeline.workspace import Workspace
from govctl.reports.html import render_html
from policies.catalogue import checks
from policies.model import Check, Finding, Status
from tests.benchmarks.figures import Publisher, machine_facts, seconds_of, table
from tests.benchmarks.spending import GOVCTL, spend
from tests.evidence.postgres import Server, programs
from tests.reports import examples

ROWS = 700
WEEKS = 52
STATUSES: tuple[Status, ...] = ("pass",) * 12 + ("fail", "fail", "not-evaluated", "not-applicable")
ABOUT_ONE = f"""\
One run of {{hosts}} hosts × {ROWS} checks, {{facts:.0f}} kB of facts a host before they are packed:
`Store.write`, then every signature and every object verified, then the HTML page made from what was
kept. SQLite on this disk, with fsync; PostgreSQL on this machine, without."""
ABOUT_YEAR = f"""\
{{weeks}} weekly runs of {{hosts}} hosts × {ROWS} checks. Between two weeks every host's clock and
every command's duration differ; one host of ten has another `/etc/hosts` and three other verdicts,
and in one week of four every host has another list of packages. `diff` compares the first run with
the last; the page is the last run's."""


def test_one_run(tmp_path: Path, publish: Publisher, hosts: int) -> None:
    estate, facts = _estate(hosts), machine_facts()
    taken = _taken(tmp_path)
    run, raw = _week(estate, taken, 0)
    rows = [["SQLite", *_one(estate, Store(tmp_path / "one" / ".govctl" / "runs"), run, raw)]]
    if programs() is not None:
        with Server() as server:
            store = Store(tmp_path / "two" / ".govctl" / "runs", server.database("bench"))
            rows.append(["PostgreSQL", *_one(estate, store, run, raw)])
    about = ABOUT_ONE.format(hosts=len(raw), facts=len(taken) / 1000)
    header = ["Store", "Store the run", "Its size", "Verify", "HTML page"]
    publish("Evidence of one run", about, facts, table(header, rows))


def test_a_year(tmp_path: Path, publish: Publisher, hosts: int, weeks: int) -> None:
    estate, facts = _estate(hosts), machine_facts()
    taken = _taken(tmp_path)
    store = Store(tmp_path / "year" / ".govctl" / "runs")
    writing, runs, given, sizes = 0.0, [], 0, []
    for week in range(weeks):
        run, raw = _week(estate, taken, week)
        given += sum(map(len, raw.values()))
        writing += _seconds(store, run, raw)
        runs.append(run.id)
        sizes.append(_size(store))
    verifying = seconds_of(lambda: _verified(store))
    first, last = store.load(runs[0]), store.load(runs[-1])
    comparing = seconds_of(lambda: differences(store, first, last, checks(), {}))
    page = seconds_of(lambda: _page(_job(estate, store), store, last))
    about = ABOUT_YEAR.format(hosts=len(estate.machines[:hosts]), weeks=weeks)
    later = (sizes[-1] - sizes[0]) / max(1, weeks - 1)
    row = [_megabytes(given), _megabytes(sizes[-1]), _megabytes(sizes[0]), _megabytes(later),
           f"{writing / weeks:.1f} s", f"{verifying:.0f} s", f"{comparing:.1f} s",
           f"{page:.1f} s"]  # fmt: skip
    header = ["Facts as they came", "Store", "First run", "Each later run", "To store a run",
              "To verify all", "diff", "HTML page"]  # fmt: skip
    publish("A year of evidence", about, facts, table(header, [row]))


def _page(job: Job, store: Store, run: Run) -> str:
    return render_html(material(job, run, kept_facts(store, run)))


def _one(estate: Estate, store: Store, run: Run, raw: dict[str, bytes]) -> list[str]:
    writing = _seconds(store, run, raw)
    verifying = seconds_of(lambda: _verified(store))
    page = seconds_of(lambda: _page(_job(estate, store), store, store.load(run.id)))
    return [f"{writing:.1f} s", _megabytes(_size(store)), f"{verifying:.1f} s", f"{page:.1f} s"]


def _seconds(store: Store, run: Run, raw: dict[str, bytes]) -> float:
    return seconds_of(lambda: store.write(run, raw))


def _verified(store: Store) -> None:
    assert check_store(store, None).intact


def _job(estate: Estate, store: Store) -> Job:
    folder = store.path.parent.parent
    return Job(estate, Workspace(folder))


def _size(store: Store) -> int:
    """Bytes on the disk; in PostgreSQL those of its tables with their indexes."""
    if store.database.file.exists():
        return sum(path.stat().st_size for path in store.path.parent.glob("evidence.db*"))
    import sqlalchemy as sa

    with store.database.reading() as connection:
        query = sa.text("SELECT pg_database_size(current_database())")
        return int(connection.execute(query).scalar_one())


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def _estate(hosts: int) -> Estate:
    """A province with at least so many machines."""
    communes = [(f"{n:05}", f"Xã {n}", 21.3, 105.3) for n in range(max(1, (hosts - 8) // 2))]
    return examples.estate(communes)


def _taken(folder: Path) -> bytes:
    """What this machine gives, once."""
    file = folder / "host.facts"
    spend([*GOVCTL, "collect", "localhost", "--output", file])
    return gzip.decompress(file.read_bytes())


def _week(estate: Estate, taken: bytes, week: int) -> tuple[Run, dict[str, bytes]]:
    """A run and what each host gave, as hosts of one image would a week later."""
    targets = [machine.id for machine in estate.machines]
    started = examples.STARTED + timedelta(days=7 * week)
    base = examples.run(estate, {})
    run = replace(
        base,
        id=f"{started:%Y%m%dT%H%M%S}.000Z-{week:06x}",
        started=started,
        finished=started,
        targets=tuple(targets),
        findings=tuple(
            one
            for number, target in enumerate(targets)
            for one in _findings(target, number, week, list(checks())[:ROWS])
        ),
    )
    return run, dict(zip(targets, _facts(taken, targets, week), strict=True))


def _findings(target: str, number: int, week: int, rows: list[Check]) -> Iterator[Finding]:
    stable = random.Random(number)
    moved = random.Random(f"{number} {week if week % 10 == number % 10 else 0}")
    changed = {moved.randrange(len(rows)) for _ in range(3)}
    for position, row in enumerate(rows):
        status = stable.choice(STATUSES)
        if position in changed:
            status = "fail" if status == "pass" else "pass"
        yield examples.finding(target, row, status)


def _facts(taken: bytes, targets: list[str], week: int) -> Iterator[bytes]:
    dice = random.Random(week)
    document = json.loads(taken)
    for number, target in enumerate(targets):
        document["target"] = target
        document["taken_at"] = f"2026-11-22T00:00:{week % 60:02}+00:00"
        for output in document["outputs"].values():
            output["seconds"] = round(dice.random(), 3)
        files = {one["path"]: one for one in document["files"]}
        hosts = files.get("/etc/hosts") or document["files"][0]
        hosts["size"] = number * 100 + (week if week % 10 == number % 10 else 0)
        packages = document["outputs"].get("dpkg") or next(iter(document["outputs"].values()))
        packages["status"] = week // 4
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        yield gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)
