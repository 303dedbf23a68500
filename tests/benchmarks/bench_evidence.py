"""Kept evidence: what one run costs, and what a year of weekly runs weighs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from govctl.estate.model import Estate
from govctl.evidence.checking import check_store
from govctl.evidence.model import Run
from govctl.evidence.pieces import packed_again
from govctl.evidence.store import Store
from govctl.pipeline.differences import differences
from govctl.pipeline.job import Job
from govctl.pipeline.reporting import context_of_job
from govctl.pipeline.workspace import Workspace
from govctl.reports.formats import FORMATS
from policies.catalogue import checks
from scanners.host import bundle
from tests.benchmarks.figures import Publisher, machine_facts, seconds_of, table
from tests.benchmarks.year import ROWS, Week, Year, collected
from tests.evidence.postgres import Server, programs
from tests.reports import examples

ABOUT_ONE = f"""\
The first run of {{hosts}} hosts × {ROWS} checks. Each host's facts are those of one real host
({{facts:.0f}} kB before they are packed), varied; what was found is made up: one check of eight
fails. To store is to cut, compress, sign and commit; to verify is to check every signature and
every object of a store that holds this run. SQLite on this disk, with fsync; PostgreSQL on this
machine, without."""
ABOUT_YEAR = f"""\
{{weeks}} weekly runs of {{hosts}} hosts × {ROWS} checks. Between two weeks every host's clock and
every command's duration differ; one host of ten has another `/etc/hosts` and three other verdicts,
and in one week of four every host has another list of packages. `diff` compares the first run with
the last; the reports are the last run's. Hosts would have sent {{given:.0f}} MB of packed facts."""
FORMS = ("html", "json", "csv")


@dataclass
class Kept:
    """One store while its year goes by."""

    name: str
    store: Store
    url: str | None = None
    """Of a database; None for a file."""
    empty: int = 0
    """Bytes of a database without a run."""
    writing: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    first_verified: float = 0.0

    def keep(self, week: Week) -> None:
        """Store a week and note what it took; the facts are made beforehand."""
        facts = list(week.facts)
        self.writing.append(seconds_of(lambda: self.runs.append(_written(self.store, week, facts))))
        self.sizes.append(self.size() - self.empty)

    def size(self) -> int:
        """Bytes on the disk; in PostgreSQL those of the whole database with its indexes."""
        if self.url is not None:
            return _size_of_database(self.url)
        return sum(path.stat().st_size for path in self.store.path.parent.glob("evidence.db*"))

    def verified(self) -> float:
        """Seconds to verify all of it; it must be intact."""
        return seconds_of(lambda: _verified(self.store))

    def report(self, estate: Estate, form: str) -> tuple[float, int]:
        """The last run's report as `govctl report` writes it: seconds and bytes."""
        written = []

        def work() -> None:
            run: Run = self.store.load(self.runs[-1])
            job = Job(estate, Workspace(self.store.path.parent.parent, self.url))
            written.append(len(FORMATS[form].render(run, context_of_job(job, run, 0))))

        return seconds_of(work), written[0]


def test_a_year(tmp_path: Path, publish: Publisher, hosts: int, weeks: int) -> None:
    estate, machine = _estate(hosts), machine_facts()
    taken = collected(tmp_path)
    year = Year(estate, taken, hosts)
    with ExitStack() as stack:
        stores = list(_stores(tmp_path, stack))
        for number in range(weeks):
            week = year.week(number)
            for kept in stores:
                kept.keep(replace(week, facts=year.week(number).facts))
                if number == 0:
                    kept.first_verified = kept.verified()
        one = [[kept.name, _seconds(kept.writing[0]), _megabytes(kept.sizes[0]),
                _seconds(kept.first_verified)] for kept in stores]  # fmt: skip
        header = ["Store", "Store the run", "Its size", "Verify"]
        about = ABOUT_ONE.format(hosts=len(year.targets), facts=len(taken) / 1000)
        publish("Evidence of one run", about, machine, table(header, one))
        given = weeks * _sent(year)
        about = ABOUT_YEAR.format(weeks=weeks, hosts=len(year.targets), given=given)
        header = ["Store", "Size", "First run", "Each later run", "To store a run",
                  "To verify all", "diff", *(f"Report: {form}" for form in FORMS)]  # fmt: skip
        rows = [_row(kept, estate) for kept in stores]
        publish("A year of evidence", about, machine, table(header, rows))


def _row(kept: Kept, estate: Estate) -> list[str]:
    store, weeks = kept.store, len(kept.runs)
    later = (kept.sizes[-1] - kept.sizes[0]) / max(1, weeks - 1)
    verifying = kept.verified()
    first, last = store.load(kept.runs[0]), store.load(kept.runs[-1])
    comparing = seconds_of(lambda: differences(store, first, last, checks(), {}))
    written = []
    for form in FORMS:
        taken, size = kept.report(estate, form)
        written.append(f"{_seconds(taken)}, {_megabytes(size)}")
    return [kept.name, _megabytes(kept.sizes[-1]), _megabytes(kept.sizes[0]), _megabytes(later),
            _seconds(sum(kept.writing) / weeks), _seconds(verifying), _seconds(comparing),
            *written]  # fmt: skip


def _stores(folder: Path, stack: ExitStack) -> Iterator[Kept]:
    yield Kept("SQLite", Store(folder / "sqlite" / ".govctl" / "runs"))
    if programs() is not None:
        url = stack.enter_context(Server()).database("bench")
        store = Store(folder / "postgresql" / ".govctl" / "runs", url)
        yield Kept("PostgreSQL", store, url, _size_of_database(url))


def _written(store: Store, week: Week, facts: list[tuple[str, bytes]]) -> str:
    with store.begin(week.run.started) as draft:
        for target, text in facts:
            draft.keep_plain(target, text, bundle.LEVEL)
        draft.finish(replace(week.run, id=draft.id))
    return draft.id


def _verified(store: Store) -> None:
    assert check_store(store, None).intact


def _size_of_database(url: str) -> int:
    # The server's databases have no encoding, and would give text as bytes.
    engine = sa.create_engine(url, connect_args={"client_encoding": "utf8"})
    with engine.connect() as connection:
        query = sa.text("SELECT pg_database_size(current_database())")
        size = int(connection.execute(query).scalar_one())
    engine.dispose()
    return size


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def _seconds(taken: float) -> str:
    return f"{taken:.1f} s"


def _sent(year: Year) -> float:
    """Megabytes that come over the network in one week, as bundles are packed."""
    packed = (packed_again(text, bundle.LEVEL) for _name, text in year.week(0).facts)
    return sum(map(len, packed)) / 1e6


def _estate(hosts: int) -> Estate:
    """A province with at least so many machines."""
    communes = [(f"{n:05}", f"Xã {n}", 21.3, 105.3) for n in range(max(1, (hosts - 8) // 2))]
    return examples.estate(communes)
