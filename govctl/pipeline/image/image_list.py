"""The images that are kept: who uses them, and what is newer at the mirror."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from govctl.errors import GovctlError, UsageError
from govctl.estate.model import Estate
from govctl.pipeline.events import Stage, Step, Watcher
from govctl.pipeline.image.image_scope import of_estate
from govctl.pipeline.image.images import image_cache, keys_of
from govctl.texts import Message, _, msg
from stacks.images.kept import Kept
from stacks.images.mirror import proxy_environment
from stacks.images.updates import Lists, Pending, fetch, pending
from stacks.provider import sweep
from stacks.provider.naming import image_alias
from stacks.provider.ownership import ESTATE

NOT_ASKED = Pending(unknown=msg("not asked (--no-updates)"))
NO_STATE = Pending(unknown=msg("built by an earlier govctl, which kept no state of its packages"))


@dataclass(frozen=True)
class Use:
    """The machines of a target, by the fingerprint of their image."""

    machines: Mapping[str, tuple[str, ...]]
    unknown: str | None = None
    """Why the target could not be asked; then nothing is known of any image's use."""

    def of(self, kept: Kept) -> tuple[str, ...]:
        """The machines that were made from an image."""
        return self.machines.get(kept.manifest.fingerprint, ())


@dataclass(frozen=True)
class Row:
    """One image."""

    kept: Kept
    machines: tuple[str, ...]
    updates: Pending
    wanted: bool | None
    """True if the estate's next machines are made from it; None without an estate."""

    @property
    def id(self) -> str:
        """What a person calls it by: the first 12 digits, as in its alias on the target."""
        return short_id(self.kept)


@dataclass(frozen=True)
class Images:
    """All images of this controller."""

    rows: tuple[Row, ...]
    use: Use
    lacking: tuple[str, ...] = ()
    """Roles of the estate whose image has yet to be built."""


def short_id(kept: Kept) -> str:
    """The first 12 digits of an image's digest."""
    return image_alias("", kept.manifest.digest).rpartition("-")[2]


def listed(estate: Estate | None, watcher: Watcher, *, updates: bool) -> Images:
    """Every image in the cache, by role and age; of an estate the target is asked that it names."""
    store = image_cache()
    kept = store.every()
    use = used(estate.target.url if estate else None)
    keys = {role.name: key for role, key in keys_of(of_estate(estate)).items()} if estate else {}
    found = pending_of(kept, store.folder, watcher) if updates else [NOT_ASKED] * len(kept)
    rows = [
        Row(one, use.of(one), newer, _is_wanted(one, keys) if estate else None)
        for one, newer in zip(kept, found, strict=True)
        if one.is_there  # to ask the mirror takes seconds, in which a build may have removed it
    ]
    there = {row.kept.manifest.role for row in rows if row.wanted}
    return Images(tuple(rows), use, tuple(sorted(keys.keys() - there)))


def used(url: str | None) -> Use:
    """Which machines of a target were made from which image."""
    try:
        instances = sweep.connect(url).instances()
    except GovctlError as error:
        return Use({}, error.message)
    found: dict[str, list[str]] = {}
    for instance in instances:
        if ESTATE in instance.tags:
            found.setdefault(instance.image, []).append(instance.name)
    return Use({image: tuple(sorted(names)) for image, names in found.items()})


def pending_of(kept: Sequence[Kept], folder: Path, watcher: Watcher) -> list[Pending]:
    """What is newer than in each of these images; images of the same packages are asked once."""
    watcher(Stage(msg("Comparing with the mirror"), len(kept)))
    proxies = proxy_environment()
    compare = _Comparison(lambda state: fetch(state, folder / "updates", proxies))
    found = []
    for one in kept:
        watcher(Step(one.manifest.role, "started"))
        try:
            found.append(compare.pending(one))
        except FileNotFoundError:  # it was removed meanwhile
            found.append(NO_STATE)
        watcher(Step(one.manifest.role, "done"))
    return found


class _Comparison:
    """Each mirror is asked once, and each set of packages compared once."""

    def __init__(self, fetch_lists: Callable[[Path], Lists]) -> None:
        self._fetch = fetch_lists
        self._lists: dict[bytes, Lists] = {}
        self._found: dict[tuple[bytes, str], Pending] = {}

    def pending(self, kept: Kept) -> Pending:
        state = kept.state
        if state is None:
            return NO_STATE
        etc = state / "etc"
        sources = b"".join(p.read_bytes() for p in sorted(etc.rglob("*")) if p.is_file())
        key = (sources, kept.manifest.package_set)
        if key not in self._found:
            if sources not in self._lists:
                self._lists[sources] = self._fetch(state)
            self._found[key] = pending(state, self._lists[sources])
        return self._found[key]


def chosen(word: str) -> Kept:
    """The image that a person means: by role (the newest), or by the beginning of its id."""
    every = image_cache().every()
    roles = {one.manifest.role for one in every}
    meant = {word} & roles or {role for role in roles if role.startswith(f"{word}-")}
    newest = [next(one for one in every if one.manifest.role == role) for role in sorted(meant)]
    found = newest or [one for one in every if word and one.manifest.digest.startswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{one.manifest.role} {short_id(one)}" for one in found)
        raise UsageError(_("{word} may be any of these: {ids}", word=word, ids=ids))
    raise UsageError(
        _("no image is called {name}", name=word),
        hint=_("see: {command}", command="govctl image list"),
    )


def remove(images: Sequence[Kept], url: str | None) -> None:
    """Remove images from the cache that no machine was made from.

    UsageError if one is in use, or if that cannot be known; then none is removed.
    """
    store, use = image_cache(), used(url)
    if use.unknown:
        raise UsageError(_("whether machines use it is not known: {reason}", reason=use.unknown))
    for one in images:
        if use.of(one):
            raise UsageError(
                _(
                    "image {id} of {role} is in use by {machines}",
                    id=short_id(one),
                    role=one.manifest.role,
                    machines=", ".join(use.of(one)),
                )
            )
    with store.alone(lambda _text: None):
        for one in images:
            store.remove(one)


def _is_wanted(kept: Kept, keys: Mapping[str, str]) -> bool:
    return keys.get(kept.manifest.role) == kept.manifest.digest


def reason_of(unknown: Message | None) -> str | None:
    """In this run's language."""
    return unknown.render() if unknown else None
