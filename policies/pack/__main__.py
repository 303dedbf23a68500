"""The policy pack that Pulumi's engine runs before each preview and update."""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from govctl.parent import leave_with_parent, write_at_once
from govctl.texts import language_of_locale, use_language
from policies.pack.rules import RULES, Planned, Rule

PACK = "govctl"


def _policy(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        planned = Planned(args.resource_type, args.name, args.urn, args.props)
        for reason in rule.judge(planned):
            report(reason.render(), None)

    return ResourceValidationPolicy(
        name=rule.id, description=rule.text.render("en"), validate=validate
    )


def serve() -> None:
    """Register the pack with the engine that started this process, in the language of the run."""
    use_language(language_of_locale())
    PolicyPack(
        name=PACK,
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[_policy(rule) for rule in RULES],
    )


def main() -> None:
    """Entry point of `govctl-plan-policies ENGINE`: Pulumi's own launcher runs this folder."""
    leave_with_parent()
    write_at_once()
    sys.argv = [sys.argv[0], *sys.argv[1:2], str(Path(__file__).parent)]
    import pulumi.policy.__main__  # noqa: F401, PLC0415 - importing the launcher runs it


if __name__ == "__main__":
    serve()
