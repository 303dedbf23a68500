"""The container daemon: running, and with a storage pool of our own."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from govctl.doctor.api import call
from govctl.doctor.flavour import Flavour, flavour_for
from govctl.doctor.host import Host, change
from govctl.doctor.model import OnStep, Prerequisite, State
from govctl.doctor.space import GIB, PoolSize, free_bytes, pool_size
from govctl.errors import MissingPrerequisite
from govctl.texts import Message, _, msg

POOL = "govctl"
DRIVER = "btrfs"
START_SECONDS = 600
"""What Debian's own unit gives it: the first start of a slow machine makes keys and a database."""
DAEMON_LOG = Path("/var/log/govctl-container-daemon.log")


def _pools(flavour: Flavour) -> list[str]:
    # Incus 6 answers null where there is none.
    return [str(url) for url in call(flavour, "GET", "/1.0/storage-pools") or ()]


def server(flavour: Flavour) -> dict[str, Any] | None:
    """The daemon's description of itself; None if it does not answer or does not trust us."""
    if flavour.socket() is None:
        return None
    try:
        answer: dict[str, Any] = call(flavour, "GET", "/1.0")
    except MissingPrerequisite:
        return None
    return answer if answer.get("auth") == "trusted" else None


class Daemon(Prerequisite):
    """LXD or Incus answers on its socket."""

    id = "lxd.daemon"

    def look(self, host: Host) -> State:
        """Whether it answers, and which version."""
        flavour = flavour_for(host)
        name = msg("Container daemon ({kind})", kind=flavour.kind)
        about = server(flavour)
        if about is None:
            return self._absent(host, flavour, name)
        version = about["environment"]["server_version"]
        return State(
            self.id, name, "ok", msg("{kind} {version}", kind=flavour.kind, version=version)
        )

    def get(self, host: Host, on_step: OnStep) -> None:
        """Start it: by systemd, or by hand where no init system runs."""
        on_step(msg("starting the container daemon"))
        start(host, flavour_for(host))

    def _absent(self, host: Host, flavour: Flavour, name: Message) -> State:
        socket = flavour.socket()
        if socket is not None and not os.access(socket, os.W_OK):
            found = msg("{path} is not yours to use", path=socket)
            return State(self.id, name, "wrong", found, msg("run govctl with sudo"))
        remedy = (
            msg("systemctl start {unit}", unit=flavour.unit)
            if host.systemd
            else msg("start `{daemon}` in the background", daemon=" ".join(flavour.daemon))
        )
        return State(self.id, name, "missing", msg("does not answer"), remedy, fixable=True)


def start(host: Host, flavour: Flavour, log: Path = DAEMON_LOG) -> None:
    """Start the daemon and wait until it answers; `MissingPrerequisite` if it does not."""
    process = None
    if host.systemd:
        change(host, ["systemctl", "start", flavour.unit], timeout=START_SECONDS)
    else:
        process = start_detached(host, flavour, log)
    deadline = time.monotonic() + START_SECONDS
    while server(flavour) is None:
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise MissingPrerequisite(
                _("the container daemon ended at once")
                if ended
                else _("the container daemon did not answer within {s} s", s=START_SECONDS),
                hint=_("see: {command}", command=f"journalctl -u {flavour.unit}")
                if host.systemd
                else _("its log: {path}", path=log),
            )
        time.sleep(0.2)


def start_detached(host: Host, flavour: Flavour, log: Path) -> subprocess.Popen[bytes]:
    """Start the daemon in a session of its own, so that it outlives this process."""
    command = [*([] if host.root else ["sudo"]), *flavour.daemon]
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
            )
    except OSError as error:
        raise MissingPrerequisite(
            _("cannot start {daemon}: {why}", daemon=flavour.daemon[0], why=error)
        ) from error


class Pool(Prerequisite):
    """A storage pool `govctl`: btrfs on a loop file, for copy-on-write clones."""

    id = "lxd.pool"

    def look(self, host: Host) -> State:
        """Whether the pool is there, and how full."""
        flavour = flavour_for(host)
        name = msg("Storage pool {pool}", pool=POOL)
        if server(flavour) is None:
            found = msg("unknown: the container daemon does not answer")
            return State(self.id, name, "missing", found, msg("start the daemon"), fixable=True)
        try:
            if f"/1.0/storage-pools/{POOL}" in _pools(flavour):
                return State(self.id, name, "ok", self._usage(flavour))
        except MissingPrerequisite as error:
            return State(self.id, name, "wrong", Message("{why}", {"why": error.message}))
        size = self._size(flavour)
        if size.bytes is None:
            return State(self.id, name, "missing", size.why, msg("free some disk space"))
        remedy = msg("make it: {driver}, {size} GiB", driver=DRIVER, size=size.bytes // GIB)
        return State(self.id, name, "missing", msg("not there"), remedy, fixable=True)

    def get(self, host: Host, on_step: OnStep) -> None:
        """Make it, as large as the disk allows (the file is sparse)."""
        flavour = flavour_for(host)
        size = self._size(flavour)
        if size.bytes is None:
            raise MissingPrerequisite(size.why.render(), hint=_("free some disk space"))
        gib = size.bytes // GIB
        on_step(msg("making the storage pool {pool}: {size} GiB", pool=POOL, size=gib))
        settings = {"size": f"{gib}GiB"}
        pool = {"name": POOL, "driver": DRIVER, "config": settings}
        call(flavour, "POST", "/1.0/storage-pools", pool)

    @staticmethod
    def _size(flavour: Flavour) -> PoolSize:
        return pool_size(free_bytes(flavour.home))

    @staticmethod
    def _usage(flavour: Flavour) -> Message:
        space = call(flavour, "GET", f"/1.0/storage-pools/{POOL}/resources")["space"]
        used, total = space.get("used", 0) / GIB, space["total"] / GIB
        return msg("{used} of {total} GiB used", used=f"{used:.1f}", total=f"{total:.1f}")
