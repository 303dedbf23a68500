"""Images of today's packages: where something is newer, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import ProvisionError
from govctl.pipeline.events import unwatched
from govctl.pipeline.image.image_scope import Scope, of_roles
from govctl.pipeline.image.image_update import renew
from govctl.pipeline.image.images import image_cache, keys_of
from tests.stacks.kept import PACKAGES, keep_image
from tests.stacks.test_updates import mirror

ROLES = ("network-router", "portal-web")


@pytest.fixture
def scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scope:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return of_roles(ROLES, ["tcvn14423-2026:3"])


def keys(scope: Scope) -> dict[str, str]:
    return {role.name: key for role, key in keys_of(scope).items()}


def test_an_image_that_lacks_updates_becomes_another_edition_and_no_other_does(
    tmp_path: Path, scope: Scope
) -> None:
    before = keys(scope)
    newer, same = mirror(tmp_path / "newer", openssl="9"), mirror(tmp_path / "same", **PACKAGES)
    for role, source in zip(ROLES, (same, newer), strict=True):
        keep_image(image_cache().folder, role, before[role], source=source)
    lacking = renew(scope, unwatched)
    assert {role: [one.name for one in pending.updates] for role, pending in lacking.items()} == {
        "portal-web": ["openssl"]
    }
    after = keys(scope)
    assert after["network-router"] == before["network-router"]
    assert after["portal-web"] != before["portal-web"]
    assert renew(scope, unwatched) == {}  # the new one is not there yet: nothing to compare
    assert keys(scope) == after


def test_what_is_up_to_date_stays_as_it_is(tmp_path: Path, scope: Scope) -> None:
    before = keys(scope)
    source = mirror(tmp_path / "same", **PACKAGES)
    for role in ROLES:
        keep_image(image_cache().folder, role, before[role], source=source)
    assert renew(scope, unwatched) == {}
    assert keys(scope) == before


def test_a_mirror_that_cannot_be_asked_changes_nothing(tmp_path: Path, scope: Scope) -> None:
    before = keys(scope)
    newer = mirror(tmp_path / "newer", openssl="9")
    for role, source in zip(ROLES, (newer, "deb file:/no/mirror ./"), strict=True):
        keep_image(image_cache().folder, role, before[role], source=source)
    with pytest.raises(ProvisionError, match="portal-web is not updated"):
        renew(scope, unwatched)
    assert keys(scope) == before


def test_editions_that_cannot_be_read_are_none(scope: Scope) -> None:
    before = keys(scope)
    image_cache().set_editions({"portal-web": "0123"})
    assert keys(scope)["portal-web"] != before["portal-web"]
    for text in ('{"portal-web": ', "[]"):
        (image_cache().folder / "editions.json").write_text(text)
        assert keys(scope) == before
