"""A small mirror of packages made by dpkg-deb, and a dpkg database of its own for the real apt."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

RELEASE = "12"


@dataclass(frozen=True)
class Deb:
    """A package to build."""

    name: str
    version: str
    depends: str = ""
    conflicts: str = ""
    files: Mapping[str, tuple[str | bytes, int]] = field(default_factory=dict)
    """Path → content and mode."""
    scripts: Mapping[str, str] = field(default_factory=dict)
    """postinst, prerm …"""
    conffiles: Sequence[str] = ()

    @property
    def control(self) -> str:
        lines = [
            f"Package: {self.name}",
            f"Version: {self.version}",
            "Architecture: all",
            "Maintainer: Tests <tests@example.org>",
            f"Depends: {self.depends}" if self.depends else "",
            f"Conflicts: {self.conflicts}" if self.conflicts else "",
            "Description: made by a test",
        ]
        return "".join(f"{line}\n" for line in lines if line)


def build(deb: Deb, folder: Path) -> Path:
    """The `.deb` file of a package."""
    source = folder / "source" / f"{deb.name}_{deb.version}"
    debian = source / "DEBIAN"
    debian.mkdir(parents=True)
    (debian / "control").write_text(deb.control)
    for name, text in deb.scripts.items():
        (debian / name).write_text(text)
        (debian / name).chmod(0o755)
    if deb.conffiles:
        (debian / "conffiles").write_text("".join(f"{path}\n" for path in deb.conffiles))
    files = deb.files or {f"/usr/share/{deb.name}": (deb.version, 0o644)}
    for path, (content, mode) in files.items():
        place = source / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
    target = folder / f"{deb.name}_{deb.version}.deb"
    subprocess.run(
        ["dpkg-deb", "-Znone", "--root-owner-group", "--build", source, target],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return target


def publish(
    folder: Path, label: str, suite: str, debs: Sequence[Deb], release: str = RELEASE
) -> str:
    """An archive of these packages; gives the words of its line in sources.list(5)."""
    folder.mkdir(parents=True, exist_ok=True)
    index = ""
    for deb in debs:
        content = build(deb, folder).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        index += (
            f"{deb.control}Filename: ./{deb.name}_{deb.version}.deb\n"
            f"Size: {len(content)}\nSHA256: {digest}\n\n"
        )
    (folder / "Packages").write_text(index)
    digest = hashlib.sha256(index.encode()).hexdigest()
    (folder / "Release").write_text(
        f"Origin: Debian\nLabel: {label}\nSuite: {suite}\nCodename: {suite}\n"
        f"Version: {release}\nDate: Sun, 01 Nov 2026 10:00:00 UTC\nArchitectures: all\n"
        f"SHA256:\n {digest} {len(index)} Packages\n"
    )
    return f"deb [trusted=yes] file:{folder} ./"


class System:
    """A tree with dpkg's database and apt's settings, that apt works on instead of this machine."""

    def __init__(self, root: Path, sources: Sequence[str]) -> None:
        self.root = root
        for name in (
            "dpkg/info", "dpkg/updates", "dpkg/triggers", "apt/lists/partial", "log/apt",
            "cache/apt/archives/partial",
        ):  # fmt: skip
            (root / "var/lib" / name).mkdir(parents=True)
        (root / "etc/apt/preferences.d").mkdir(parents=True)
        self.sources(sources)
        (root / "apt.conf").write_text(
            f'Dir "{root}";\nDir::State "{root}/var/lib/apt";\n'
            f'Dir::State::status "{root}/var/lib/dpkg/status";\n'
            f'Dir::Cache "{root}/var/lib/cache/apt";\nDir::Log "{root}/var/lib/log/apt";\n'
            'Dir::Etc::Trusted "/dev/null";\nDir::Bin::dpkg "/usr/bin/dpkg";\n'
            f'DPkg::Options {{ "--root={root}"; "--force-bad-path"; "--log=/dev/null"; }};\n'
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which apt and dpkg find it (apt.conf(5), dpkg(1))."""
        return {
            "APT_CONFIG": str(self.root / "apt.conf"),
            "DPKG_ADMINDIR": str(self.root / "var/lib/dpkg"),
            "DPKG_ROOT": str(self.root),
        }

    def sources(self, lines: Sequence[str]) -> None:
        """Write /etc/apt/sources.list."""
        text = "".join(f"{line}\n" for line in lines)
        (self.root / "etc/apt/sources.list").write_text(text)

    def install(self, *rows: str) -> None:
        """Fill dpkg's database: `name version`, and perhaps a status."""
        text = ""
        for row in rows:
            name, version, *status = row.split(" ", 2)
            state = status[0] if status else "install ok installed"
            text += f"Package: {name}\nStatus: {state}\nArchitecture: all\nVersion: {version}\n"
            text += "Maintainer: Tests <tests@example.org>\nDescription: made by a test\n\n"
            (self.root / f"var/lib/dpkg/info/{name}.list").write_text("/.\n")
        (self.root / "var/lib/dpkg/status").write_text(text)

    def versions(self) -> dict[str, str]:
        """What dpkg says is installed."""
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\\n"],
            env={**os.environ, **self.environment},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        rows = (line.split() for line in done.stdout.splitlines())
        return {name: version for name, version, state in rows if state == "installed"}
