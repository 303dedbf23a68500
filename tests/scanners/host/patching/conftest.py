from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.host.collect import scan_host
from scanners.host.model import Missing
from scanners.host.patching.updates import Updates, updates_source
from scanners.host.reach.address import LocalHost
from tests.scanners.host.patching.mirror import Deb, System, publish

Look = Callable[..., Updates | Missing]

MAIN = (Deb("hello", "1.0"), Deb("other", "1.1"), Deb("newer", "1.2"), Deb("pinned", "1.0"))
SECURITY = (
    Deb("hello", "1.1", depends="extra"),
    Deb("extra", "1.0"),
    Deb("tool", "1.0"),
    Deb("newer", "1.1"),
    Deb("pinned", "1.1"),
    Deb("heldone", "1.1"),
)


@pytest.fixture(scope="session")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Lines for sources.list: an archive like Debian's, and one like that of its security team."""
    folder = tmp_path_factory.mktemp("mirror")
    return {
        "main": publish(folder / "main", "Debian", "stable", MAIN),
        "security": publish(folder / "security", "Debian-Security", "stable-security", SECURITY),
        "older": publish(folder / "older", "Debian-Security", "oldstable-security", (), "11"),
    }


@pytest.fixture
def system(tmp_path: Path, mirrors: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> System:
    """A system with old packages, which apt and dpkg on this machine work on."""
    made = System(tmp_path / "system", [mirrors["main"], mirrors["security"]])
    made.install(
        "hello 1.0", "tool 1.0", "other 1.0", "newer 1.0", "pinned 1.0",
        "heldone 1.0 hold ok installed",
    )  # fmt: skip
    preferences = "Package: pinned\nPin: version 1.0\nPin-Priority: 1001\n"
    (made.root / "etc/apt/preferences").write_text(preferences)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def look() -> Look:
    """Visit this machine, with the real apt."""

    def look(*chosen: tuple[str, str]) -> Updates | Missing:
        source = updates_source(chosen)
        return scan_host(LocalHost(), "here", sources=[source]).get(Updates)

    return look
