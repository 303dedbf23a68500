"""How right the verdicts are: against a labelled set, and against OpenSCAP on the same machines."""

from __future__ import annotations

import secrets
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from policies.asked import asked_paths, asked_texts
from policies.catalogue import checks, themes
from scanners.host.collecting import Wanted, wanted
from scanners.host.facts import SOURCES
from tests.benchmarks.accuracy import openscap, report, trees
from tests.benchmarks.accuracy.comparing import (
    Pair,
    compare,
    decided,
    read_decisions,
    shared_values,
)
from tests.benchmarks.accuracy.judging import judged
from tests.benchmarks.accuracy.labelled import COLUMNS, measure
from tests.benchmarks.accuracy.machines import image, started
from tests.benchmarks.accuracy.states import STATES, bring
from tests.benchmarks.figures import DOCUMENT, Publisher, machine_facts, table, version_of
from tests.policies.test_checks import CASES

FOLDER = Path(__file__).parent / "accuracy"
PACKAGES = ("mmdebstrap", "openscap-scanner", "ssg-debderived", "ssg-debian", "ssg-nondebian")


@pytest.fixture
def accuracy(pytestconfig: pytest.Config) -> Publisher:
    document: Path = pytestconfig.getoption("--document")
    place = document.with_name("accuracy.md") if document == DOCUMENT else document
    return Publisher(place, report.HEAD)


def test_labelled(accuracy: Publisher) -> None:
    by_id = {check.id: check for check in checks()}
    whole = measure(by_id.values(), CASES)
    rows = [whole.row(label) for label in ("pass", "fail")]
    matrix = table(["Label", *COLUMNS], rows)
    parts = []
    for theme, ids in themes().items():
        part = measure([by_id[name] for name in ids], CASES)
        wrong = sum(count for (label, verdict), count in part.found.items() if label != verdict)
        counts = [part.checks, part.found.total(), part.awkward, wrong]
        parts.append([theme, *map(str, counts)])
    by_theme = table(["Theme", "Checks", "Cases", "Awkward", "Judged wrongly"], parts)
    about = report.LABELLED.format(checks=whole.checks, cases=whole.found.total(),
                                   awkward=whole.awkward)  # fmt: skip
    accuracy("Labelled set", about, machine_facts(), f"{matrix}\n\n{by_theme}")


@pytest.mark.live
def test_agreement(tmp_path: Path, accuracy: Publisher) -> None:
    install = ["apt-get", "install", "-qq", "--no-install-recommends", *PACKAGES]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, timeout=900)
    facts = f"{machine_facts()}, {version_of('oscap', '--version').split(' Copyright')[0]}"
    pairs = _measure(tmp_path)
    decisions = decided(pairs, read_decisions(FOLDER / "decisions.csv"))
    accuracy("Agreement with OpenSCAP", report.AGREEMENT, facts, report.agreement(pairs, decisions))
    accuracy("Disagreements", report.DISAGREEMENTS, facts, report.disagreements(decisions))
    accuracy("Hardened by others", report.FOREIGN, facts, report.foreign(FOLDER / "foreign.csv"))
    accuracy("Found and repaired", report.FOUND, facts, report.found(FOLDER / "found.csv"))
    assert [pair for pair, decision in decisions if decision is None] == []


@pytest.mark.live
def test_restart(tmp_path: Path, accuracy: Publisher) -> None:
    rows, wishes, facts = checks(), _wishes(), machine_facts()
    tree = tmp_path / "server"
    trees.server(tree)
    lines = []
    with image(tree, tmp_path / "image", "server") as fingerprint:
        for state in (one for one in STATES if one.name in ("textbook", "odd", "hidden", "edges")):
            with started(fingerprint, f"acc-{secrets.token_hex(2)}-{state.name}") as machine:
                bring(machine, state, tmp_path)
                before = judged(machine.facts(wishes), rows)
                machine.restart()
                after = {one.check: one for one in judged(machine.facts(wishes), rows)}
            held = [one.check for one in before if one.status == "pass"]
            gone = [name for name in held if after[name].status == "fail"]
            named = ", ".join(f"`{name}`" for name in gone) or "–"
            lines.append([f"`{state.name}`", str(len(held)), str(len(gone)), named])
    header = ["State", "Passed before", "Fail after", "Which"]
    accuracy("After a restart", report.RESTART, facts, table(header, lines))


def _measure(folder: Path) -> list[Pair]:
    """Every state on a machine of its own, one after the other."""
    rows = checks()
    rules = {rule for check in rows for rule in check.references.get("ssg", ())}
    contents = openscap.prepare(folder, rules, shared_values(rows))
    wishes = _wishes()
    pairs: list[Pair] = []
    with ExitStack() as stack:
        images = _images(folder, stack)
        for state in STATES:
            name = f"acc-{secrets.token_hex(2)}-{state.name}"
            with started(images[state.tree], name) as machine:
                bring(machine, state, folder)
                findings = judged(machine.facts(wishes), rows)
                theirs = openscap.evaluate(machine, contents)
            pairs += compare(state.name, theirs, rows, findings)
    return pairs


def _wishes() -> Wanted:
    rows = checks()
    return wanted(SOURCES, live=True, paths=asked_paths(rows), texts=asked_texts(rows))


def _images(folder: Path, stack: ExitStack) -> dict[str, str]:
    plain, crowded = folder / "server", folder / "crowded"
    trees.server(plain)
    trees.crowded(plain, crowded)
    return {
        tree.name: stack.enter_context(image(tree, folder / f"{tree.name}-image", tree.name))
        for tree in (plain, crowded)
    }
