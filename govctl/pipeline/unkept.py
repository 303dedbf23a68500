"""What the reports of a run outside any estate are made from, without what keeps runs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from govctl.evidence.model import Run
from govctl.reports.context import Context, Revision
from govctl.texts import current_language
from policies.catalogue import checks
from policies.model import Check
from policies.profiles import named_by, split
from policies.sources import read_from
from policies.values import defaults

_GLOB = set("*?[{")


def context_of(run: Run, exit_code: int, *, trees: bool = False) -> Context:
    """For a run that no estate keeps; `trees` if its targets are folders of files."""
    return Context(
        language=current_language(),
        checks={check.id: check for check in checks()},
        exit_code=exit_code,
        baselines=split(tuple(run.versions.baselines))[0],
        profiles=named_by(run.versions.baselines),
        trees=trees,
        files=files_of,
        revision=revision_of(os.environ),
    )


def files_of(check: Check) -> tuple[str, ...]:
    """The paths that a check is about, then those that its facts are read from; no globs."""
    named = defaults(check.args).get("paths", ())
    paths = [str(path) for path in named] if isinstance(named, list | tuple) else []
    paths += read_from(check)
    whole = (path for path in paths if path.startswith("/") and not _GLOB & set(path))
    return tuple(dict.fromkeys(whole))


def revision_of(environment: Mapping[str, str]) -> Revision | None:
    """What GitHub's or GitLab's runner says of the repository; None elsewhere."""
    if environment.get("GITHUB_SHA") and environment.get("GITHUB_REPOSITORY"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        return Revision(
            f"{server}/{environment['GITHUB_REPOSITORY']}",
            environment["GITHUB_SHA"],
            environment.get("GITHUB_REF_NAME", ""),
        )
    if environment.get("CI_COMMIT_SHA") and environment.get("CI_PROJECT_URL"):
        return Revision(
            environment["CI_PROJECT_URL"],
            environment["CI_COMMIT_SHA"],
            environment.get("CI_COMMIT_REF_NAME", ""),
        )
    return None
