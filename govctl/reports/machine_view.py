"""One machine of the page: its findings by status, and the raw output that they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from govctl.reports.coverage import Reach
from govctl.reports.excerpt import Excerpt, excerpt
from govctl.reports.material import Material, Observation
from govctl.reports.tree import Tree
from govctl.texts import Message
from policies.model import Finding, Status
from policies.rollup import tally


@dataclass(frozen=True)
class SameAnswer:
    """Findings that share status and reason, e.g. all checks of a silent host."""

    reason: Message
    findings: tuple[Finding, ...]


def alike(findings: tuple[Finding, ...]) -> tuple[SameAnswer, ...]:
    """The findings put together by their reason, most frequent first."""

    def words(finding: Finding) -> str:
        return finding.reason.render("en")

    groups = (tuple(group) for _words, group in groupby(sorted(findings, key=words), key=words))
    answers = [SameAnswer(group[0].reason, group) for group in groups]
    return tuple(sorted(answers, key=lambda answer: -len(answer.findings)))


class MachineView:
    """What the template asks of one machine; made when the template reaches it, then let go."""

    def __init__(
        self, material: Material, tree: Tree, target: str, anchor: str, chars: int
    ) -> None:
        self.id = target
        self.anchor = anchor
        self.findings = tree.findings(target)
        self.tally = tally(self.findings)
        self.reach: Reach = tree.reach(target)
        known = target not in tree.strangers
        self.machine = tree.estate.machine(target) if known else None
        self.hardened = material.hardened.get(target)
        self.patched = material.patched.get(target)
        self._sources = material.sources
        self._seen = material.observe(target)
        self._named: dict[str, list[str]] = {}
        for name, seen in self._seen.items():
            for known_as in dict.fromkeys((name, *seen.globs)):
                self._named.setdefault(known_as, []).append(name)
        self._chars = chars

    def by_status(self, status: Status) -> tuple[Finding, ...]:
        """Its findings of one status, gravest first."""
        return tuple(finding for finding in self.findings if finding.status == status)

    def alike(self, status: Status) -> tuple[SameAnswer, ...]:
        """Its findings of one status, those with the same reason together."""
        return alike(self.by_status(status))

    @cached_property
    def sources(self) -> Mapping[str, int]:
        """Names of the observations behind its findings, numbered for anchors."""
        names = {name for finding in self.findings for name in self.sources_of(finding)}
        return {name: number for number, name in enumerate(sorted(names))}

    def sources_of(self, finding: Finding) -> tuple[str, ...]:
        """The observations that one verdict was read from."""
        wanted = self._sources.get(finding.check, ())
        return tuple(dict.fromkeys(name for one in wanted for name in self._named.get(one, ())))

    def quoted(self, finding: Finding) -> tuple[tuple[str, Excerpt], ...]:
        """The observations that have lines about one finding, with these lines."""
        if not finding.evidence:
            return ()
        parts = ((name, self.excerpt(name, finding)) for name in self.sources_of(finding))
        return tuple((name, part) for name, part in parts if part.lines)

    def unquoted(self, finding: Finding) -> tuple[str, ...]:
        """The others that its verdict was read from: they stand once, under the machine."""
        quoted = {name for name, _part in self.quoted(finding)}
        return tuple(name for name in self.sources_of(finding) if name not in quoted)

    def observation(self, name: str) -> Observation:
        """One observation by name."""
        return self._seen[name]

    def excerpt(self, name: str, finding: Finding | None = None) -> Excerpt:
        """The lines to show of one observation, those that verdicts quote marked.

        For one finding only the lines about it: the rest stands once, under the machine.
        """
        findings = (finding,) if finding else self.findings
        quotes = {line for each in findings for line in each.evidence}
        lines = max(6, self._chars // 60)
        return excerpt(self._seen[name].text, quotes, lines, self._chars, beginning=not finding)
