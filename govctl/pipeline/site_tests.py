"""Tests that a site wrote for testinfra: found in its folder, run on the machines, made findings.

A test that fails is a `fail`. Whatever else happens (an error, a skip, no time left, no such
program) is `not-evaluated` with its reason.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from govctl.errors import InputError, MissingPrerequisite, Problem
from govctl.pipeline.events import Stage, Watcher
from govctl.pipeline.site_ssh import TARGET, write_config
from govctl.texts import Message, _, msg
from policies.families._verdicts import not_evaluated
from policies.model import Check, Finding, Verdict
from scanners.host.reach.address import HostAddress, Place

FAMILY = "testinfra"
SECONDS = 600
"""For all tests of a folder on one machine."""
WORKERS = 4
"""Machines at once: each takes an interpreter and an ssh."""
_PLUGIN = "govctl.pipeline.site_plugin"
_COLLECT_SECONDS = 60
_HOME = str(Path(__file__).resolve().parents[2])
Row = Mapping[str, Any]


def found_in(folder: Path) -> tuple[Check, ...]:
    """A check for every test in a folder's `test_*.py`; InputError if a file cannot be read."""
    if not any(folder.glob("test_*.py")):
        return ()
    if find_spec("testinfra") is None:
        message = _("{folder} holds tests, and testinfra is not installed", folder=folder)
        raise MissingPrerequisite(message, hint="pip install 'govctl[tests]'")
    with tempfile.TemporaryDirectory(prefix="govctl-") as work:
        options = ["--collect-only", "--hosts=local://"]
        rows, said = _pytest(folder, options, Path(work), _COLLECT_SECONDS)
    broken = [row for row in rows if "broken" in row]
    if broken:
        raise InputError([Problem(folder / row["broken"], 0, 0, row["reason"]) for row in broken])
    checks = {row["test"]: _check(folder, row) for row in rows if "test" in row}
    if not checks:
        message = said or _("there is no test in it")
        raise InputError([Problem(folder, 0, 0, message)])
    return tuple(checks.values())


def ask(
    checks: Iterable[Check],
    findings: Sequence[Finding],
    places: Mapping[str, Place],
    tell: Watcher | None = None,
) -> list[Finding]:
    """The findings, with what the tests said of each machine that was reached.

    `findings` hold the tests' checks as the judge left them: not evaluated, or unreachable.
    """
    tests = {check.id: check for check in checks if check.family == FAMILY}
    waiting = {
        number: (one.target, Path(tests[one.check].args["folder"]))
        for number, one in enumerate(findings)
        if one.check in tests and one.status == "not-evaluated" and one.target in places
    }
    visits = sorted(set(waiting.values()))
    if visits and tell is not None:
        tell(Stage(msg("Running the site's own tests"), len(visits)))
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        said = pool.map(lambda visit: _verdicts(visit[1], places[visit[0]]), visits)
        verdicts = dict(zip(visits, said, strict=True))
    settled = list(findings)
    for number, visit in waiting.items():
        one = findings[number]
        verdict = verdicts[visit].get(one.check) or verdicts[visit][""]
        settled[number] = replace(
            one, status=verdict.status, reason=verdict.reason, evidence=verdict.evidence
        )
    return settled


def _check(folder: Path, row: Row) -> Check:
    text = row["text"] or row["test"]
    return Check(
        id=row["test"],
        family=FAMILY,
        args={"folder": str(folder.resolve()), "test": row["test"]},
        severity="medium",
        text={"en": text, "vi": text},
        answers=(),
        references={},
        fix=None,
    )


def _verdicts(folder: Path, place: Place) -> dict[str, Verdict]:
    """What a folder's tests say of one machine, by test; `""` is for one that said nothing."""
    if place.sudo_password is not None:
        reason = msg("testinfra cannot answer a sudo that asks")
        return {"": not_evaluated(reason)}
    with tempfile.TemporaryDirectory(prefix="govctl-") as work:
        options = _options(place, Path(work))
        rows, said = _pytest(folder, options, Path(work), SECONDS)
        _hang_up(Path(work))
    verdicts: dict[str, Verdict] = {}
    for row in rows:
        verdict = _verdict(row)
        if verdict is not None and _weight(verdict) > _weight(verdicts.get(row["test"])):
            verdicts[row["test"]] = verdict
    silent = Message("{reason}", {"reason": said}) if said else msg("the test gave no result")
    return {**verdicts, "": not_evaluated(silent)}


def _weight(verdict: Verdict | None) -> int:
    """An error before or after a test spoils its pass, not its failure."""
    order = (None, "pass", "not-evaluated", "fail")
    return order.index(verdict.status if verdict else None)


def _verdict(row: Row) -> Verdict | None:
    status = row.get("status")
    if status is None:
        return None
    evidence = tuple(row.get("evidence", ()))
    if status == "pass":
        return Verdict("pass", msg("the test passes"))
    reason = row["reason"]
    if status == "fail":
        return Verdict("fail", msg("the test fails: {reason}", reason=reason), evidence)
    if status == "skipped":
        return not_evaluated(msg("the test was skipped: {reason}", reason=reason))
    return not_evaluated(msg("the test broke: {reason}", reason=reason), evidence)


def _options(place: Place, work: Path) -> list[str]:
    if not isinstance(place, HostAddress):
        sudo = place.sudo and os.geteuid() != 0
        return ["--hosts=local://", *(["--sudo"] if sudo else [])]
    config = write_config(place, work)
    sudo = place.sudo and place.user != "root"
    return [
        f"--hosts=ssh://{TARGET}",
        f"--ssh-config={config}",
        "--ssh-extra-args=-o ControlMaster=auto",  # else testinfra leaves connections open
        *(["--sudo"] if sudo else []),
    ]


def _hang_up(work: Path) -> None:
    """End the connections that the tests shared."""
    config = work / "ssh_config"
    if config.exists():
        quiet = subprocess.DEVNULL
        subprocess.run(["ssh", "-F", config, "-O", "exit", TARGET], stdin=quiet, stdout=quiet,
                       stderr=quiet, timeout=20, check=False)  # fmt: skip


def _pytest(
    folder: Path, options: Sequence[str], work: Path, seconds: float
) -> tuple[list[Row], str]:
    """Run pytest; what the plugin told, and the last that pytest itself said if that was wrong."""
    folder = folder.resolve()
    results, settings, log = work / "results", work / "pytest.ini", work / "log"
    settings.write_text("[pytest]\n", encoding="utf-8")
    words: list[str | Path] = [
        *(sys.executable, "-m", "pytest", "-q", "-c", settings, "--rootdir", folder),
        *("-p", _PLUGIN, "-p", "no:cacheprovider"),
        *options,
        *sorted(folder.glob("test_*.py")),
    ]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        "GOVCTL_SITE_RESULTS": str(results),
        "PYTHONPATH": os.pathsep.join(filter(None, [_HOME, os.environ.get("PYTHONPATH")])),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with log.open("wb") as output:
        status = _run(words, work, environment, output, seconds)
    rows = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    if status is None:
        return _read(rows), _("no end within {seconds} s", seconds=round(seconds))
    tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return _read(rows), tail[-1][:300] if status > 1 and tail else ""


def _run(
    words: Sequence[str | Path],
    work: Path,
    environment: Mapping[str, str],
    output: Any,
    seconds: float,
) -> int | None:
    """The exit status; None if the time ended it, with everything it had started."""
    child = subprocess.Popen(
        words,
        cwd=work,  # Python looks for modules where it is started: not where anybody may write
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=environment,
        start_new_session=True,
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _read(lines: Iterable[str]) -> list[Row]:
    """What the plugin told; a line that was cut off says nothing."""
    rows: list[Row] = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
