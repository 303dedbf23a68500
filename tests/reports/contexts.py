"""Runs and contexts for the tests of formats: an estate's, with everything a run can say."""

from __future__ import annotations

from dataclasses import replace

from govctl.evidence.model import Run
from govctl.reports.context import Context
from govctl.reports.material import Material
from govctl.texts import Language, msg
from tests.reports import examples

ESTATE = examples.estate()
CHECKS = examples.checks(20)
WAIVER = "W-7: the vendor's appliance, until 2027-01-01"
EVIL = "=cmd|'/C calc'!A0 </script>]]>&\"{0}[a](b)\x1b[31m\u202e\x00\x9b\ud800\r\n@x"
"""A formula, markup, a placeholder, a link, escapes, hidden characters and a lone surrogate."""


def with_finding(run: Run, number: int, **values: object) -> Run:
    """The run with one finding changed."""
    findings = list(run.findings)
    findings[number] = replace(findings[number], **values)  # type: ignore[arg-type]
    return replace(run, findings=tuple(findings))


def first(run: Run, status: str) -> int:
    """The place of the first finding of a status."""
    return next(n for n, one in enumerate(run.findings) if one.status == status)


def run_of_estate() -> Run:
    """One silent machine, one that is left out, one without a result, one accepted risk."""
    run = examples.run(ESTATE, CHECKS, silent=["edge"], left_out=["hall-07894"])
    run = with_finding(run, first(run, "fail"), waiver=WAIVER)
    return replace(run, targets=(*run.targets, "ghost"))


RUN = run_of_estate()


def context(run: Run = RUN, language: Language = "en", **values: object) -> Context:
    """That of the example estate."""
    baselines = (examples.baseline(),)
    sources = dict.fromkeys(CHECKS, ("sshd", "login.defs"))
    page = Material(run, ESTATE, CHECKS, baselines, sources, examples.observe)
    made = Context(language, CHECKS, 4, ESTATE, baselines, material=lambda: page)
    return replace(made, **values)  # type: ignore[arg-type]


def outside(language: Language = "en", **values: object) -> Context:
    """That of a run that no estate keeps."""
    made = Context(language, CHECKS, 1, baselines=(examples.baseline(),))
    return replace(made, **values)  # type: ignore[arg-type]


def hostile() -> Run:
    """A run in which everything that can come from outside is hostile."""
    found = [
        replace(
            finding,
            target=f"{EVIL}{finding.target}",
            reason=msg("{x}", x=EVIL),
            evidence=(EVIL, ""),
            values=(EVIL,),
            waiver=EVIL if finding.status == "fail" else None,
        )
        for finding in RUN.findings[:40]
    ]
    found += [replace(one, target="plain", waiver=None) for one in found if one.status == "fail"]
    probe = replace(RUN.probes[0], service=EVIL, status="fail", observed=(EVIL,))
    return replace(
        RUN,
        targets=(*dict.fromkeys(one.target for one in found), f"silent {EVIL}"),
        findings=tuple(found),
        probes=(probe,),
        who=f"{EVIL}@{EVIL}",
        command=("govctl", EVIL),
    )
