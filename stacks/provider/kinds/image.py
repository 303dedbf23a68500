"""`govctl:lxd:Image`: a role's image on the target, shared by all estates of one host."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider import sharing
from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties
from stacks.provider.naming import image_alias
from stacks.provider.sharing import Hold
from stacks.provider.targets.target import Image


class ImageInputs(Inputs):
    """Role and digest say which image; the paths say where to get it if the target lacks it."""

    role: str
    digest: str
    """Hash of everything that went into the image, at least 12 hexadecimal digits."""
    metadata_path: str
    rootfs_path: str

    @property
    def alias(self) -> str:
        """What the target calls it."""
        return image_alias(self.role, self.digest)


class ImageKind(Kind[ImageInputs]):
    """Imported once; deleted when the last resource that holds it lets go."""

    token = "govctl:lxd:Image"  # noqa: S105 - a resource type
    inputs = ImageInputs
    replaces = frozenset({"role", "digest"})
    delete_first = False
    computed = frozenset({"fingerprint"})

    @override
    def create(self, context: Context, new: ImageInputs) -> Made:
        image = _find(context, new) or _import(context, new)
        hold = Hold(new.role, new.digest, context.owner.urn)
        sharing.share(context.target, image.fingerprint, context.owner.estate, hold)
        # The alias last: what carries it is marked, also if this run is killed right here.
        context.target.alias_image(image.fingerprint, new.alias)
        return Made(new.alias, _outputs(image, new))

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        image = context.target.image(before.id)
        found = sharing.holds(image.tags) if image else {}
        held = {hold for holds in found.values() for hold in holds if hold.alias == before.id}
        if not before.is_import:
            held &= _ours(context, before)
        if image is None or not held:
            return None
        hold = min(held)
        inputs = {"metadata_path": "", "rootfs_path": ""} | dict(before.inputs)
        inputs |= {"role": hold.role, "digest": hold.digest}
        return Live(before.id, inputs, _outputs(image, self.parse(inputs)))

    @override
    def update(self, context: Context, before: Before, new: ImageInputs) -> Properties:
        return self.create(context, new).outputs

    @override
    def delete(self, context: Context, before: Before) -> None:
        gone = _ours(context, before)
        sharing.release(context.target, before.id, context.owner.estate, gone)


def _ours(context: Context, before: Before) -> frozenset[Hold]:
    """The mark that this resource left."""
    role, digest = str(before.inputs["role"]), str(before.inputs["digest"])
    return frozenset({Hold(role, digest, context.owner.urn)})


def _find(context: Context, new: ImageInputs) -> Image | None:
    """The image by its alias; TargetError if the alias is somebody else's."""
    image = context.target.image(new.alias)
    if image is None:
        return None
    found = {hold.digest for held in sharing.holds(image.tags).values() for hold in held}
    if new.digest not in found:
        raise TargetError(
            _("an image called {alias} is there already and was not made by govctl",
              alias=new.alias)
        )  # fmt: skip
    return image


def _import(context: Context, new: ImageInputs) -> Image:
    metadata, rootfs = Path(new.metadata_path), Path(new.rootfs_path)
    for path in (metadata, rootfs):
        if not path.is_file():
            raise TargetError(_("the image file {path} is not there", path=path))
    return context.target.import_image(metadata, rootfs)


def _outputs(image: Image, inputs: ImageInputs) -> Properties:
    return {"fingerprint": image.fingerprint, "alias": inputs.alias}
