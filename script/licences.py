"""Does the licence of everything that we import go with Apache-2.0? Prints what does not; exit 1.

Looked at: every distribution that a file of ours imports, and all that those need at run time.
Ansible is GPL: it may be run as a program, and no file of ours may import it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import packages_distributions as distributions_of_modules
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("govctl", "stacks", "playbooks", "policies", "scanners")
RUN_NOT_IMPORTED = frozenset({"ansible"})

# Permissive, or weak copyleft that an import does not extend to us. LGPL (paramiko): imported at
# run time and replaceable by whoever installs it, which is what its sections 4 and 6 ask for.
ALLOWED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla Public|LGPL"
    r"|Lesser General Public|Unlicense|Zlib|CC0)\b",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\b(A?GPL|(?<!Lesser )General Public License|SSPL|Proprietary)\b", re.IGNORECASE
)


def compatible(licence: str) -> bool:
    """True if what a distribution says of its licence allows the import.

    Of alternatives (`A or B`) one is enough; of what holds together (`A and B`) every part counts.
    """
    alternatives = re.split(r"\s+or\s+(?!later)", licence, flags=re.IGNORECASE)
    return any(_all_allowed(alternative) for alternative in alternatives)


def _all_allowed(licence: str) -> bool:
    parts = re.split(r"\s+and\s+|;", licence, flags=re.IGNORECASE)
    named = [part for part in parts if part.strip(" ()")]
    return bool(named) and all(
        ALLOWED.search(part) is not None and FORBIDDEN.search(part) is None for part in named
    )


def licence_of(found: Distribution) -> str:
    """What the distribution says: the expression, else its classifiers, else the field."""
    expression = found.metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = found.metadata.get_all("Classifier") or []
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License ::")]
    named = [name for name in named if name != "OSI Approved"]
    if named:
        return "; ".join(named)
    return str(found.metadata.get("License") or "").partition("\n")[0]


def imported_modules(source: str) -> Iterator[str]:
    """The top-level names of the absolute imports of a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def modules_of_ours(root: Path = ROOT) -> dict[str, Path]:
    """Every module from outside that our rooms import, with a file that does it."""
    ours = set(ROOMS) | sys.stdlib_module_names
    found: dict[str, Path] = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            for name in imported_modules(path.read_text(encoding="utf-8")):
                if name not in ours:
                    found.setdefault(name, path.relative_to(root))
    return found


def with_requirements(names: Iterable[str]) -> dict[str, Distribution]:
    """The installed distributions of these names, and of all they need here, extras left out."""
    found: dict[str, Distribution] = {}
    queue = list(names)
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        needs = [Requirement(line) for line in found[name].requires or ()]
        queue += [
            need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})
        ]
    return found


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong, a line each."""
    modules = modules_of_ours(root)
    wrong = [
        f"{path}: imports {name}, which is to be run as a program only"
        for name, path in modules.items()
        if name in RUN_NOT_IMPORTED
    ]
    known = distributions_of_modules()
    wrong += [
        f"{path}: imports {name}, which no installed distribution has"
        for name, path in modules.items()
        if name not in known
    ]
    used = {
        dist for name in modules if name not in RUN_NOT_IMPORTED for dist in known.get(name, ())
    }
    for name, found in sorted(with_requirements(used).items()):
        licence = licence_of(found)
        if not compatible(licence):
            wrong.append(f"{name} {found.version}: licence {licence or 'unknown'!r}")
    return wrong


def main() -> int:
    wrong = problems()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
