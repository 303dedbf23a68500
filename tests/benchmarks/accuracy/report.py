"""The tables and sentences of docs/accuracy.md."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.accuracy.comparing import KINDS, Decision, Pair, count
from tests.benchmarks.accuracy.states import STATES
from tests.benchmarks.figures import table

HEAD = """\
# Accuracy

Written by `script/bench -k accuracy`; only who is right (`tests/benchmarks/accuracy/decisions.csv`)
and what was repaired (`found.csv` beside it) is entered by hand.
"""
LABELLED = """\
The cases that every check must own (`tests/policies/cases`), judged by the real code: {checks}
checks, {cases} cases. {awkward} of them are awkward, beyond one that passes and one that fails:
other words for the same, later overrides, defaults, values that no program takes. A row is what a
person said, a column what was judged. Since tests hold these cases, nothing but the diagonal is
what a release has; what the set cannot show is what nobody thought of: for that there are the
machines."""
AGREEMENT = """\
Rule by rule, on containers of Debian 12 that were brought into these states by scripts
(`tests/benchmarks/accuracy/states`). OpenSCAP judges inside the machine with the content of
Debian's packages (0.1.65): a rule is asked of the stream for Debian 11, else of that for Ubuntu
22.04, else, where it only asks for files or kernel settings, of that for RHEL 8, with one line
removed from a copy: the one by which it refuses other releases. Both sides ask for the same values,
ours. A rule that several of our checks answer has the worst of their verdicts. *Merged*: one check
of ours answers several rules (owner, group and mode of a file) and OpenSCAP fails another of them.
Both are asked as if the container owned its kernel; without that we say `not-applicable`, and why.
Kernel audit rules cannot be read in a container: both judge the files.

*We do not judge*: `not-applicable` or `not-evaluated`, with the reason (a file that does not exist,
a server that is not installed, a configuration that its program refuses to load)."""
DISAGREEMENTS = """\
Every rule on which one side says `pass` and the other `fail`, decided by hand on the machine.
*both*: two questions under one name, each answered rightly. Where the rival was right we repaired
ours, so that it no longer stands here but at the end. Who decides is who wrote one of the two
judges: each row has its reason so that others can check it."""
FOREIGN = """\
The role that hardens the state `foreign` also judges what it did. Where it says `pass` and we say
`fail` on the same clause (its benchmark is that of Ubuntu 22.04), somebody looked at the machine:
we know of no false failure there. What the role leaves to people, half of its rules, fails in our
eyes as it should."""
RESTART = """\
The same machines judged, restarted, and judged again: what passed for now and for the next boot
must still pass. A check that asks only for what is in force now (a ruleset somebody loaded by hand)
may fail afterwards; those are named."""
FOUND = """\
Wrong verdicts of ours that these machines showed, and what became of them."""


def agreement(pairs: Sequence[Pair], decisions: Sequence[tuple[Pair, Decision | None]]) -> str:
    """States and how often both agree; then the sums, and who was right."""
    rows = []
    for state in STATES:
        here = [pair for pair in pairs if pair.state == state.name]
        counts = count(here)
        rows.append([f"`{state.name}`: {state.about}", str(len(here)),
                     *(str(counts[kind]) for kind in KINDS)])  # fmt: skip
    counts = count(pairs)
    rows.append(["all", str(len(pairs)), *(str(counts[kind]) for kind in KINDS)])
    header = ["State", "Rules", *(name.capitalize() for name in KINDS)]
    right = Counter(one.right if one else "undecided" for _pair, one in decisions)
    agreed = counts["pass"] + counts["fail"] + counts["merged"]
    asked = agreed + counts["differ"]
    lines = [
        f"{len({pair.rule for pair in pairs})} rules; {asked} verdicts on both sides, "
        f"{agreed} agree ({agreed / asked:.1%}).",
        "",
        table(["Right where they differ", "Verdicts", "Rules"], [
            [who, str(number), str(len({pair.rule for pair, one in decisions
                                        if (one.right if one else "undecided") == who}))]
            for who, number in right.most_common()
        ]),
    ]  # fmt: skip
    return table(header, rows) + "\n\n" + "\n".join(lines)


def disagreements(decisions: Sequence[tuple[Pair, Decision | None]]) -> str:
    """One row for a rule and a reason, with the states that show it."""
    states: dict[tuple[str, ...], list[str]] = {}
    for pair, one in decisions:
        who = (one.right, one.why) if one else ("undecided", "; ".join(pair.reasons))
        states.setdefault((pair.rule, pair.theirs, pair.ours, *who), []).append(pair.state)
    rows = [
        [f"`{rule}`", " ".join(where), theirs, ours, right, why]
        for (rule, theirs, ours, right, why), where in sorted(states.items())
    ]
    return table(["Rule", "States", "OpenSCAP", "govctl", "Right", "Why"], rows)


def found(path: Path) -> str:
    """The table of what was wrong."""
    return _entered(path, ("check", "verdict", "wrong", "now"))


def foreign(path: Path) -> str:
    """The table of clauses on which the role and we differ."""
    return _entered(path, ("clause", "check", "right", "why"))


def _entered(path: Path, names: Sequence[str]) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[row[name] for name in names] for row in csv.DictReader(file)]
    return table([name.capitalize() for name in names], rows)
