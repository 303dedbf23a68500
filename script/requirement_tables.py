"""Write the tables of who answers the requirements into README.md and docs/coverage.md, and what
hardening closes into the latter, or check that they are up to date.

requirement_tables.py            write them
requirement_tables.py --check    change nothing; exit 1 if one is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from policies.answers import Coverage, coverage
from policies.catalogue import shipped
from policies.requirements import load, names
from policies.unfixed import WORDS

ROOT = Path(__file__).resolve().parent.parent
_CHANGEABLE = ("decision", "service")
"""Reasons that are about people and services; what the others name no role could change."""
FILES = {"README.md": "short", "docs/coverage.md": "long"}
_BETWEEN = re.compile(r"(<!-- requirements -->\n).*?(<!-- end -->)", re.DOTALL)
_FIXES = re.compile(r"(<!-- fixes -->\n).*?(<!-- end of fixes -->)", re.DOTALL)
_HEADER = """\
| Requirements of | Level | Automated | Attested | Open | In all |
| --- | --- | --- | --- | --- | --- |
"""


def table(name: str) -> str:
    """One baseline's levels."""
    rows = []
    for level in load(name).levels:
        found = coverage(load(name), level, shipped())
        counts = (len(found.automated), len(found.attested), len(found.open), found.total)
        rows.append(f"| `{name}` | {level} | {' | '.join(map(str, counts))} |\n")
    return "".join(rows)


def open_ones(name: str) -> str:
    """The keys that nothing answers yet, with the levels that ask for them."""
    levels: dict[str, list[int]] = {}
    texts: dict[str, str] = {}
    for level in load(name).levels:
        found: Coverage = coverage(load(name), level, shipped())
        for row in found.open:
            levels.setdefault(row.key, []).append(level)
            texts[row.key] = row.text["en"]
    rows = (f"| `{key}` | {_span(levels[key])} | {texts[key]} |\n" for key in sorted(levels))
    return (f"\n### Open in `{name}`\n\n| Key | Levels | Requirement |\n| --- | --- | --- |\n"
            + "".join(rows))  # fmt: skip


def _span(levels: list[int]) -> str:
    if levels == list(range(levels[0], levels[-1] + 1)) and len(levels) > 1:
        return f"{levels[0]}–{levels[-1]}"
    return ", ".join(map(str, levels))


def fixes() -> str:
    """How many rows hardening closes, and why it does not close the others."""
    rows = shipped()
    reasons = Counter(check.no_fix for check in rows if check.fix is None)
    fixed = len(rows) - reasons.total()
    changeable = fixed + sum(reasons[one] for one in _CHANGEABLE)
    lines = [
        f"| closed by a role | {fixed} |",
        *(f"| {WORDS[one].render('en')} (`{one}`) | {count} |"
          for one, count in reasons.most_common() if one),
    ]  # fmt: skip
    share = f"\n{fixed} of the {changeable} rows that a running host could change: "
    share += f"{100 * fixed / changeable:.0f} %.\n"
    return "\n| Rows | In all |\n| --- | --- |\n" + "\n".join(lines) + "\n" + share + "\n"


def content(kind: str) -> str:
    """What stands between the marks of a file."""
    tables = "\n" + _HEADER + "".join(table(name) for name in names())
    return tables + ("".join(open_ones(name) for name in names()) if kind == "long" else "") + "\n"


def written(text: str, kind: str) -> str:
    """A file's text with its tables brought up to date."""
    text = _FIXES.sub(lambda found: found[1] + fixes() + found[2], text)
    return _BETWEEN.sub(lambda found: found[1] + content(kind) + found[2], text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, report")
    options = parser.parse_args()
    stale = []
    for name, kind in FILES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        if written(text, kind) != text:
            stale.append(name)
            if not options.check:
                path.write_text(written(text, kind), encoding="utf-8")
    for name in stale:
        print(name, file=sys.stderr)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
