"""The same for pyinfra, which runs it in an environment of its own."""

import json
from pathlib import Path

from pyinfra import host  # type: ignore[import-not-found]
from pyinfra.operations import files, server, systemd  # type: ignore[import-not-found]

data = json.loads(Path(host.data.controls).read_text())
written = [
    files.line(
        name=f"sshd {row['name']}",
        path="/etc/ssh/sshd_config.d/00-pyinfra.conf",
        line=f"^{row['name']} ",
        replace=f"{row['name']} {row['wanted']}",
    )
    for row in data["sshd"]
]
for row in data["sysctl"]:
    server.sysctl(
        name=row["name"],
        key=row["name"],
        value=int(row["wanted"]),
        persist=True,
        persist_file="/etc/sysctl.d/zz-pyinfra.conf",
    )
for row in data["mode"]:
    place = files.directory if row["directory"] else files.file
    place(name=row["name"], path=row["name"], mode=row["wanted"], user="root")
systemd.service(
    name="reload",
    service="ssh",
    reloaded=True,
    _if=lambda: any(one.did_change() for one in written),
)
