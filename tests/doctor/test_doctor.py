"""Doctor: what is read from this machine's files and programs, and what is concluded from it."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from govctl import doctor
from govctl.doctor import flavour as flavours
from govctl.doctor import kernel, packages, quota, space
from govctl.doctor.flavour import INCUS, LXD, LXD_SNAP, Flavour
from govctl.doctor.host import NOT_FOUND, TIMED_OUT, Host, change, parse_os_release, run
from govctl.errors import MissingPrerequisite
from tests.doctor.hosts import HERE

OS_RELEASES = {
    "debian 12": (
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
        'VERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian\n',
        ("debian", 12, ()),
    ),
    "ubuntu 24.04": (
        'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
        ("ubuntu", 24, ("debian",)),
    ),
    "mint": (
        '# a comment\nID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21.3"\n',
        ("linuxmint", 21, ("ubuntu", "debian")),
    ),
    "debian testing": ("ID=debian\n", ("debian", 0, ())),
    "fedora": ("ID=fedora\nVERSION_ID=41\n", ("fedora", 41, ())),
}


@pytest.mark.parametrize(("text", "expected"), OS_RELEASES.values(), ids=OS_RELEASES)
def test_the_distribution_is_read_from_os_release(
    tmp_path: Path, text: str, expected: tuple[str, int, tuple[str, ...]]
) -> None:
    from govctl.doctor.host import this_host

    (tmp_path / "os-release").write_text(text)
    host = this_host(tmp_path / "os-release")
    assert (host.distribution, host.version, host.like) == expected


def test_os_release_quotes_and_comments_are_dropped() -> None:
    assert parse_os_release("# x=1\nA='b c'\n\nC=\"d\"\n") == {"A": "b c", "C": "d"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (Host("debian", 12, (), False, True), LXD),
        (Host("debian", 13, (), False, True), INCUS),
        (Host("debian", 0, (), False, True), INCUS),
        (Host("ubuntu", 24, ("debian",), True, True), LXD_SNAP),
        (Host("linuxmint", 21, ("ubuntu", "debian"), True, True), LXD_SNAP),
    ],
)
def test_where_nothing_runs_the_distribution_decides_between_lxd_and_incus(
    monkeypatch: pytest.MonkeyPatch, host: Host, expected: Flavour
) -> None:
    monkeypatch.setattr(Flavour, "socket", lambda _: None)
    assert flavours.flavour_for(host) == expected


def test_installed_packages_are_those_whose_status_says_so() -> None:
    text = "lxd installed\nbtrfs-progs config-files\nuidmap installed\nsnapd not-installed\n"
    assert packages.parse_dpkg_status(text) == {"lxd", "uidmap"}


def test_other_distributions_are_told_what_to_use() -> None:
    state = packages.Packages().look(Host("fedora", 41, (), True, True))
    assert (state.condition, state.fixable) == ("wrong", False)
    assert "fedora" in state.found.render("en")


GIB = space.GIB


@pytest.mark.parametrize(
    ("free", "size"),
    [
        (13, 8),  # five stay free
        (20, 15),
        (50, 40),  # a fifth stays free
        (1000, 60),  # no more than is of use
        (12.9, None),
        (0.3, None),
    ],
)
def test_the_pool_leaves_a_fifth_and_five_gib_free(free: float, size: int | None) -> None:
    found = space.pool_size(int(free * GIB))
    assert found.bytes == (None if size is None else size * GIB)
    assert found.why.render("en").startswith(f"{free:.1f} GiB free")


@pytest.mark.parametrize(
    ("inconsistent", "found"), [("0\n", "right"), ("1\n", "inconsistent"), (None, "off")]
)
def test_sizes_of_disks_are_kept_only_while_the_kernel_counts_right(
    tmp_path: Path, inconsistent: str | None, found: str
) -> None:
    for loop, file in (("loop1", "/other.img"), ("loop2", "/pool.img")):
        device = tmp_path / "block" / loop / "loop"
        device.mkdir(parents=True)
        (device / "backing_file").write_text(f"{file}\n")
    (tmp_path / "fs/btrfs/a/devices/loop1").mkdir(parents=True)
    (tmp_path / "fs/btrfs/b/devices/loop2").mkdir(parents=True)
    if inconsistent is not None:
        (tmp_path / "fs/btrfs/b/qgroups").mkdir()
        (tmp_path / "fs/btrfs/b/qgroups/inconsistent").write_text(inconsistent)
    assert quota.accounts("/pool.img", tmp_path) == found
    assert quota.accounts("/dev/loop2", tmp_path) == found
    assert quota.accounts("/nowhere.img", tmp_path) == "unknown"


def test_free_space_is_that_of_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    assert space.free_bytes(tmp_path / "not" / "there") == pytest.approx(
        space.free_bytes(tmp_path), rel=0.05
    )


def test_memory_is_read_from_meminfo() -> None:
    assert space.parse_meminfo("MemTotal:  2000 kB\nMemFree: 1 kB\n") == 2000 * 1024
    assert space.parse_meminfo("") == 0


def test_too_little_disk_is_wrong_and_cannot_be_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "free_bytes", lambda _: GIB)
    state = space.Disk(tmp_path).look(HERE)
    assert (state.condition, state.fixable) == ("wrong", False)


def test_settings_below_what_is_wanted_are_named_and_unknown_ones_left_alone() -> None:
    current = {"kernel.keys.maxkeys": 200, "vm.max_map_count": 1_000_000}
    assert kernel.too_low(current) == {"kernel.keys.maxkeys": 20000}


def test_settings_are_read_from_proc(tmp_path: Path) -> None:
    (tmp_path / "vm").mkdir()
    (tmp_path / "vm" / "max_map_count").write_text("65530\n")
    assert kernel.current_settings(tmp_path) == {"vm.max_map_count": 65530}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("_lxd:100000:10000001\nroot:100000:10000001\n", 10000001),
        ("user:100000:65536\n", 0),
        ("root:100000:65536\nroot:1000000:1000000000\n", 1000000000),
        ("broken\n", 0),
    ],
)
def test_the_largest_range_of_subordinate_ids_counts(text: str, count: int) -> None:
    assert kernel.subid_count(text) == count


def test_features_are_those_that_the_kernel_was_built_with() -> None:
    config = "CONFIG_NF_TABLES=y\nCONFIG_WIREGUARD=m\n# CONFIG_NET_SCH_NETEM is not set\n"
    found = kernel.features(config)
    assert [name for name, there in found.items() if there] == ["nftables", "WireGuard"]


def test_this_kernels_features_are_told_and_never_in_the_way() -> None:
    state = kernel.Features().look(HERE)
    assert state.condition == "information"
    assert state.stands
    if Path("/proc/config.gz").exists():
        config = gzip.decompress(Path("/proc/config.gz").read_bytes()).decode()
        has = state.found.render("en").partition(";")[0]
        assert ("nftables" in has) == ("CONFIG_NF_TABLES=" in config)


def test_commands_that_are_missing_or_hang_are_results_and_not_exceptions() -> None:
    assert run(["govctl-no-such-program"]).status == NOT_FOUND
    assert run(["sleep", "5"], timeout=0.1).status == TIMED_OUT


def test_a_change_that_fails_says_the_command_and_its_last_line() -> None:
    with pytest.raises(MissingPrerequisite, match=r"`sh -c .*` failed: no such thing"):
        change(HERE, ["sh", "-c", "echo no such thing >&2; exit 1"], timeout=5)


def test_every_prerequisite_is_looked_at_and_its_name_is_unique() -> None:
    states = doctor.check()
    assert len({state.id for state in states}) == len(states) >= 9
    assert all(state.remedy for state in states if not state.stands)


def test_fix_gets_what_is_missing_in_order_and_looks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Counted(doctor.Prerequisite):
        """Stands once it was got."""

        def __init__(self, name: str) -> None:
            self.id = name

        def look(self, host: Host) -> doctor.State:
            from govctl.texts import msg

            there = self.id in got
            condition: doctor.Condition = "ok" if there else "missing"
            return doctor.State(self.id, msg("x"), condition, msg("x"), msg("y"), fixable=True)

        def get(self, host: Host, on_step: doctor.OnStep) -> None:
            got.append(self.id)
            if self.id == "first":
                got.append("side effect")

    got: list[str] = ["there"]
    needed = tuple(Counted(name) for name in ("there", "first", "side effect", "last"))
    monkeypatch.setattr(doctor, "prerequisites", lambda: needed)
    after = doctor.fix(doctor.check(HERE), lambda _: None, HERE)
    assert got == ["there", "first", "side effect", "last"]
    assert all(state.stands for state in after)


def test_nothing_of_doctor_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from govctl import doctor; doctor.check()"],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")
