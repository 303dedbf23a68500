"""A verdict that changed is put down to the host, the baseline and its values, or the tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from govctl.errors import UsageError
from govctl.evidence import Run, Store
from govctl.pipeline.comparing import compared
from govctl.pipeline.differences import Differences, differences
from govctl.pipeline.identity import another_machine, digests_of, identities
from policies.catalogue import checks
from policies.judge import judge
from policies.model import Check, Status
from policies.target import TargetContext
from scanners.host import bundle
from scanners.host.collect import facts_from, scan_tree
from tests.cli.trees import CHECK, tree
from tests.reports import examples

RUN = examples.run(examples.estate(), examples.checks())
ROW = next(check for check in checks() if check.id == CHECK)
CONTEXT = TargetContext()
IDS = ("20261121T000000.000Z-000001", "20261122T000000.000Z-000002")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "estate" / ".govctl" / "runs")


def scanned(root: Path, option: str, machine: str = "0" * 32) -> bundle.Bundle:
    """A tree of files as it was looked at."""
    tree(root, option)
    (root / "etc/machine-id").write_text(machine + "\n")
    facts = scan_tree(root, "web")
    return bundle.Bundle("web", "2026-11-22T00:00:00+00:00", facts.raw)


def kept(
    store: Store, number: int, taken: bundle.Bundle, rows: list[Check], *, govctl: str = "0.1.0",
    values: tuple[str, ...] = (),
) -> Run:  # fmt: skip
    """A run of one host, judged by these rows."""
    facts = facts_from(taken.raw, "web", taken.taken_at)
    found = [replace(one, values=values) for one in judge(facts, rows, CONTEXT)]
    run = replace(
        RUN, id=IDS[number], targets=("web",), findings=tuple(found), probes=(),
        versions=replace(RUN.versions, govctl=govctl),
    )  # fmt: skip
    with store._draft(run.id) as draft:
        draft.keep("web", bundle.dump(taken))
        draft.attach("identities", identities({"web": facts}))
        draft.attach("rows", digests_of(rows))
        draft.finish(run)
    return run


def found(store: Store, first: Run, second: Run, rows: list[Check] | None = None) -> Differences:
    known: list[Check] = [ROW] if rows is None else rows
    return differences(store, first, second, known, {"web": CONTEXT})


def test_the_host_changed(store: Store, tmp_path: Path) -> None:
    one = kept(store, 0, scanned(tmp_path / "a", "no"), [ROW])
    other = kept(store, 1, scanned(tmp_path / "b", "yes"), [ROW])
    result = found(store, one, other)
    (changed,) = result.changed
    assert (changed.before.status, changed.after.status) == ("pass", "fail")
    assert (changed.causes, changed.certain) == (("host",), True)
    (host,) = result.hosts
    assert host.files["/etc/ssh/sshd_config"] == "changed"


def test_nothing_changed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "no")
    result = found(store, kept(store, 0, taken, [ROW]), kept(store, 1, taken, [ROW]))
    assert not result.any
    assert result.hosts == ()
    assert result.rows == ()


def stored(run: Run, status: Status) -> Run:
    """The run with another verdict, as other rows or values would have given."""
    return replace(run, findings=tuple(replace(f, status=status) for f in run.findings))


def test_the_row_changed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "yes")
    one = kept(store, 0, taken, [ROW])
    other = stored(kept(store, 1, taken, [replace(ROW, severity="low")]), "pass")
    (changed,) = found(store, one, other).changed
    assert (changed.causes, changed.certain) == (("tool",), True)
    assert found(store, one, other).rows == (CHECK,)


def test_govctl_changed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "yes")
    one = kept(store, 0, taken, [ROW])
    other = stored(kept(store, 1, taken, [ROW], govctl="0.2.0"), "pass")
    assert found(store, one, other).changed[0].causes == ("tool",)


def test_a_value_changed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "yes")
    one = kept(store, 0, taken, [ROW], values=("maximum 3 (estate)",))
    other = stored(kept(store, 1, taken, [ROW], values=("maximum 5 (estate)",)), "pass")
    assert found(store, one, other).changed[0].causes == ("baseline",)


def test_nothing_but_the_time_changed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "yes")
    one = kept(store, 0, taken, [ROW])
    other = stored(kept(store, 1, taken, [ROW]), "pass")
    assert found(store, one, other).changed[0].causes == ("time",)


def test_where_host_and_tool_changed_the_first_facts_are_judged_again(
    store: Store, tmp_path: Path
) -> None:
    one = kept(store, 0, scanned(tmp_path / "a", "no"), [ROW])
    other = kept(store, 1, scanned(tmp_path / "b", "yes"), [ROW], govctl="0.2.0")
    (changed,) = found(store, one, other).changed
    assert (changed.causes, changed.certain) == (("host",), True)
    (changed,) = found(store, stored(one, "not-applicable"), other).changed
    assert set(changed.causes) == {"host", "tool"}


def test_what_cannot_be_judged_again_is_said_to_be_uncertain(store: Store, tmp_path: Path) -> None:
    one = kept(store, 0, scanned(tmp_path / "a", "no"), [ROW])
    other = kept(store, 1, scanned(tmp_path / "b", "yes"), [ROW], govctl="0.2.0")
    (changed,) = differences(store, one, other, [ROW], {}).changed
    assert (set(changed.causes), changed.certain) == ({"host", "tool"}, False)


def test_another_machine_is_not_compared(store: Store, tmp_path: Path) -> None:
    one = kept(store, 0, scanned(tmp_path / "a", "no", "a" * 32), [ROW])
    other = kept(store, 1, scanned(tmp_path / "b", "yes", "b" * 32), [ROW])
    result = found(store, one, other)
    assert result.refused == {"web": "machine-id"}
    assert result.changed == ()
    with pytest.raises(UsageError, match="other machines: web: machine-id"):
        compared(tmp_path, store, one.id, other.id)


def test_the_machine_id_itself_is_not_kept(store: Store, tmp_path: Path) -> None:
    kept(store, 0, scanned(tmp_path / "a", "no", "c" * 32), [ROW])
    said = store.document(IDS[0], "identities")["web"]
    assert len(said["machine_id"]) == 64
    assert "c" * 32 not in str(said)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (("a", ["1"]), ("a", ["1"]), ""),
        (("a", ["1", "2"]), ("a", ["2", "3"]), ""),
        (("a", ["1"]), ("b", ["1"]), "machine-id"),
        (("a", ["1"]), ("a", ["2"]), "SSH host keys"),
        ((None, ["1"]), ("b", ["1"]), ""),
        (("a", []), ("a", ["2"]), ""),
    ],
)
def test_who_is_who(
    before: tuple[str | None, list[str]], after: tuple[str | None, list[str]], why: str
) -> None:
    one, other = ({"machine_id": m, "host_keys": k} for m, k in (before, after))
    assert another_machine(one, other) == why
    assert another_machine(None, other) == ""


def test_checks_and_machines_of_one_run_alone_are_listed(store: Store, tmp_path: Path) -> None:
    taken = scanned(tmp_path / "a", "no")
    second = next(check for check in checks() if check.id != CHECK)
    one = kept(store, 0, taken, [ROW])
    other = kept(store, 1, taken, [ROW, second])
    result = found(store, replace(one, targets=("web", "old")), other)
    assert (result.asked, result.dropped) == ((second.id,), ())
    assert result.only_first == ("old",)
    assert result.any
