"""Tests of a site's own, written for testinfra.

They are asked on the machine itself, not of facts (see `govctl.pipeline.site_tests`).
"""

from __future__ import annotations

from govctl.texts import msg
from policies.families import Args, family
from policies.families._verdicts import not_evaluated
from policies.model import Verdict


class TestArgs(Args):
    """Where the test stands."""

    __test__ = False

    folder: str
    test: str
    """`<module>::<test>`."""


@family("testinfra", needs=(), args=TestArgs)
def testinfra(args: TestArgs) -> Verdict:
    """A test of the site's own passes on the running machine."""
    return not_evaluated(msg("{test} needs a running machine", test=args.test))
