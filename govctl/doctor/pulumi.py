"""The Pulumi command line: on PATH, from Pulumi's installer, or built from its Go modules.

The Automation API runs the program `pulumi`; PyPI's package is the SDK alone.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from govctl import caches
from govctl.doctor.go import asked_version, go_for
from govctl.doctor.host import Host, run
from govctl.doctor.model import OnStep, Prerequisite, State
from govctl.doctor.versions import Version, dotted, parse_version
from govctl.errors import MissingPrerequisite
from govctl.texts import Message, _, msg

OLDEST: Version = (3, 255, 0)
"""The first whose policy packs are executables."""
NEXT_MAJOR: Version = (4, 0, 0)
MODULES = Path(__file__).parents[2] / "stacks" / "pulumi_cli"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
DOWNLOAD_SECONDS = 300
CONNECT_SECONDS = 10
BUILD_SECONDS = 3600

# Runs in a process of its own: the SDK's installer has no time-out, and a whole group can be ended.
_INSTALL = """
import socket, sys
socket.setdefaulttimeout(float(sys.argv[3]))
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


def pinned_version(go_mod: str) -> str:
    """The version of the command line that a go.mod requires, without the `v`."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", go_mod)
    if not found:
        raise ValueError("go.mod does not require github.com/pulumi/pulumi/pkg/v3")
    return found[1]


def cache_folder() -> Path:
    """Where this user's caches lie: `$XDG_CACHE_HOME/govctl`, or `~/.cache/govctl`."""
    return Path(caches.folder())


def cache_root() -> Path:
    """The root of the pinned command line in the cache: `…/pulumi/<version>`."""
    return cache_folder() / "pulumi" / pinned_version((MODULES / "go.mod").read_text())


def version_of(program: Path) -> Version | None:
    """What a `pulumi` program says of itself; None if it does not run."""
    done = run([str(program), "version"], timeout=60, env={"PULUMI_SKIP_UPDATE_CHECK": "true"})
    return parse_version(done.stdout) if done.ok else None


def suitable(version: Version | None) -> bool:
    """True for a version that the engine can be driven with."""
    return version is not None and OLDEST <= version < NEXT_MAJOR


def found_program() -> Path | None:
    """A suitable `pulumi` on PATH, else in the cache; None if there is none."""
    on_path = shutil.which("pulumi")
    candidates = [Path(on_path)] if on_path else []
    candidates.append(cache_root() / "bin" / "pulumi")
    usable = (path for path in candidates if path.exists() and suitable(version_of(path)))
    return next(usable, None)


def pulumi_command() -> Path:
    """The folder whose `bin/pulumi` the engine runs, as `PulumiCommand(root=…)` wants it.

    Raises `MissingPrerequisite` if no suitable command line is here.
    """
    program = found_program()
    if program is None:
        raise MissingPrerequisite(
            _("there is no Pulumi command line, version {oldest} or newer", oldest=dotted(OLDEST)),
            hint=_("run `govctl doctor --fix`"),
        )
    if program.parent.name == "bin":
        return program.parent.parent
    link = cache_folder() / "pulumi" / "path" / "bin" / "pulumi"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(program)
    return link.parent.parent


class Pulumi(Prerequisite):
    """The Pulumi command line."""

    id = "pulumi"

    def look(self, host: Host) -> State:
        """Which one is used, and its version."""
        name = msg("Pulumi command line")
        program = found_program()
        if program:
            current = dotted(version_of(program) or OLDEST)
            return State(
                self.id, name, "ok", msg("{version}, {path}", version=current, path=program)
            )
        on_path = shutil.which("pulumi")
        remedy = msg("install version {oldest} or newer, or have it built", oldest=dotted(OLDEST))
        if on_path:
            version = version_of(Path(on_path))
            said = dotted(version) if version else "-"
            found = msg("{path} is version {version}", path=on_path, version=said)
            return State(self.id, name, "wrong", found, remedy, fixable=True)
        return State(self.id, name, "missing", msg("not on PATH"), remedy, fixable=True)

    def get(self, host: Host, on_step: OnStep) -> None:
        """Install it, or build it where Pulumi's site cannot be reached."""
        ways: tuple[Callable[[Host, Path, OnStep], Message | None], ...] = (install, build)
        reasons = []
        for way in ways:
            reason = way(host, cache_root(), on_step)
            if reason is None:
                return
            reasons.append(reason.render())
        raise MissingPrerequisite(
            _("the Pulumi command line cannot be had: {why}", why="; ".join(reasons)),
            hint=_("put `pulumi` {oldest} or newer on PATH", oldest=dotted(OLDEST)),
        )


def install(_host: Host, root: Path, on_step: OnStep) -> Message | None:
    """Pulumi's own installer into `root`; None if it worked, else why not."""
    on_step(msg("downloading the Pulumi command line {version}", version=root.name))
    done = run(
        [sys.executable, "-c", _INSTALL, str(root), root.name, str(CONNECT_SECONDS)],
        timeout=DOWNLOAD_SECONDS,
        alone=True,
    )
    if done.ok and suitable(version_of(root / "bin" / "pulumi")):
        return None
    last = done.stderr.strip().splitlines()[-1:] or [f"status {done.status}"]
    return msg("Pulumi's installer failed: {why}", why=last[0])


def build(host: Host, root: Path, on_step: OnStep) -> Message | None:
    """Build the pinned Go modules into `root`; None if it worked, else why not.

    Takes about four minutes on two cores, and gets Go where that lacks. The program appears in one
    step, when it is complete.
    """
    go = go_for(host, asked_version((MODULES / "go.mod").read_text()), on_step)
    if isinstance(go, Message):
        return go
    on_step(msg("building the Pulumi command line {version}: about 4 minutes", version=root.name))
    (root / "bin").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".build-") as folder:
        program = Path(folder) / "pulumi"
        flags = f"-s -w -X {VERSION_VARIABLE}=v{root.name}"
        tags = "osusergo,grpcnotrace"
        line = [str(go), "build", "-tags", tags, "-trimpath", "-ldflags", flags]
        done = run(
            [*line, "-o", str(program), PACKAGE],
            timeout=BUILD_SECONDS,
            cwd=MODULES,
            env={"GOTOOLCHAIN": "auto"},  # Go's container images are set to fetch none
            alone=True,
        )
        if not done.ok:
            last = done.stderr.strip().splitlines()[-1:] or [f"status {done.status}"]
            return msg("the build failed: {why}", why=last[0])
        program.rename(root / "bin" / "pulumi")
    return None
