"""`image build, list, show, remove`, as their users type them; nothing is built here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Govctl
from tests.stacks.kept import keep_image
from tests.stacks.test_updates import mirror

ROLE, OTHER = "portal-web", "network-router"
NEW, OLD = "c0ffee000000" + "0" * 52, "dec0de000000" + "1" * 52


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two images of one role and one of another, from a mirror that is a folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache/govctl/images"
    source = mirror(tmp_path / "mirror", "Debian-Security", dpkg="1.21.22", openssl="3.0.19")
    keep_image(folder, ROLE, OLD, created=1_600_000_000, source=source)
    keep_image(folder, ROLE, NEW, source=source)
    packages = {"dpkg": "1.21.22", "openssl": "3.0.19"}
    keep_image(folder, OTHER, "f" * 64, packages=packages, source="deb file:/no/mirror ./")
    return folder


@pytest.fixture
def nowhere(estate: Path) -> Path:
    """An estate whose target does not answer."""
    file = estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^target:.*$", "target: {kind: lxd, url: unix:///no/socket}", text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return estate


def test_images_are_listed_with_age_size_packages_scan_and_updates(
    govctl: Govctl, cache: Path, nowhere: Path
) -> None:
    said = govctl("image", "list", "-e", nowhere)
    assert said.code == 0, said.err
    blocks = [block.splitlines() for block in said.out.split("\n\n")]
    router, newest, oldest = blocks[:3]
    assert router[0].startswith("network-router  ffffffffffff  ")
    assert router[2].startswith("  updates: not known: the mirror cannot be asked: E: ")
    assert newest[0].startswith("portal-web  c0ffee000000  ")
    assert newest[0].endswith("days old · 2 MB · 2 packages")
    assert newest[1] == "  tcvn14423-2026:3: 2 not evaluated · 40 pass · 7 not applicable"
    assert newest[2] == "  updates: 1 pending, 1 of them security: openssl"
    assert oldest[0].startswith("portal-web  dec0de000000  ")
    assert "machines: not known: " in said.out
    assert "none" not in said.out
    assert "to be built: " in said.out


def test_programs_are_told_what_is_not_known_as_null(
    govctl: Govctl, cache: Path, nowhere: Path
) -> None:
    said = govctl("image", "list", "-e", nowhere, "--format", "json")
    document = json.loads(said.out)
    router, newest, _oldest = document["images"]
    assert router["updates"]["pending"] is None
    assert router["updates"]["unknown"]
    assert newest["updates"]["pending"] == 1
    assert newest["updates"]["packages"] == [
        {"name": "openssl", "installed": "3.0.11-1", "candidate": "3.0.19", "security": True}
    ]
    assert newest["machines"] is None
    assert document["machines_unknown"]
    assert (newest["id"], newest["packages"], newest["scan"]["pass"]) == ("c0ffee000000", 2, 40)
    assert newest["wanted"] is False
    assert ROLE in document["to_be_built"]


def test_without_a_look_at_the_mirror_nothing_is_said_to_be_up_to_date(
    govctl: Govctl, cache: Path
) -> None:
    said = govctl("image", "list", "--no-updates")
    assert said.out.count("updates: not known: not asked (--no-updates)") == 3
    assert not (cache / "updates").exists()


def test_an_empty_cache_says_so(
    govctl: Govctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert govctl("image", "list").out.startswith("no image is kept yet\n")


def test_the_next_command_brings_what_is_stale_up_to_date(govctl: Govctl, cache: Path) -> None:
    """For the newest image of a role alone, and by what it was judged before."""
    said = govctl("image", "list")
    assert said.out.endswith(
        "next: govctl image build portal-web --baseline=tcvn14423-2026:3 --update\n"
    )


def test_a_role_means_its_newest_image_and_an_id_may_be_cut_short(
    govctl: Govctl, cache: Path
) -> None:
    assert NEW in govctl("image", "show", ROLE).out
    assert NEW in govctl("image", "show", "portal").out
    said = govctl("image", "show", "dec0")
    assert OLD in said.out
    assert "bookworm  Sat, 11 Jul 2026 10:16:37 UTC  abababab" in said.out
    assert json.loads(govctl("image", "show", ROLE, "--format", "json").out)["digest"] == NEW


def test_what_an_image_fails_is_named(govctl: Govctl, cache: Path) -> None:
    folder = cache / f"{ROLE}-{NEW[:16]}"
    manifest = json.loads((folder / "manifest.json").read_text())
    counts = {"fail": 1, "not-evaluated": 1, "pass": 1}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "scan": counts}))
    statuses = {"updates-automatic": "fail", "disk-encryption": "not-evaluated", "x": "pass"}
    results = [{"check": name, "status": status} for name, status in statuses.items()]
    (folder / "scan.json").write_text(json.dumps({"results": results}))
    said = " ".join(govctl("image", "show", ROLE).out.split())
    assert said.endswith(
        "fails what no role closes (govctl check show says why): updates-automatic"
        " not evaluated: disk-encryption"
    )


def test_the_bill_and_the_scan_come_out_as_they_were_kept(
    govctl: Govctl, cache: Path, tmp_path: Path
) -> None:
    bill = json.loads(govctl("image", "show", ROLE, "--sbom").out)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", ROLE)
    assert govctl("image", "show", ROLE, "--scan", "-o", tmp_path / "scan.json").code == 0
    kept = cache / f"{ROLE}-{NEW[:16]}" / "scan.json"
    assert (tmp_path / "scan.json").read_bytes() == kept.read_bytes()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["show", "portal-wbe"], "no image is called portal-wbe"),
        (["show", ""], "no image is called"),
        (["show", ROLE, "--sbom", "--scan"], "one document at a time"),
        (["remove", "0123", "--yes"], "no image is called 0123"),
        (["build", "portl"], "did you mean portal?"),
        (["build", ROLE, "conference-spi"], "did you mean conference-sip?"),
        (["build", ROLE, "--baseline", "tcvn14423-2026:9"], "has no level 9"),
        (["build", ROLE, "--baseline", "tcvn"], "there is no baseline tcvn"),
        (["build"], "needs WHAT"),
    ],
)
def test_wrong_words_are_refused_with_a_hint(
    govctl: Govctl, cache: Path, words: list[str], expected: str
) -> None:
    said = govctl("image", *words)
    assert said.code == 2
    assert expected in said.err


def test_an_estate_says_itself_what_its_images_are_judged_by(
    govctl: Govctl, cache: Path, estate: Path
) -> None:
    said = govctl("image", "build", estate, "--baseline", "tcvn14423-2026:3")
    assert (said.code, "an estate says itself" in said.err) == (2, True)


def test_a_dry_run_names_what_would_be_built(govctl: Govctl, cache: Path, estate: Path) -> None:
    said = govctl("image", "build", "portal", "--baseline", "tcvn14423-2026:3", "--dry-run")
    assert (said.code, said.out) == (0, "would build: portal-web\n")
    of_estate = govctl("image", "build", estate, "--dry-run", "--format", "json")
    roles = json.loads(of_estate.out)["would_build"]
    assert {ROLE, OTHER, "infrastructure-dns"} <= set(roles)
    some = govctl("image", "build", estate, "infrastructure", "--dry-run", "--format", "json")
    assert {role.partition("-")[0] for role in json.loads(some.out)["roles"]} == {"infrastructure"}


def test_an_image_built_by_hand_is_the_one_that_an_estate_of_that_baseline_wants(
    govctl: Govctl, cache: Path, estate: Path
) -> None:
    from govctl.estate import load
    from govctl.pipeline.image.image_scope import of_estate, of_roles
    from govctl.pipeline.image.images import keys_of

    wanted = {role.name: key for role, key in keys_of(of_estate(load(estate))).items()}
    level = max(system.level for system in load(estate).systems)
    by_hand = keys_of(of_roles([ROLE], [f"{name}:{level}" for name in load(estate).baselines]))
    assert {role.name: key for role, key in by_hand.items()} == {ROLE: wanted[ROLE]}


def test_nothing_is_removed_while_nobody_can_say_who_uses_it(
    govctl: Govctl, cache: Path, nowhere: Path
) -> None:
    before = sorted(path.name for path in cache.iterdir())
    said = govctl("image", "remove", "dec0", "--yes", "-e", nowhere)
    assert said.code == 2
    assert "whether machines use it is not known" in said.err
    assert sorted(path.name for path in cache.iterdir()) == before


def test_an_image_of_an_earlier_govctl_is_listed_and_has_no_bill(
    govctl: Govctl, cache: Path
) -> None:
    folder = cache / f"{ROLE}-{NEW[:16]}"
    old = {"role": ROLE, "digest": NEW, "fingerprint": "f", "seconds": 1, "packages": {"a": "1"}}
    (folder / "manifest.json").write_text(json.dumps(old))
    for name in ("sbom.cdx.json", "scan.json"):
        (folder / name).unlink()
    (folder / "apt").rename(folder / "gone")
    said = govctl("image", "list")
    assert "no scan was kept: built by an earlier govctl" in said.out
    assert "updates: not known: built by an earlier govctl" in said.out
    refused = govctl("image", "show", "c0ffee", "--sbom")
    assert (refused.code, "has neither SBOM nor scan" in refused.err) == (2, True)
