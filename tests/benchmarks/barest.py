"""The barest visit of hosts over paramiko: connect, run a script by sudo, keep what comes back.

    python barest.py CONNECTIONS HOSTS SCRIPT

HOSTS is a JSON list of [host, user, host key, identity file]; prints the bytes of each answer.
"""

from __future__ import annotations

import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import paramiko


def visit(script: bytes, one: list[str]) -> bytes:
    """What a host answers."""
    host, user, host_key, identity = one
    kind, blob = host_key.split()
    client = paramiko.SSHClient()
    key = paramiko.Ed25519Key(data=base64.b64decode(blob))
    client.get_host_keys().add(host, kind, key)
    with client:
        client.connect(
            host, username=user, key_filename=identity, look_for_keys=False, allow_agent=False
        )
        stdin, stdout, _stderr = client.exec_command("sudo -n sh")
        stdin.write(script)
        stdin.channel.shutdown_write()
        return stdout.read()


if __name__ == "__main__":
    connections, hosts, script = sys.argv[1:]
    work = partial(visit, Path(script).read_bytes())
    with ThreadPoolExecutor(int(connections)) as pool:
        answers = list(pool.map(work, json.loads(Path(hosts).read_text())))
    print(*map(len, answers))
