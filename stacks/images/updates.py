"""What is newer at the mirror than in an image: apt's own comparison.

apt is given the image's dpkg status, sources and preferences, and folders of its own for lists and
caches; nothing of this machine's configuration and none of its packages is looked at, nothing is
installed, and no rights are needed. The lists are fetched and checked against the archive's
signatures as at every update.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from govctl.texts import Message, msg
from stacks.images.sealed import closed_environment
from stacks.images.snapshot import Suite, snapshot_digest, suites

UPDATE_SECONDS = 180
COMPARE_SECONDS = 60
_UPGRADE = re.compile(r"^Inst (\S+) \[([^\]]+)\] \((\S+) ([^\[)]*)")
_SECURITY = re.compile(r"security", re.IGNORECASE)
_TROUBLE = ("E: ", "W: Failed to fetch", "W: Some index files failed", "Err:")
"""What says the most comes first."""


@dataclass(frozen=True, order=True)
class Update:
    """A package that is newer at the mirror."""

    name: str
    installed: str
    candidate: str
    security: bool


@dataclass(frozen=True)
class Pending:
    """What an image lacks."""

    updates: tuple[Update, ...] = ()
    unknown: Message | None = None
    """Why it cannot be said; there may be any number of updates then."""
    snapshot: str = ""
    """Digest of the state of the mirror that it was compared with."""
    archives: tuple[str, ...] = ()
    """The suites of the mirror: `bookworm`, `bookworm-security`."""

    @property
    def without_security(self) -> bool:
        """True if the image's sources name no archive of security updates: nothing was asked of
        the one place where they appear first."""
        return not any(_SECURITY.search(name) for name in self.archives)

    @property
    def security(self) -> int:
        """How many come from the archive of security updates."""
        return sum(update.security for update in self.updates)


@dataclass(frozen=True)
class Lists:
    """The mirror's package lists as they are now, or why they are not known."""

    folder: Path
    trouble: Message | None

    @property
    def suites(self) -> tuple[Suite, ...]:
        """The signed index files."""
        return suites(self.folder / "lists")


def fetch(state: Path, folder: Path, proxies: Mapping[str, str]) -> Lists:
    """Bring the lists of an image's sources up to date, in `folder`; images of the same sources
    share them. `state` is the folder that the image keeps for apt."""
    place = folder / _sources_digest(state)
    for name in ("lists/partial", "cache/archives/partial", "none"):
        (place / name).mkdir(parents=True, exist_ok=True)
    with _alone(place):
        done = _apt(state, place, ["update"], proxies, UPDATE_SECONDS)
    return Lists(place, done if isinstance(done, Message) else None)


def pending(state: Path, lists: Lists) -> Pending:
    """What of an image is older than in these lists."""
    if lists.trouble:
        return Pending(unknown=lists.trouble)
    if not lists.suites:
        return Pending(unknown=msg("the image's sources name no mirror"))
    with _alone(lists.folder):
        done = _apt(state, lists.folder, ["--simulate", "dist-upgrade"], {}, COMPARE_SECONDS)
    if isinstance(done, Message):
        return Pending(unknown=done)
    found = lists.suites
    archives = tuple(dict.fromkeys(one.codename for one in found))
    return Pending(parse_simulation(done), None, snapshot_digest(found), archives)


def parse_simulation(output: str) -> tuple[Update, ...]:
    """The packages that `apt-get --simulate dist-upgrade` would replace, sorted; what it would
    install besides is none of an image's age."""
    found = filter(None, (_UPGRADE.match(line) for line in output.splitlines()))
    return tuple(sorted(Update(m[1], m[2], m[3], bool(_SECURITY.search(m[4]))) for m in found))


def _apt(
    state: Path, place: Path, words: list[str], proxies: Mapping[str, str], seconds: int
) -> str | Message:
    """apt-get's output, or why there is none that can be relied on."""
    configuration = place / "apt.conf"
    configuration.write_text(_configuration(state, place))
    environment = {**closed_environment(), **proxies, "APT_CONFIG": str(configuration)}
    try:
        done = subprocess.run(
            ["apt-get", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return msg("the mirror did not answer within {seconds} s", seconds=seconds)
    except FileNotFoundError:
        return msg("{program} is not installed", program="apt-get")
    output = done.stdout.decode(errors="replace")
    lines = output.splitlines()
    trouble = [line for begin in _TROUBLE for line in lines if line.startswith(begin)]
    # An apt that could not fetch a list may end well and use an old one.
    if done.returncode or trouble:
        said = trouble[0] if trouble else f"apt-get: {done.returncode}"
        return msg("the mirror cannot be asked: {reason}", reason=said.strip())
    return output


def _configuration(state: Path, place: Path) -> str:
    """apt.conf(5); this file is read before all others, and names no folder of theirs."""
    settings = {
        "Dir::Etc": f"{state / 'etc'}/",
        "Dir::Etc::Main": "/dev/null",
        "Dir::Etc::Parts": str(place / "none"),
        "Dir::State": f"{place}/",
        "Dir::State::Lists": f"{place / 'lists'}/",
        "Dir::State::Status": str(state / "status"),
        "Dir::State::Extended_States": str(place / "extended_states"),
        "Dir::Cache": f"{place / 'cache'}/",
        "Dir::Log": f"{place}/",
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",
        "Acquire::https::Timeout": "20",
        "APT::Architecture": _architecture(state),
        "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",
        "Debug::NoLocking": "true",
        "Dpkg::Use-Pty": "false",
    }
    return "".join(f'{name} "{value}";\n' for name, value in settings.items())


def _architecture(state: Path) -> str:
    """The image's, which need not be this machine's: that of dpkg itself."""
    status = (state / "status").read_text(encoding="utf-8", errors="replace")
    for stanza in status.split("\n\n"):
        if stanza.startswith("Package: dpkg\n"):
            found = re.search(r"^Architecture: (\S+)", stanza, re.MULTILINE)
            return found[1] if found else ""
    return ""


def _sources_digest(state: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted((state / "etc").rglob("*")):
        if path.is_file() and "sources" in path.relative_to(state).as_posix():
            digest.update(path.relative_to(state).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Two looks at once would write the same lists."""
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
