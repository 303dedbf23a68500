"""Images: what goes in, where packages come from, what is kept, and what a killed build leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from govctl.errors import MissingPrerequisite, ProvisionError
from govctl.texts import Message
from stacks.images import pack, recipe, tree
from stacks.images.base import LISTS_SECONDS, recent
from stacks.images.cache import KEPT, Cache
from stacks.images.mirror import Mirror, choose, find_mirror, parse_deb822, parse_list
from stacks.images.recipe import Base, Role
from stacks.images.sealed import beside, inside, run, sealed
from tests.stacks.kept import keep_image

BASE = Base(("python3",), ("ssh.service",), ("getty@.service",))
WEB = Role("portal-web", ("nginx-light",))

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces of a build are root's")


def test_roles_are_the_components_of_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "entry.yaml").write_text(
        "id: portal\ncomponents:\n  - {id: web, packages: [nginx-light, curl]}\n  - {id: db}\n"
    )
    assert recipe.load_roles(tmp_path) == {
        "portal-web": Role("portal-web", ("curl", "nginx-light")),
        "portal-db": Role("portal-db", ()),
    }


def test_the_shipped_catalogue_has_the_roles_of_a_province() -> None:
    roles = recipe.load_roles()
    assert {"network-router", "infrastructure-dns", "conference-sip", "portal-web"} <= roles.keys()


def test_the_shipped_base_can_be_reached_and_hardened() -> None:
    base = recipe.load_base()
    assert {"openssh-server", "python3", "sudo", "udev", "nftables"} <= set(base.packages)
    assert len(set(base.packages)) == len(base.packages)


def test_the_overlay_is_sorted_and_holds_no_folders() -> None:
    files = recipe.overlay_files()
    assert files == sorted(files)
    assert all((recipe.OVERLAY / path).is_file() for path in files)


KEY = recipe.base_digest(BASE, ["deb x"], "")
CHANGES = {
    "a package": recipe.base_digest(replace(BASE, packages=("python3", "cron")), ["deb x"], ""),
    "an enabled unit": recipe.base_digest(replace(BASE, enable=()), ["deb x"], ""),
    "a masked unit": recipe.base_digest(replace(BASE, mask=()), ["deb x"], ""),
    "the sources": recipe.base_digest(BASE, ["deb y"], ""),
    "the edition": recipe.base_digest(BASE, ["deb x"], "2026-12"),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_whatever_goes_into_the_base_changes_its_key(changed: str) -> None:
    assert changed != KEY


def test_whatever_goes_into_the_common_tree_changes_its_key() -> None:
    keys = {recipe.ground_digest(*parts) for parts in ("boj", "Boj", "bOj", "boJ")}
    assert len(keys) == 4


def test_a_roles_key_follows_its_name_its_packages_its_exceptions_and_the_tree_below() -> None:
    keys = {
        recipe.role_digest(WEB, "g"),
        recipe.role_digest(WEB, "G"),
        recipe.role_digest(Role("portal-web", ()), "g"),
        recipe.role_digest(Role("portal-db", WEB.packages), "g"),
        recipe.role_digest(replace(WEB, exceptions=("nginx may run",)), "g"),
    }
    assert len(keys) == 5


def test_the_overlays_key_follows_contents_names_and_executable_bits(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "a"
    file.parent.mkdir()
    file.write_text("x")
    keys = [recipe.overlay_digest(tmp_path)]
    file.write_text("y")
    keys.append(recipe.overlay_digest(tmp_path))
    file.chmod(0o755)
    keys.append(recipe.overlay_digest(tmp_path))
    file.rename(file.with_name("b"))
    keys.append(recipe.overlay_digest(tmp_path))
    (tmp_path / "etc" / "c").symlink_to("b")
    keys.append(recipe.overlay_digest(tmp_path))
    assert len(set(keys)) == len(keys)


LIST = """\
deb http://archive.test/debian bookworm main contrib
# deb http://old.test/debian bullseye main
deb-src http://archive.test/debian bookworm main
deb [ arch=amd64 signed-by=/x.gpg ] http://archive.test/security bookworm-security main
deb [trusted=yes] http://tool.test/apt stable-tool main
"""
DEB822 = """\
Types: deb
# a comment
URIs: http://archive.test/debian
Suites: trixie trixie-updates
Components: main

Types: deb deb-src
URIs: http://archive.test/security
Suites: trixie-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .

Types: deb
Enabled: no
URIs: http://other.test/debian
Suites: bookworm
"""


def test_a_sources_list_is_read() -> None:
    assert parse_list(LIST) == [
        ("http://archive.test/debian", "bookworm"),
        ("http://archive.test/security", "bookworm-security"),
        ("http://tool.test/apt", "stable-tool"),
    ]


def test_a_deb822_file_is_read_without_what_is_disabled() -> None:
    assert parse_deb822(DEB822) == [
        ("http://archive.test/debian", "trixie"),
        ("http://archive.test/debian", "trixie-updates"),
        ("http://archive.test/security", "trixie-security"),
    ]


@pytest.mark.parametrize("text", [LIST, DEB822])
def test_any_release_of_debian_shows_where_its_archive_is(text: str) -> None:
    entries = parse_list(text) or parse_deb822(text)
    assert choose(entries) == Mirror("http://archive.test/debian", "http://archive.test/security")


def test_an_ubuntu_machine_has_no_archive_of_debian() -> None:
    entries = [("http://archive.test/ubuntu", "noble"), ("http://s.test/u", "noble-security")]
    assert choose(entries) == Mirror(None, None)
    assert choose(entries).sources() == ()


def test_a_setting_comes_before_what_the_machine_uses(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(LIST)
    named = {"GOVCTL_MIRROR": "http://mine.test/debian"}
    assert find_mirror(named, tmp_path) == Mirror("http://mine.test/debian", None)
    assert find_mirror({}, tmp_path).archive == "http://archive.test/debian"


def test_sources_are_signed_and_of_the_images_suite() -> None:
    lines = Mirror("http://a.test", "http://s.test").sources()
    assert [line.split()[2:4] for line in lines] == [
        ["http://a.test", "bookworm"],
        ["http://a.test", "bookworm-updates"],
        ["http://s.test", "bookworm-security"],
    ]
    assert all("signed-by=" in line for line in lines)


def test_metadata_is_the_same_bytes_for_the_same_content(tmp_path: Path) -> None:
    content = pack.metadata("portal-web", "abc", 1_700_000_000)
    pack.write_metadata(tmp_path / "1", content)
    time.sleep(0.01)
    pack.write_metadata(tmp_path / "2", content)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    with tarfile.open(tmp_path / "1") as archive:
        member = archive.extractfile("metadata.yaml")
        assert member is not None
        assert yaml.safe_load(member.read()) == content
    assert content["architecture"] == os.uname().machine


def test_the_overlay_is_laid_with_plain_modes_and_replaces_what_is_there(tmp_path: Path) -> None:
    overlay, target = tmp_path / "overlay", tmp_path / "tree"
    (overlay / "etc").mkdir(parents=True)
    (overlay / "etc" / "conf").write_text("new")
    (overlay / "etc" / "conf").chmod(0o600)
    (overlay / "etc" / "tool").write_text("#!/bin/sh\n")
    (overlay / "etc" / "tool").chmod(0o700)
    (overlay / "etc" / "link").symlink_to("conf")
    (target / "etc").mkdir(parents=True)
    (target / "etc" / "conf").write_text("old")
    tree.lay_over(target, overlay)
    assert (target / "etc" / "conf").read_text() == "new"
    assert (target / "etc" / "conf").stat().st_mode & 0o777 == 0o644
    assert (target / "etc" / "tool").stat().st_mode & 0o777 == 0o755
    assert (target / "etc" / "link").readlink() == Path("conf")


def test_cleaning_leaves_no_identity_and_no_trace_of_the_builder(tmp_path: Path) -> None:
    traces = [
        *("etc/hostname", "etc/resolv.conf", "etc/ssh/ssh_host_ed25519_key", "etc/shadow-"),
        *("var/lib/apt/lists/x_InRelease", "var/cache/apt/pkgcache.bin", "var/log/apt/term.log"),
        *("root/.bash_history", "tmp/x/y", "run/x", "var/tmp/x"),
    ]
    kept = ["etc/ssh/sshd_config", "etc/shadow"]
    for name in [*traces, "etc/machine-id", *kept]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    tree.clean(tmp_path)
    assert [name for name in traces if (tmp_path / name).exists()] == []
    assert (tmp_path / "etc/machine-id").read_bytes() == b""
    assert all((tmp_path / name).exists() for name in kept)
    assert (tmp_path / "var/log/apt").is_dir()
    assert (tmp_path / "tmp").is_dir()


def test_a_build_that_was_killed_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    unfinished = cache.work / "portal-web" / "image"
    unfinished.mkdir(parents=True)
    (unfinished / "rootfs.squashfs").write_text("half")
    assert not cache.has(WEB, "0123456789abcdef0123")
    with cache.alone(lambda _: None):
        assert list(cache.work.iterdir()) == []


def test_a_second_build_says_that_it_waits(tmp_path: Path) -> None:
    holder = (
        "import sys, time; from pathlib import Path; from stacks.images.cache import Cache\n"
        "with Cache(Path(sys.argv[1])).alone(print): print('held', flush=True); time.sleep(0.5)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        said: list[Message] = []
        with Cache(tmp_path).alone(said.append):
            assert other.wait(5) == 0
    assert [step.render("en") for step in said] == ["images: waiting for another build to end"]


def test_the_newest_images_of_a_role_stay_and_other_roles_are_left_alone(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        folder = tmp_path / f"portal-web-{number:016x}"
        folder.mkdir()
        os.utime(folder, (number, number))
    (tmp_path / "portal-web-next-0000000000000000").mkdir()
    Cache(tmp_path).prune(["portal-web"])
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [
        *(f"portal-web-{number:016x}" for number in range(2, KEPT + 2)),
        "portal-web-next-0000000000000000",
    ]


def test_images_that_other_baselines_judged_are_counted_apart(tmp_path: Path) -> None:
    """One that is built by hand must not drive out those of an estate."""
    judges = ["law:3", "law:3", "law:3", "law:4", "cis:l1", ""]
    for number, judged_by in enumerate(judges, 1):
        keep_image(tmp_path, "portal-web", f"{number}" * 64, judged_by=judged_by, created=number)
    Cache(tmp_path).prune(["portal-web"])
    left = {kept.manifest.digest[-1] for kept in Cache(tmp_path).every()}
    assert left == set("23456")


def test_an_image_of_an_earlier_govctl_makes_room_first(tmp_path: Path) -> None:
    """It does not say who judged it; it counts with the newest."""
    (tmp_path / "portal-web-old").mkdir()
    old = {"role": "portal-web", "digest": "old", "fingerprint": "f", "seconds": 1, "packages": {}}
    (tmp_path / "portal-web-old" / "manifest.json").write_text(json.dumps(old))
    os.utime(tmp_path / "portal-web-old", (1, 1))
    for number in (2, 3):
        keep_image(tmp_path, "portal-web", f"{number}" * 64, created=number)
    assert len(Cache(tmp_path).every()) == 3
    Cache(tmp_path).prune(["portal-web"])
    assert {kept.manifest.digest[-1] for kept in Cache(tmp_path).every()} == set("23")


def test_what_is_made_anew_takes_the_place_of_the_old(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with cache.alone(lambda _: None):
        for content in ("old", "new"):
            made = cache.work / "base"
            made.mkdir()
            (made / content).touch()
            cache.put(made, cache.place("base", "0" * 64))
    assert [path.name for path in cache.place("base", "0" * 64).iterdir()] == ["new"]


def test_package_lists_of_last_week_are_not_used(tmp_path: Path) -> None:
    assert not recent(tmp_path / "none")
    assert recent(tmp_path)
    os.utime(tmp_path, (time.time(), time.time() - LISTS_SECONDS - 1))
    assert not recent(tmp_path)


def bare_tree(folder: Path) -> Path:
    for name in ("proc", "dev", "run", "tmp", "usr"):
        (folder / name).mkdir(parents=True)
    return folder


@needs_root
def test_mounts_of_a_build_are_its_own_and_end_with_it(tmp_path: Path) -> None:
    target = bare_tree(tmp_path / "tree")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "file").write_text("x")
    script = f"ls {target}/tmp/seen; ls {target}/dev; echo $$ > {target}/run/pid; cat /proc/mounts"
    command = sealed(target, ["sh", "-c", script], {tmp_path / "given": "/tmp/seen"})
    output = run(command, timeout=60)
    assert output.startswith("file\n")
    assert "urandom" in output
    assert f"{target}/proc" in output
    assert str(target) not in Path("/proc/mounts").read_text()
    assert not (target / "run" / "pid").exists()
    assert list((target / "dev").iterdir()) == []


@needs_root
def test_a_failing_step_is_named_without_its_wrapping(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match=r"`chroot \S+ /no-such-program` failed"):
        run(inside(bare_tree(tmp_path / "tree"), ["/no-such-program"]), timeout=60)


def test_a_step_that_takes_too_long_or_is_not_installed_is_an_error_of_ours() -> None:
    with pytest.raises(ProvisionError, match="`sleep 5` took more than 0 s"):
        run(["sleep", "5"], timeout=0.1)
    with pytest.raises(MissingPrerequisite, match="govctl-no-such is not installed"):
        run(["govctl-no-such"], timeout=5)


@needs_root
def test_what_a_build_runs_dies_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    command = beside(["sh", "-c", f"sleep 30 & echo started > {mark}; wait"])
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *command]
    )
    wait_for(mark.exists)
    children = descendants(parent.pid)
    assert len(children) >= 3
    parent.kill()
    parent.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}/root").exists() and alive(pid) for pid in children))


def wait_for(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found
