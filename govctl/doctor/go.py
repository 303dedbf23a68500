"""Go, to build the Pulumi command line with: the machine's own, the distribution's, or a newer one.

Go 1.21 and later fetch the toolchain that a go.mod asks for. Older ones (Debian 12 has 1.19, Ubuntu
22.04 has 1.18) do not, but toolchains are modules, and so even these can download one, checked
against Go's checksum database like any module (https://go.dev/doc/toolchain).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from govctl.doctor.host import Host, run
from govctl.doctor.model import OnStep
from govctl.doctor.packages import apt_install
from govctl.doctor.versions import Version, dotted, parse_version
from govctl.errors import MissingPrerequisite
from govctl.texts import Message, msg

FETCHES_TOOLCHAINS: Version = (1, 21, 0)
"""The first Go that fetches the toolchain which a go.mod asks for."""
PACKAGE = "golang-go"
DOWNLOAD_SECONDS = 300


def asked_version(go_mod: str) -> str:
    """The version of Go that a go.mod asks for: `1.25.11`."""
    found = re.search(r"^go (\S+)$", go_mod, re.MULTILINE)
    if not found:
        raise ValueError("go.mod names no version of Go")
    return found[1]


def go_program() -> Path | None:
    """`go` on PATH or where Go's own archive puts it."""
    usual = f"{os.environ.get('PATH', '')}:/usr/local/go/bin:/usr/lib/go/bin"
    found = shutil.which("go", path=usual)
    return Path(found) if found else None


def go_for(host: Host, asked: str, on_step: OnStep) -> Path | Message:
    """A `go` that can build what asks for Go `asked`, or why there is none.

    Installs the distribution's if there is none, and downloads the toolchain if it is too old to do
    so by itself.
    """
    go = go_program()
    if go is None and host.debian_family:
        on_step(msg("installing packages: {names}", names=PACKAGE))
        try:
            apt_install(host, [PACKAGE])
        except MissingPrerequisite as error:
            return Message("{why}", {"why": error.message})
        go = go_program()
    if go is None:
        return msg("there is no Go to build it with")
    version = parse_version(run([str(go), "env", "GOVERSION"], cwd=Path("/")).stdout)
    if version and version >= FETCHES_TOOLCHAINS:
        return go
    said = dotted(version) if version else "-"
    on_step(msg("downloading Go {asked}: {path} is {version}", asked=asked, path=go, version=said))
    return _download(go, asked)


def _download(go: Path, asked: str) -> Path | Message:
    """The `go` of the toolchain `asked`, from Go's module cache."""
    platform = "-".join(run([str(go), "env", "GOOS", "GOARCH"], cwd=Path("/")).stdout.split())
    module = f"golang.org/toolchain@v0.0.1-go{asked}.{platform}"
    command = [str(go), "mod", "download", "-json", module]
    env = {"GO111MODULE": "on"}
    done = run(command, timeout=DOWNLOAD_SECONDS, cwd=Path("/"), env=env, alone=True)
    if not done.ok:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"status {done.status}"]
        return msg("Go {asked} cannot be downloaded: {why}", asked=asked, why=last[0])
    folder = Path(json.loads(done.stdout)["Dir"])
    # The module cache keeps no executable bits; Go 1.21 sets these same ones.
    for program in (*folder.glob("bin/*"), *folder.glob("pkg/tool/*/*")):
        program.chmod(program.stat().st_mode | 0o111)
    return folder / "bin" / "go"
