"""LXD and Incus as a target, over their REST API (`/1.0`).

The two speak the same; where they differ is `_dialect` and the sockets in `connection.py`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import httpx
from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.targets import shapes
from stacks.provider.targets.alone import alone
from stacks.provider.targets.connection import Changed, Connection, find_place
from stacks.provider.targets.target import (
    AlreadyExists,
    File,
    Image,
    Instance,
    Network,
    NoFileAccess,
    NotFound,
    Outcome,
    Tags,
    Target,
)

_ATTEMPTS = 8
_UPLOAD_TIMEOUT = 600.0
_FILE_TIMEOUT = 30.0
_HELPER = "forkfile.sock"
_BUSY = "is busy running"
_PAUSE = 0.25
_FINGERPRINT = re.compile("[0-9a-f]{64}")


class Lxd(Target):
    """A `Target`; `url` is `unix:///path`, `https://host:port`, or None for the local socket."""

    def __init__(self, url: str | None = None) -> None:
        self._api = Connection(find_place(url))
        self._dialect = self._find_dialect()

    def _find_dialect(self) -> str:
        """The middle of header names: `X-LXD-uid`, `X-Incus-uid`."""
        server = self._api.get("/1.0")["environment"]["server"]
        return "Incus" if server == "incus" else "LXD"

    # Images

    @override
    def image(self, reference: str) -> Image | None:
        fingerprint = reference
        if not _FINGERPRINT.fullmatch(reference):
            alias = self._api.find(f"/1.0/images/aliases/{_path(reference)}")
            if alias is None:
                return None
            fingerprint = alias[0]["target"]
        found = self._api.find(f"/1.0/images/{_path(fingerprint)}")
        return shapes.image(found[0]) if found else None

    @override
    def images(self) -> Sequence[Image]:
        return [shapes.image(raw) for raw in self._api.get("/1.0/images?recursion=1")]

    @override
    def import_image(self, metadata: Path, rootfs: Path) -> Image:
        fingerprint = _fingerprint(metadata, rootfs)
        if self.image(fingerprint) is None:
            with suppress(AlreadyExists):  # another stack or estate was faster with the same image
                self._upload(metadata, rootfs)
        image = self.image(fingerprint)
        if image is None:
            raise NotFound(_("the image {path} vanished while it was imported", path=rootfs))
        return image

    def _upload(self, metadata: Path, rootfs: Path) -> None:
        # Without properties: LXD 5.0.2 dies of a nil map if they come in a header and metadata.yaml
        # has none of its own.
        with metadata.open("rb") as meta, rootfs.open("rb") as root:
            files = {"metadata": ("metadata", meta), "rootfs": ("rootfs", root)}
            self._api.change("POST", "/1.0/images", files=files, timeout=_UPLOAD_TIMEOUT)

    @override
    def alias_image(self, fingerprint: str, alias: str) -> None:
        found = self._api.find(f"/1.0/images/aliases/{_path(alias)}")
        if found is None:
            body = {"name": alias, "target": fingerprint}
            self._api.change("POST", "/1.0/images/aliases", json=body)
        elif found[0]["target"] != fingerprint:
            body = {"target": fingerprint}
            self._api.change("PUT", f"/1.0/images/aliases/{_path(alias)}", json=body)

    @override
    def drop_alias(self, alias: str) -> None:
        self._delete(f"/1.0/images/aliases/{_path(alias)}")

    @override
    def tag_image(self, fingerprint: str, change: Callable[[Tags], Tags]) -> None:
        def edit(raw: dict[str, Any]) -> None:
            others = {
                key: value
                for key, value in raw["properties"].items()
                if not key.startswith(shapes.PREFIX)
            }
            raw["properties"] = others | shapes.properties(change(shapes.image(raw).tags))

        self._edit(f"/1.0/images/{fingerprint}", edit)

    @override
    def delete_image(self, fingerprint: str) -> None:
        self._delete(f"/1.0/images/{fingerprint}")

    # Networks

    @override
    def network(self, name: str) -> Network | None:
        found = self._api.find(f"/1.0/networks/{_path(name)}")
        return shapes.network(found[0]) if found and found[0]["managed"] else None

    @override
    def networks(self) -> Sequence[Network]:
        found = self._api.get("/1.0/networks?recursion=1")
        return [shapes.network(raw) for raw in found if raw["managed"]]

    @override
    def create_network(self, network: Network) -> None:
        body = {
            "name": network.name,
            "type": "bridge",
            "description": network.description,
            "config": shapes.network_settings(network),
        }
        self._api.change("POST", "/1.0/networks", json=body)

    @override
    def update_network(self, network: Network) -> None:
        def edit(raw: dict[str, Any]) -> None:
            raw["description"] = network.description
            raw["config"] = shapes.network_settings(network)

        self._edit(f"/1.0/networks/{_path(network.name)}", edit)

    @override
    def delete_network(self, name: str) -> None:
        path = f"/1.0/networks/{_path(name)}"
        try:
            self._delete(path)
        except TargetError as error:
            found = self._api.find(path)
            if not found or not (users := shapes.machines_on(found[0])):
                raise
            raise TargetError(
                _("the network {network} is still used by {machines}",
                  network=name, machines=", ".join(users)),
                hint=_("take these machines out of it, then run the same command again"),
            ) from error  # fmt: skip

    # Instances

    @override
    def instance(self, name: str) -> Instance | None:
        found = self._api.find(_instance(name))
        return shapes.instance(found[0]) if found else None

    @override
    def instances(self) -> Sequence[Instance]:
        return [shapes.instance(raw) for raw in self._api.get("/1.0/instances?recursion=1")]

    @override
    def create_instance(self, instance: Instance) -> None:
        body = {
            "name": instance.name,
            "profiles": [],
            "config": shapes.instance_settings(instance),
            "devices": shapes.instance_devices(instance),
            "source": {"type": "image", "fingerprint": instance.image},
        }
        # LXD 5.0 gives two instances that are created at once the same range of user ids, or one
        # that the host does not allow: it looks for a free range before it has recorded the last.
        with alone("create"):
            self._api.change("POST", "/1.0/instances", json=body)

    @override
    def update_instance(self, instance: Instance) -> None:
        def edit(raw: dict[str, Any]) -> None:
            notes = {
                key: value
                for key, value in raw["config"].items()
                if key.startswith(("volatile.", "image."))
            }
            raw["config"] = notes | shapes.instance_settings(instance)
            raw["devices"] = shapes.instance_devices(instance)
            raw["profiles"] = []

        self._edit(_instance(instance.name), edit)

    @override
    def tag_instance(self, name: str, tags: Tags) -> None:
        self._api.change("PATCH", _instance(name), json={"config": shapes.properties(tags)})

    @override
    def settle(self, name: str) -> None:
        path = _instance(name)
        groups: Mapping[str, list[dict[str, Any]]] = self._api.get("/1.0/operations?recursion=1")
        for operation in (found for group in groups.values() for found in group):
            if path in ((operation["resources"] or {}).get("instances") or ()):
                try:
                    self._api.finish(f"/1.0/operations/{operation['id']}", path)
                except TargetError:
                    continue  # how it ended shows in the object itself

    @override
    def start(self, name: str) -> None:
        self._state(name, {"action": "start", "timeout": 60}, unless="already running")

    @override
    def stop(self, name: str, timeout: int) -> None:
        gentle = {"action": "stop", "timeout": timeout, "force": False}
        forced = {"action": "stop", "timeout": -1, "force": True}
        try:
            self._state(name, gentle if timeout else forced, unless="already stopped")
        except TargetError:
            self._state(name, forced, unless="already stopped")

    def _state(self, name: str, body: dict[str, Any], unless: str) -> None:
        try:
            self._api.change("PUT", f"{_instance(name)}/state", json=body)
        except TargetError as error:
            if unless not in error.message:
                raise

    @override
    def delete_instance(self, name: str) -> None:
        for _attempt in range(_ATTEMPTS):
            try:
                return self._delete(_instance(name))
            except TargetError as error:
                if _BUSY not in error.message:
                    raise
                self.settle(name)
                time.sleep(_PAUSE)
        raise TargetError(_("{machine} is busy all the time", machine=name))

    # Inside instances

    @override
    def read_file(self, instance: str, path: str) -> File | None:
        try:
            response = self._ask_files("GET", instance, path)
        except NotFound:
            return None
        header = f"x-{self._dialect.lower()}-"
        if response.headers.get(f"{header}type") != "file":
            return None
        return File(
            content=response.content,
            mode=int(response.headers[f"{header}mode"], 8),
            uid=int(response.headers[f"{header}uid"]),
            gid=int(response.headers[f"{header}gid"]),
        )

    @override
    def write_file(self, instance: str, path: str, file: File) -> None:
        try:
            self._push(instance, path, file)
        except NotFound:
            for folder in reversed(PurePosixPath(path).parents[:-1]):
                self._push(instance, str(folder), File(b"", 0o755, 0, 0), kind="directory")
            self._push(instance, path, file)

    def _push(self, instance: str, path: str, file: File, kind: str = "file") -> None:
        header = f"X-{self._dialect}-"
        headers = {
            f"{header}type": kind,
            f"{header}uid": str(file.uid),
            f"{header}gid": str(file.gid),
            f"{header}mode": f"{file.mode:04o}",
            f"{header}write": "overwrite",
        }
        self._ask_files("POST", instance, path, content=file.content, headers=headers)

    @override
    def delete_file(self, instance: str, path: str) -> None:
        try:
            self._ask_files("DELETE", instance, path)
        except NotFound:
            return

    def _ask_files(self, method: str, instance: str, path: str, **options: Any) -> httpx.Response:
        """One exchange about a file, and one at a time for each machine.

        LXD 5.0 starts a helper for the files of a machine, and ends it when it is idle. Asked twice
        at once it starts two, of which one waits for ever; asked while the helper ends, its answer
        must not pass for that of a file that is missing.
        """
        for _attempt in range(_ATTEMPTS):
            try:
                with alone(f"files-{instance}"):
                    return self._api.request(
                        method,
                        f"{_instance(instance)}/files",
                        params={"path": path},
                        timeout=_FILE_TIMEOUT,
                        **options,
                    )
            except TargetError as error:
                if isinstance(error.__cause__, httpx.TimeoutException):
                    break
                if _HELPER not in error.message:
                    raise
                time.sleep(_PAUSE)
        raise NoFileAccess(_("{machine} gives no access to its files", machine=instance))

    @override
    def run(self, instance: str, command: Sequence[str], timeout: int) -> Outcome:
        # `timeout` of coreutils or busybox ends the command inside; the wait here is the net below.
        body = {
            "command": ["timeout", str(timeout), *command],
            "record-output": True,
            "interactive": False,
            "wait-for-websocket": False,
        }
        done = self._api.change(
            "POST", f"{_instance(instance)}/exec", json=body, wait=timeout + 10
        )["metadata"]
        stdout, stderr = (self._take_log(done["output"][stream]) for stream in ("1", "2"))
        if done["return"] == 124:
            raise TargetError(
                _("{command} on {machine} did not end within {timeout} seconds",
                  command=command[0], machine=instance, timeout=timeout)
            )  # fmt: skip
        return Outcome(int(done["return"]), stdout, stderr)

    def _take_log(self, path: str) -> str:
        text = self._api.request("GET", path).text
        self._api.request("DELETE", path)
        return text

    # Common

    def _edit(self, path: str, edit: Callable[[dict[str, Any]], None]) -> None:
        """Read, change, write; again if somebody else wrote in between."""
        for _attempt in range(_ATTEMPTS):
            found = self._api.find(path)
            if found is None:
                raise NotFound(_("{what} is not there", what=path))
            raw, etag = found
            edit(raw)
            try:
                self._api.change("PUT", path, json=raw, headers={"If-Match": etag})
            except Changed:
                continue
            return
        raise TargetError(_("{what} is changed by somebody else all the time", what=path))

    def _delete(self, path: str) -> None:
        try:
            self._api.change("DELETE", path)
        except NotFound:
            return


def _instance(name: str) -> str:
    return f"/1.0/instances/{_path(name)}"


def _path(name: str) -> str:
    return quote(name, safe="")


def _fingerprint(metadata: Path, rootfs: Path) -> str:
    """LXD names a split image by the SHA-256 of both files, one after the other."""
    digest = sha256()
    for path in (metadata, rootfs):
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
