"""`--format junit`: JUnit XML, for pipelines that show tests; a suite a target, a case a check.

What fails is a failure, what could not be reached an error. What was not judged, is not due, or is
a risk that was accepted is skipped with its reason: none of them counts as passed.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as Xml

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.entries import NO_RESULT, Entry, entries
from govctl.reports.visible import one_line, visible
from govctl.reports.words import SEVERITY_WORDS, STATUS_WORDS
from govctl.texts import msg


def render(run: Run, context: Context) -> bytes:
    """The document as UTF-8; the same run gives the same bytes."""
    found = entries(run, context.checks)
    root = Xml.Element("testsuites", {"name": f"govctl {run.estate or 'scan'}", **_counts(found)})
    for target, of in groupby(found, key=lambda entry: entry.target):
        root.append(_suite(target, tuple(of), run, context))
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(target: str, of: tuple[Entry, ...], run: Run, context: Context) -> Xml.Element:
    suite = Xml.Element(
        "testsuite",
        {
            "name": one_line(target),
            **_counts(of),
            "timestamp": f"{run.started:%Y-%m-%dT%H:%M:%S}",
            "hostname": one_line(target),
        },
    )
    properties = Xml.SubElement(suite, "properties")
    for name, value in _said(run):
        Xml.SubElement(properties, "property", {"name": name, "value": one_line(value)})
    suite.extend([_case(entry, context) for entry in of])
    return suite


def _said(run: Run) -> list[tuple[str, str]]:
    baselines = ", ".join(sorted(run.versions.baselines))
    return [("run", run.id), ("govctl", run.versions.govctl), ("baselines", baselines)]


def _case(entry: Entry, context: Context) -> Xml.Element:
    language = context.language
    title = one_line(entry.title.render(language))
    name = one_line(entry.rule) if entry.severity else f"{one_line(entry.rule)} {title}"
    case = Xml.Element("testcase", {"classname": one_line(entry.target), "name": name})
    outcome = _outcome(entry)
    if outcome is None:
        return case
    word = STATUS_WORDS[entry.status].text.render(language)
    reason = one_line(entry.reason.render(language))
    message = f"{title}: {reason}" if outcome == "failure" else f"{word}: {reason}"
    if entry.accepted:
        accepted = msg("accepted risk").render(language)
        message = f"{accepted}: {one_line(entry.waiver or '')} · {word}: {reason}"
    shown = Xml.SubElement(case, outcome, {"message": message})
    if outcome == "failure":
        shown.set("type", SEVERITY_WORDS[entry.severity].render("en") if entry.severity else word)
        shown.text = _details(entry, context)
    return case


def _details(entry: Entry, context: Context) -> str:
    lines = [entry.title.render(context.language), entry.reason.render(context.language)]
    lines += [*entry.evidence, *entry.values, *entry.requirements]
    return visible("\n".join(lines))


def _outcome(entry: Entry) -> str | None:
    """The element that says how a case came out; None for what passed."""
    if entry.status == "pass":
        return None
    if entry.status == "fail":
        return "skipped" if entry.accepted else "failure"
    return "error" if entry.status == "unreachable" or entry.rule == NO_RESULT else "skipped"


def _counts(found: tuple[Entry, ...]) -> dict[str, str]:
    outcomes = [_outcome(entry) for entry in found]
    return {
        "tests": str(len(found)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
    }
