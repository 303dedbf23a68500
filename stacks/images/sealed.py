"""Commands that work on a tree of files as if it were a machine, and leave no mount behind.

Each command runs in mount and process namespaces of its own: when it ends, or when we are killed,
the kernel ends what it started and drops its mounts.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.texts import _

# Device nodes are bound one by one: a package's script must not reach the host's others.
_SCRIPT = """
set -eu
tree=$1; binds=$2; shift 2
mount -t proc proc "$tree/proc"
mount -t tmpfs -o mode=0755 tmpfs "$tree/dev"
for node in null zero full random urandom tty; do
    : > "$tree/dev/$node"
    mount --bind "/dev/$node" "$tree/dev/$node"
done
ln -s /proc/self/fd "$tree/dev/fd"
mkdir -m 1777 "$tree/dev/shm"
mount -t tmpfs -o mode=0755 tmpfs "$tree/run"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
for bind in $binds; do
    target=$tree${bind#*=}
    mkdir -p "$target"
    mount --bind "${bind%%=*}" "$target"
done
exec "$@"
"""
# The kernel kills unshare if we die, and unshare's child if unshare dies.
_NAMESPACES = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
)


def beside(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in namespaces of its own, and that dies with us."""
    return [*_NAMESPACES, *command]


def sealed(
    tree: Path, command: Sequence[str], binds: Mapping[Path, str] | None = None
) -> list[str]:
    """The command line that runs `command` beside the tree with /proc, /dev, /run and /tmp in it.

    `binds` maps folders of the host to folders inside the tree. Paths hold no blanks.
    """
    pairs = " ".join(f"{source}={target}" for source, target in (binds or {}).items())
    return beside(["sh", "-c", _SCRIPT, "sealed", str(tree), pairs, *command])


def inside(
    tree: Path, command: Sequence[str], binds: Mapping[Path, str] | None = None
) -> list[str]:
    """The same, with the tree as the root of the command's file system."""
    return sealed(tree, ["chroot", str(tree), *command], binds)


def run(command: Sequence[str], *, timeout: float, env: Mapping[str, str] | None = None) -> str:
    """Run a command of a build; return its output, or raise `ProvisionError` with its last lines.

    Also raised where it takes too long; `MissingPrerequisite` if there is no such program.

    `timeout` is in seconds. The build's environment is closed: only PATH, HOME, what names a proxy,
    and `env` pass.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            env={**closed_environment(), **(env or {})},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProvisionError(
            _(
                "building an image: `{command}` took more than {s} s",
                command=_shown(command),
                s=round(timeout),
            )
        ) from error
    except FileNotFoundError as error:
        raise MissingPrerequisite(
            _("{program} is not installed", program=command[0]), hint=_("run `govctl doctor --fix`")
        ) from error
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        tail = "\n".join(output.strip().splitlines()[-15:])
        raise ProvisionError(
            _("building an image: `{command}` failed", command=_shown(command)), hint=tail
        )
    return output


def closed_environment() -> dict[str, str]:
    """What a build may see of our environment."""
    passed = ("PATH", "HOME", "http_proxy", "https_proxy", "no_proxy")
    ours = {name: os.environ[name] for name in passed if name in os.environ}
    return {
        "HOME": "/root",
        **ours,
        "PATH": f"{ours.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }


def _shown(command: Sequence[str]) -> str:
    """The command without the wrapping that `sealed` put around it."""
    words = list(command)
    return " ".join(words[words.index("sealed") + 3 :] if "sealed" in words else words)
