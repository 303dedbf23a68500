"""The rules of a SARIF log: one a check, with help that says how it is judged and who closes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import escape

from govctl.reports import explained
from govctl.reports.context import Context
from govctl.reports.entries import Entry, title_of
from govctl.reports.sarif_taxonomies import Taxonomies, named
from govctl.reports.visible import visible
from govctl.texts import msg
from policies.model import Check, Severity

LEVELS: Mapping[Severity | None, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    None: "error",
}
"""SARIF has four levels; a service that does not answer is an error."""
_SCORES: Mapping[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
"""`security-severity`: the middle of the band in which GitHub calls it by the same word."""


def rules(found: Iterable[Entry], context: Context, taxonomies: Taxonomies) -> list[dict[str, Any]]:
    """A rule for whatever the entries name, by id."""
    first: dict[str, Entry] = {}
    for entry in found:
        first.setdefault(entry.rule, entry)
    return [_rule(first[name], context, taxonomies) for name in sorted(first)]


def _rule(entry: Entry, context: Context, taxonomies: Taxonomies) -> dict[str, Any]:
    check = context.checks.get(entry.rule)
    title = title_of(check, entry.rule) if check or entry.severity else entry.title
    text = visible(title.render(context.language))
    lines = _help(entry.rule, check, context)
    rule: dict[str, Any] = {
        "id": visible(entry.rule),
        "shortDescription": {"text": text},
        "fullDescription": {"text": "\n".join((text, *lines[:1]))},
        "help": {"text": "\n".join((text, *lines)), "markdown": _markdown(text, lines)},
        "defaultConfiguration": {"level": LEVELS[check.severity if check else entry.severity]},
        "properties": _properties(check, entry),
    }
    relationships = taxonomies.of_check(check) if check else []
    return {**rule, "relationships": relationships} if relationships else rule


def _help(name: str, check: Check | None, context: Context) -> list[str]:
    if check is None:
        return []
    language = context.language
    lines = [*explained.judged(check, language=language), *explained.due(check, language)]
    lines.append(explained.fixed(check, language))
    references = named(check.references)
    if references:
        lines.append(references)
    lines.append(msg("more: govctl check show {check}", check=name).render(language))
    return [visible(line.strip()) for line in lines]


def _markdown(text: str, lines: Iterable[str]) -> str:
    return "\n".join([f"**{_plain(text)}**", "", *(f"- {_plain(line)}" for line in lines)])


def _plain(text: str) -> str:
    """The text so that Markdown shows it as it is."""
    shown = str(escape(text.replace("\n", " ")))
    return "".join(f"\\{sign}" if sign in "\\`*_[]|~#!" else sign for sign in shown)


def _properties(check: Check | None, entry: Entry) -> dict[str, Any]:
    severity = check.severity if check else entry.severity
    found: dict[str, Any] = {"tags": ["security", "hardening"] if check else ["availability"]}
    if severity:
        found |= {"security-severity": _SCORES[severity], "severity": severity}
    if check and check.fix:
        found["fix"] = check.fix
    return found
