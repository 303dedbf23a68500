"""A pytest plugin: what each test of a site is, and what came of it, one JSON object a line.

`GOVCTL_SITE_RESULTS` names the file. Only pytest imports this module.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_LINES = 12
_LONGEST = 300


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell every test, so that one that never ends is missed."""
    for item in session.items:
        _tell({"test": _name(item), "text": _text(item)})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Iterator[None]:  # a generator, as wrappers are
    """Tell how each step of a test ended."""
    report = yield
    _tell({"test": _name(item), **_outcome(report, call)})
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Tell a file that cannot be read."""
    if report.failed:
        _tell({"broken": report.nodeid, "reason": _last(report.longreprtext)})


def _outcome(report: Any, call: pytest.CallInfo[Any]) -> dict[str, Any]:
    error = call.excinfo
    if error is None:
        done = report.when == "call"
        return {"status": "pass"} if done else {}
    lines = [line[1:].strip() for line in report.longreprtext.splitlines() if line[:2] == "E "]
    said = {"reason": error.exconly().splitlines()[0][:_LONGEST], "evidence": lines[:_LINES]}
    if error.errisinstance(pytest.skip.Exception):
        return {"status": "skipped", **said}
    judged = report.when == "call" and error.errisinstance((AssertionError, pytest.fail.Exception))
    return {"status": "fail" if judged else "error", **said}


def _name(item: pytest.Item) -> str:
    """`test_vpn::test_running`, without the host that testinfra adds."""
    name = item.name
    call = getattr(item, "callspec", None)
    host = call.params.get("_testinfra_host") if call else None
    if host is not None:
        known = host.backend.get_pytest_id()
        for form in (f"[{known}]", f"{known}-", f"-{known}"):
            if form in name:
                name = name.replace(form, "", 1)
                break
    return f"{item.path.stem}::{name}"


def _text(item: pytest.Item) -> str:
    doc = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return str(doc).strip().split("\n")[0]


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("E ")] or text.splitlines()
    return lines[-1].removeprefix("E").strip()[:_LONGEST] if lines else ""


def _tell(row: dict[str, Any]) -> None:
    with Path(os.environ["GOVCTL_SITE_RESULTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
