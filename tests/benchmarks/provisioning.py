"""Making machines with govctl's engine and provider against a bare loop over the LXD API.

Both make the same: one network, N machines with twelve files each, started, host key read. Run it
with `python -m tests.benchmarks.provisioning [--image ALIAS] N...`; without an image a tiny one is
built, whose machines start in a moment, so that the engine's own cost weighs most.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import pulumi

from stacks import resources
from stacks.files import HostFile
from stacks.provider.targets.connection import find_place
from tests.live.provider import tiny_image
from tests.live.provider.bench import Bench

POOL = "govctl"
PARALLEL = 16
KEY = resources.SSH_HOST_KEY
FILES = {f"/etc/govctl/file-{number}": f"{number}\n" * 200 for number in range(12)}
LIMITS = resources.InstanceLimits(memory=256 * 2**20, cpu=1, disk=2**30, processes=512)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", help="alias of an image on the target")
    parser.add_argument("counts", nargs="+", type=int)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        image = asked.image or _import(Path(folder))
        try:
            bare(image, 1)  # unpacks the image into the pool, which is nobody's cost
            for count in asked.counts:
                loop, (up, again) = bare(image, count), engine(image, count, Path(folder))
                print(
                    f"{count:>4} machines: loop {loop:6.1f} s, govctl {up:6.1f} s, "
                    f"ratio {up / loop:4.2f}, no change {again:4.1f} s",
                    flush=True,
                )
        finally:
            if not asked.image:
                subprocess.run(["lxc", "image", "delete", image], check=True, timeout=60)


def _import(folder: Path) -> str:
    files, alias = tiny_image.build(folder), f"govctl-bench-{secrets.token_hex(3)}"
    paths = [str(files.metadata), str(files.rootfs)]
    command = ["lxc", "image", "import", *paths, "--alias", alias]
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    return alias


def engine(image: str, count: int, folder: Path) -> tuple[float, float]:
    """Seconds of a first `up`, and of a second one that changes nothing."""
    estate = f"b{secrets.token_hex(4)}"
    bench = Bench(folder / estate, f"govctl-{estate}", _program(estate, image, count))
    bench.stack()
    try:
        return _seconds(lambda: bench.up(parallel=PARALLEL)), _seconds(bench.up)
    finally:
        bench.stack().destroy(parallel=PARALLEL)


def _program(estate: str, image: str, count: int) -> Callable[[], None]:
    def program() -> None:
        opts = pulumi.ResourceOptions(provider=resources.Provider("target", estate=estate))
        network = resources.Network("net", bridge=f"{estate}n", opts=opts)
        for number in range(count):
            resources.Instance(
                f"m{number}",
                machine=f"{estate}-{number}",
                image=image,
                pool=POOL,
                limits=LIMITS,
                interfaces=[resources.Interface("eth0", network.name, _mac(number))],
                files=[HostFile(path, text) for path, text in FILES.items()],
                opts=opts,
            )

    return program


def bare(image: str, count: int) -> float:
    """Seconds of a loop that knows nothing of estates, states and owners."""
    name = f"b{secrets.token_hex(4)}"
    transport = httpx.HTTPTransport(uds=str(find_place(None).socket))
    with httpx.Client(transport=transport, base_url="http://lxd", timeout=300) as api:
        try:
            return _seconds(lambda: _loop(api, name, image, count))
        finally:
            for number in range(count):
                _wait(api, api.put(f"/1.0/instances/{name}-{number}/state", json=_STOP))
                _wait(api, api.delete(f"/1.0/instances/{name}-{number}"))
            api.delete(f"/1.0/networks/{name}n")


_STOP = {"action": "stop", "timeout": -1, "force": True}
_creating = Lock()  # LXD 5.0 hands out overlapping ranges of user ids to creations at once


def _loop(api: httpx.Client, name: str, image: str, count: int) -> None:
    none = {"ipv4.address": "none", "ipv6.address": "none"}
    api.post("/1.0/networks", json={"name": f"{name}n", "type": "bridge", "config": none})
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda number: _machine(api, name, image, number), range(count)))


def _machine(api: httpx.Client, name: str, image: str, number: int) -> None:
    path = f"/1.0/instances/{name}-{number}"
    nic = {"type": "nic", "name": "eth0", "network": f"{name}n", "hwaddr": _mac(number)}
    root = {"type": "disk", "path": "/", "pool": POOL, "size": str(LIMITS.disk)}
    config = {
        "security.idmap.isolated": "true",
        "limits.memory": str(LIMITS.memory),
        "limits.cpu": str(LIMITS.cpu),
        "limits.processes": str(LIMITS.processes),
    }
    body = {
        "name": f"{name}-{number}",
        "profiles": [],
        "config": config,
        "devices": {"root": root, "eth0": nic},
        "source": {"type": "image", "alias": image},
    }
    with _creating:
        _wait(api, api.post("/1.0/instances", json=body))
    owner = {"X-LXD-uid": "0", "X-LXD-gid": "0"}
    folder = {**owner, "X-LXD-type": "directory", "X-LXD-mode": "0755"}
    api.post(f"{path}/files", params={"path": "/etc/govctl"}, headers=folder)
    for file, text in FILES.items():
        headers = {**owner, "X-LXD-type": "file", "X-LXD-mode": "0644"}
        answer = api.post(f"{path}/files", params={"path": file}, content=text, headers=headers)
        answer.raise_for_status()
    _wait(api, api.put(f"{path}/state", json={"action": "start", "timeout": 60}))
    deadline = time.monotonic() + 180
    while api.get(f"{path}/files", params={"path": KEY}).status_code != 200:
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.1)


def _wait(api: httpx.Client, answer: httpx.Response) -> None:
    body: dict[str, Any] = answer.json()
    if body["type"] == "error":
        raise RuntimeError(body["error"])
    done = api.get(f"{body['operation']}/wait", params={"timeout": 180}).json()["metadata"]
    if done["err"]:
        raise RuntimeError(done["err"])


def _mac(number: int) -> str:
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


def _seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
