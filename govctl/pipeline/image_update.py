"""Images of today's packages: where the mirror has newer ones, another edition is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from govctl.errors import ProvisionError
from govctl.pipeline.events import Watcher
from govctl.pipeline.image_list import pending_of
from govctl.pipeline.image_scope import Scope
from govctl.pipeline.images import image_cache, keys_of
from govctl.texts import _
from stacks.images.updates import Pending

EDITION_DIGITS = 16


def renew(scope: Scope, watcher: Watcher) -> Mapping[str, Pending]:
    """Ask for a new edition of each image that lacks updates; give what each lacks, by role.

    From then on every estate of this controller that has such a role uses the new edition. An image
    that is not there yet is built of what the builder's lists have. ProvisionError if the mirror
    cannot be asked.
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
