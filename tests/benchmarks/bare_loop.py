"""The rival of provisioning: a loop over the LXD API that knows nothing of estates and states.

It makes the same objects with the same settings and files as govctl does, as parallel as LXD bears.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from stacks.provider.targets import shapes
from stacks.provider.targets.alone import alone as one_at_a_time
from stacks.provider.targets.connection import find_place
from stacks.provider.targets.target import Limits, Network
from tests.benchmarks.work import FILES, KEY, LIMITS, POOL, Site

THREADS = 16
_STOP = {"action": "stop", "timeout": -1, "force": True}


class BareLoop:
    """Makes sites over LXD's socket, and removes them."""

    def __init__(self, image: str) -> None:
        transport = httpx.HTTPTransport(uds=str(find_place(None).socket))
        self._api = httpx.Client(transport=transport, base_url="http://lxd", timeout=300)
        self._image = image

    def make(self, sites: list[Site]) -> None:
        """Networks first, then machines; returns when every machine has its host key."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._network, [site.network for site in sites]))
            machines = [(name, site.network) for site in sites for name in site.machines]
            list(pool.map(lambda one: self._machine(*one), machines))

    def remove(self, sites: list[Site]) -> None:
        """Whatever of them there is."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._delete, [name for site in sites for name in site.machines]))
        for site in sites:
            self._api.delete(f"/1.0/networks/{site.network}")

    def _network(self, name: str) -> None:
        settings = shapes.network_settings(Network(name, "", None, None, None, {}))
        body = {"name": name, "type": "bridge", "config": settings}
        self._finish(self._api.post("/1.0/networks", json=body))

    def _machine(self, name: str, network: str) -> None:
        path = f"/1.0/instances/{name}"
        # Without it a few machines in a hundred fail to start. Others on this host hold it too.
        with one_at_a_time("create"):
            self._finish(self._api.post("/1.0/instances", json=self._body(name, network)))
        owner = {"X-LXD-uid": "0", "X-LXD-gid": "0"}
        folder = {**owner, "X-LXD-type": "directory", "X-LXD-mode": "0755"}
        file = {**owner, "X-LXD-type": "file", "X-LXD-mode": "0644"}
        self._api.post(f"{path}/files", params={"path": "/etc/bench"}, headers=folder)
        for place, text in FILES.items():
            self._file(f"{path}/files", place, text, file)
        self._finish(self._api.put(f"{path}/state", json={"action": "start", "timeout": 60}))
        deadline = time.monotonic() + 90
        while self._api.get(f"{path}/files", params={"path": KEY}).status_code != 200:
            if time.monotonic() > deadline:
                raise TimeoutError(path)
            time.sleep(0.1)

    def _file(self, url: str, path: str, text: str, headers: dict[str, str]) -> None:
        """LXD 5.0 fails now and then while its helper for files goes; a later try succeeds."""
        deadline = time.monotonic() + 30
        while True:
            answer = self._api.post(url, params={"path": path}, content=text, headers=headers)
            failed = answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
            if not failed or time.monotonic() > deadline:
                break
            time.sleep(0.25)
        answer.raise_for_status()

    def _body(self, name: str, network: str) -> dict[str, Any]:
        limits = Limits(LIMITS.memory, LIMITS.cpu, LIMITS.disk, LIMITS.processes)
        return {
            "name": name,
            "profiles": [],
            "config": {
                "boot.autostart": "true",
                "security.idmap.isolated": "true",
                "limits.memory": str(limits.memory),
                "limits.cpu": str(limits.cpu),
                "limits.processes": str(limits.processes),
            },
            "devices": {
                "root": {"type": "disk", "path": "/", "pool": POOL, "size": str(limits.disk)},
                "eth0": {"type": "nic", "name": "eth0", "network": network},
            },
            "source": {"type": "image", "fingerprint": self._image},
        }

    def _delete(self, name: str) -> None:
        path = f"/1.0/instances/{name}"
        if self._api.get(path).status_code == 200:
            self._finish(self._api.put(f"{path}/state", json=_STOP), may_fail=True)
            self._finish(self._api.delete(path))

    def _finish(self, answer: httpx.Response, *, may_fail: bool = False) -> None:
        """Wait for an operation, if it is one; RuntimeError if it failed."""
        body: dict[str, Any] = answer.json()
        error = body.get("error")
        if body["type"] == "async":
            done = self._api.get(f"{body['operation']}/wait", params={"timeout": 300}).json()
            error = done["metadata"]["err"]
        if error and not may_fail:
            raise RuntimeError(error)
