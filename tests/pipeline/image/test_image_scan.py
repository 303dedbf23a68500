"""The scan of an image before it is packed: all findings travel with it, and some must not fail."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from govctl.pipeline.due import due_for
from govctl.pipeline.image import images
from govctl.pipeline.image.image_scan import scan_image
from govctl.pipeline.image.image_scope import of_roles
from govctl.reports.json_report import SCHEMA_FILE
from tests.cli.trees import tree

LOGIN = "sshd-root-login"


def test_all_findings_are_kept_and_the_binding_ones_stand_in_the_way(tmp_path: Path) -> None:
    root = tree(tmp_path / "image", "yes")
    scope = of_roles(["portal-web"], ["tcvn14423-2026:3"])
    rows = due_for(scope.baselines)
    found = scan_image(root, "portal-web", rows, scope.context, {LOGIN})
    assert [line.partition(":")[0] for line in found.failures] == [LOGIN]
    document = json.loads(found.document)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    results = document["results"]
    assert {one["target"] for one in results} == {"portal-web"}
    assert len(results) == len(rows) == sum(found.counts.values())
    failing = [one["check"] for one in results if one["status"] == "fail"]
    assert len(failing) == found.counts["fail"] > 1
    assert scan_image(root, "portal-web", rows, scope.context, set()).failures == []


def test_an_exception_of_the_role_is_judged_as_one(tmp_path: Path) -> None:
    """A router may forward; any other image that does is refused."""
    root = tree(tmp_path / "image", "no")
    (root / "etc/sysctl.d").mkdir()
    (root / "etc/sysctl.d/60-router.conf").write_text("net.ipv4.ip_forward = 1\n")
    for role, excused in (("network-router", True), ("portal-web", False)):
        scope = of_roles([role], ["cis-debian12:l1-server"])
        failures = images._judge_of(scope).verify(root, role).failures
        failing = {line.partition(":")[0] for line in failures}
        assert ("sysctl-ipv4-forward" not in failing) is excused


def test_what_it_was_judged_by_is_named_with_the_level() -> None:
    scope = of_roles(["portal"], ["tcvn14423-2026:3", "cis-debian12:l1-server"])
    assert scope.judged_by == ("tcvn14423-2026:3", "cis-debian12:l1-server")
    assert [role.name for role in scope.roles] == ["portal-web"]
    assert of_roles(["portal-web"]).judged_by == ("tcvn14423-2026:5",)
