"""Images of today's packages: where the mirror has newer ones, another edition is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from govctl.errors import ProvisionError
from govctl.pipeline.events import Watcher
from govctl.pipeline.image.image_list import pending_of
from govctl.pipeline.image.image_scope import Scope
from govctl.pipeline.image.images import Built, build_scope, image_cache, keys_of
from govctl.texts import _
from stacks.images.updates import Pending

EDITION_DIGITS = 16


def build_updated(
    scope: Scope, watcher: Watcher
) -> tuple[tuple[Built, ...], Mapping[str, Pending]]:
    """Build what is missing, then again what lacks updates; give also what each lacked, by role.

    ProvisionError as `renew` and `build_scope` raise it.
    """
    first = build_scope(scope, watcher)
    lacking = renew(scope, watcher)
    if not lacking:
        return first, lacking
    made = {one.kept.manifest.role for one in first if one.new}
    again = build_scope(scope, watcher)
    return tuple(Built(o.kept, o.new or o.kept.manifest.role in made) for o in again), lacking


def renew(scope: Scope, watcher: Watcher) -> Mapping[str, Pending]:
    """Ask for a new edition of each image that lacks updates; give what each lacks, by role.

    From then on every estate of this controller that has such a role uses the new edition.
    ProvisionError if the mirror cannot be asked.
    """
    store = image_cache()
    found = [store.kept(role.name, key) for role, key in keys_of(scope).items()]
    kept = [one for one in found if one]
    newer = {
        one.manifest.role: pending
        for one, pending in zip(kept, pending_of(kept, store.folder, watcher), strict=True)
    }
    for role, pending in newer.items():
        if pending.unknown:
            raise ProvisionError(
                _("{role} is not updated: {reason}", role=role, reason=pending.unknown.render())
            )
    lacking = {role: pending for role, pending in newer.items() if pending.updates}
    if lacking:
        store.set_editions({role: one.snapshot[:EDITION_DIGITS] for role, one in lacking.items()})
    return lacking
