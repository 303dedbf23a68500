"""What is newer at the mirror: apt itself answers, of a mirror that is a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stacks.images.kept import Kept
from stacks.images.snapshot import snapshot_digest
from stacks.images.updates import Update, fetch, parse_simulation, pending
from tests.stacks.kept import PACKAGES, keep_image

SIMULATED = """\
NOTE: This is only a simulation!
Inst libc6 [2.36-9+deb12u10] (2.36-9+deb12u13 Debian-Security:12/oldstable-security [amd64]) []
Inst tzdata [2024b-0+deb12u1] (2025b-0+deb12u2 Debian:12.12/oldstable, Debian:12-updates/oldstable-updates [all])
Inst linux-image-6.1.0-41-amd64 (6.1.158-1 Debian-Security:12/oldstable-security [amd64])
Conf libc6 (2.36-9+deb12u13 Debian-Security:12/oldstable-security [amd64])
Remv old [1]
"""  # noqa: E501 - apt's own lines


def test_a_simulated_upgrade_is_read_and_what_comes_new_is_no_update() -> None:
    assert parse_simulation(SIMULATED) == (
        Update("libc6", "2.36-9+deb12u10", "2.36-9+deb12u13", True),
        Update("tzdata", "2024b-0+deb12u1", "2025b-0+deb12u2", False),
    )


def mirror(folder: Path, label: str = "Debian", **packages: str) -> str:
    """A mirror of these versions; give its line for a sources.list."""
    folder.mkdir(parents=True, exist_ok=True)
    stanzas = (
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: ./{name}.deb\n"
        f"Size: 1\nSHA256: {'0' * 64}\nMaintainer: S <s@example.test>\nDescription: x\n\n"
        for name, version in packages.items()
    )
    listed = "".join(stanzas)
    (folder / "Packages").write_text(listed)
    digest = hashlib.sha256(listed.encode()).hexdigest()
    (folder / "Release").write_text(
        f"Origin: Debian\nLabel: {label}\nSuite: stable\n"
        f"Codename: {label.lower().replace('debian', 'bookworm')}\n"
        f"Date: Sat, 21 Nov 2026 00:00:00 UTC\nSHA256:\n {digest} {len(listed)} Packages\n"
    )
    return f"deb [trusted=yes] file:{folder} ./"


def image(folder: Path, source: str) -> Path:
    kept = keep_image(folder / "images", "portal-web", "a" * 64, source=source)
    assert kept.state is not None
    return kept.state


def test_apt_says_what_is_newer_and_whether_it_is_for_security(tmp_path: Path) -> None:
    plain = mirror(tmp_path / "plain", dpkg=PACKAGES["dpkg"], openssl="3.0.11-1~older")
    secure = mirror(tmp_path / "secure", "Debian-Security", openssl="3.0.11-1+deb12u2", new="1")
    state = image(tmp_path, f"{plain}\n{secure}")
    lists = fetch(state, tmp_path / "updates", {})
    found = pending(state, lists)
    assert found.unknown is None
    assert found.updates == (Update("openssl", "3.0.11-1", "3.0.11-1+deb12u2", True),)
    assert found.security == 1
    assert found.snapshot == snapshot_digest(lists.suites) != ""
    assert set(found.archives) == {"bookworm", "bookworm-security"}
    assert not found.without_security


def test_what_is_up_to_date_has_nothing_pending(tmp_path: Path) -> None:
    state = image(tmp_path, mirror(tmp_path / "mirror", **PACKAGES))
    found = pending(state, fetch(state, tmp_path / "updates", {}))
    assert (found.updates, found.unknown) == ((), None)
    assert found.without_security  # which is said beside "none"


def test_a_preference_of_the_image_counts(tmp_path: Path) -> None:
    state = image(tmp_path, mirror(tmp_path / "mirror", openssl="9"))
    (state / "etc/preferences").write_text(
        "Package: openssl\nPin: version 3.*\nPin-Priority: 1001\n"
    )
    assert pending(state, fetch(state, tmp_path / "updates", {})).updates == ()


@pytest.mark.parametrize(
    "source",
    [
        "deb [trusted=yes] file:/no/such/mirror ./",
        "deb [trusted=yes] http://127.0.0.1:9/debian bookworm main",
        "this is no source",
    ],
)
def test_a_mirror_that_does_not_answer_leaves_it_unknown(tmp_path: Path, source: str) -> None:
    state = image(tmp_path, source)
    found = pending(state, fetch(state, tmp_path / "updates", {}))
    assert found.updates == ()
    assert found.unknown is not None
    assert found.unknown.render("en").startswith("the mirror cannot be asked: E: ")


def test_lists_of_yesterday_do_not_stand_in_for_a_mirror_that_is_gone(tmp_path: Path) -> None:
    source = mirror(tmp_path / "mirror", openssl="9")
    state = image(tmp_path, source)
    assert pending(state, fetch(state, tmp_path / "updates", {})).updates
    (tmp_path / "mirror").rename(tmp_path / "away")
    assert pending(state, fetch(state, tmp_path / "updates", {})).unknown is not None


def test_an_unsigned_mirror_is_not_believed(tmp_path: Path) -> None:
    source = mirror(tmp_path / "mirror", openssl="9").replace("[trusted=yes] ", "")
    state = image(tmp_path, source)
    assert pending(state, fetch(state, tmp_path / "updates", {})).unknown is not None


def test_an_image_without_sources_is_not_up_to_date_but_unknown(tmp_path: Path) -> None:
    state = image(tmp_path, "")
    found = pending(state, fetch(state, tmp_path / "updates", {}))
    assert found.unknown is not None


def test_a_state_of_another_architecture_is_compared_as_such(tmp_path: Path) -> None:
    kept: Kept = keep_image(
        tmp_path / "images", "portal-web", "b" * 64,
        source=mirror(tmp_path / "mirror", openssl="9"),
    )  # fmt: skip
    assert kept.state is not None
    status = kept.state / "status"
    status.write_text(status.read_text().replace("Architecture: amd64", "Architecture: arm64"))
    found = pending(kept.state, fetch(kept.state, tmp_path / "updates", {}))
    assert found.updates == ()  # the mirror has openssl for amd64 only
