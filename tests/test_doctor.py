"""Doctor: what is read from this machine's files and programs, and what is concluded from it."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from govctl import doctor
from govctl.doctor import flavour as flavours
from govctl.doctor import go as golang
from govctl.doctor import kernel, lxd, packages, pulumi, quota, space
from govctl.doctor.flavour import INCUS, LXD, LXD_SNAP, Flavour
from govctl.doctor.host import NOT_FOUND, TIMED_OUT, Host, change, parse_os_release, run
from govctl.doctor.versions import Version, parse_version
from govctl.errors import MissingPrerequisite
from govctl.texts import Message

HERE = Host("debian", 12, (), systemd=False, root=True)

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


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("go1.26.8", (1, 26, 8)),
        ("go version go1.19 linux/amd64", (1, 19, 0)),
        ("3.260.0-alpha.1", (3, 260, 0)),
        ("nonsense", None),
    ],
)
def test_versions_are_read_from_what_programs_say(
    text: str, version: tuple[int, int, int] | None
) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("version", "good"),
    [((3, 255, 0), True), ((3, 254, 9), False), ((4, 0, 0), False), (None, False)],
)
def test_versions_that_the_engine_can_use(version: Version | None, good: bool) -> None:
    assert pulumi.suitable(version) is good


def test_the_pinned_version_comes_from_the_modules_that_are_built() -> None:
    text = (pulumi.MODULES / "go.mod").read_text()
    assert pulumi.suitable(parse_version(pulumi.pinned_version(text)))
    with pytest.raises(ValueError, match="does not require"):
        pulumi.pinned_version("module x\n")


def fake_pulumi(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\necho v{version}\n")
    program.chmod(0o755)
    return program


def test_a_suitable_program_on_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake_pulumi(tmp_path / "opt" / "bin", "3.260.1")
    monkeypatch.setenv("PATH", f"{tmp_path}/opt/bin:{os.environ['PATH']}")
    assert pulumi.pulumi_command() == tmp_path / "opt"


def test_a_program_outside_a_bin_folder_is_reached_by_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = fake_pulumi(tmp_path / "tools", "3.260.1")
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:{os.environ['PATH']}")
    assert (pulumi.pulumi_command() / "bin" / "pulumi").resolve() == program


def test_an_old_program_on_path_gives_way_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake_pulumi(tmp_path / "opt" / "bin", "3.100.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/opt/bin:/usr/bin:/bin")
    state = pulumi.Pulumi().look(HERE)
    assert (state.condition, state.fixable) == ("wrong", True)
    with pytest.raises(MissingPrerequisite):
        pulumi.pulumi_command()
    fake_pulumi(pulumi.cache_root() / "bin", "3.259.0")
    assert pulumi.pulumi_command() == pulumi.cache_root()


def test_an_unreachable_installer_gives_a_reason_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A proxy that nobody is behind: the connection is refused on this machine.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    said: list[str] = []
    reason = pulumi.install(HERE, tmp_path / "3.259.0", lambda step: said.append(step.render("en")))
    assert reason is not None
    assert "refused" in reason.render("en")
    assert said == ["downloading the Pulumi command line 3.259.0"]


ELSEWHERE = Host("fedora", 41, (), systemd=True, root=True)


def fake_go(folder: Path, script: str) -> Path:
    go = folder / "go"
    go.write_text(f"#!/bin/sh\n{script}")
    go.chmod(0o755)
    return go


def test_without_go_and_without_apt_the_build_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golang, "go_program", lambda: None)
    reason = pulumi.build(ELSEWHERE, tmp_path / "3.259.0", lambda _: None)
    assert reason is not None
    assert reason.render("en") == "there is no Go to build it with"


def test_an_old_go_downloads_the_toolchain_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolchain = tmp_path / "toolchain"
    for program in ("bin/go", "pkg/tool/linux_amd64/compile"):
        path = toolchain / program
        path.parent.mkdir(parents=True)
        path.touch(mode=0o444)
    answers = f"""
        case "$*" in
        "env GOVERSION") echo go1.19.8 ;;
        "env GOOS GOARCH") echo linux; echo amd64 ;;
        "mod download -json golang.org/toolchain@v0.0.1-go1.25.11.linux-amd64")
            echo '{{"Dir": "{toolchain}"}}' ;;
        *) exit 1 ;;
        esac
    """
    go = fake_go(tmp_path, answers)
    monkeypatch.setattr(golang, "go_program", lambda: go)
    said: list[str] = []
    found = golang.go_for(HERE, "1.25.11", lambda step: said.append(step.render("en")))
    assert found == toolchain / "bin" / "go"
    assert all(
        os.access(toolchain / name, os.X_OK) and (toolchain / name).stat().st_mode & 0o111 == 0o111
        for name in ("bin/go", "pkg/tool/linux_amd64/compile")
    )
    assert said == [f"downloading Go 1.25.11: {go} is 1.19.8"]


def test_a_toolchain_that_cannot_be_downloaded_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, '[ "$1" = env ] && exec echo go1.19.8\necho no network >&2\nexit 1\n')
    monkeypatch.setattr(golang, "go_program", lambda: go)
    found = golang.go_for(HERE, "1.25.11", lambda _: None)
    assert isinstance(found, Message)
    assert found.render("en") == "Go 1.25.11 cannot be downloaded: no network"


def test_a_go_that_fetches_toolchains_by_itself_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, "echo go1.21.0\n")
    monkeypatch.setattr(golang, "go_program", lambda: go)
    assert golang.go_for(HERE, "1.25.11", lambda _: None) == go


def test_the_version_of_go_comes_from_the_modules_that_are_built() -> None:
    asked = parse_version(golang.asked_version((pulumi.MODULES / "go.mod").read_text()))
    assert asked is not None
    assert asked >= golang.FETCHES_TOOLCHAINS
    with pytest.raises(ValueError, match="names no version"):
        golang.asked_version("module x\n")


def test_a_build_that_fails_leaves_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = fake_go(tmp_path, '[ "$1" = env ] && exec echo go1.26.0\necho broken module >&2\nexit 1\n')
    monkeypatch.setattr(golang, "go_program", lambda: go)
    root = tmp_path / "3.259.0"
    reason = pulumi.build(HERE, root, lambda _: None)
    assert reason is not None
    assert "broken module" in reason.render("en")
    assert list((root / "bin").iterdir()) == []
    assert [path.name for path in root.iterdir()] == ["bin"]


def test_commands_that_are_missing_or_hang_are_results_and_not_exceptions() -> None:
    assert run(["govctl-no-such-program"]).status == NOT_FOUND
    assert run(["sleep", "5"], timeout=0.1).status == TIMED_OUT


def test_a_change_that_fails_says_the_command_and_its_last_line() -> None:
    with pytest.raises(MissingPrerequisite, match=r"`sh -c .*` failed: no such thing"):
        change(HERE, ["sh", "-c", "echo no such thing >&2; exit 1"], timeout=5)


DAEMON = dedent("""
    import http.server, json, socketserver, sys
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            about = {"auth": "trusted", "environment": {"server_version": "5.0.2"}}
            body = json.dumps({"type": "sync", "metadata": about}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_):
            pass
        def address_string(self):
            return "-"
    with socketserver.UnixStreamServer(sys.argv[1], Answer) as server:
        server.timeout = 20
        for _ in range(2):
            server.handle_request()
""")


def test_where_no_init_system_runs_the_daemon_is_started_and_waited_for(tmp_path: Path) -> None:
    command = (sys.executable, "-c", DAEMON, str(tmp_path / "unix.socket"))
    home = Flavour("lxd", (), None, "", command, tmp_path)
    lxd.start(HERE, home, tmp_path / "log")
    about = lxd.server(home)
    assert about is not None
    assert about["environment"]["server_version"] == "5.0.2"


def test_incus_without_a_pool_answers_null_and_the_pool_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = DAEMON.replace(
        "body = json", "about = None if 'pools' in self.path else about\n        body = json"
    ).replace("range(2)", "range(3)")
    home = Flavour("incus", (), None, "", ("python3",), tmp_path)
    command = [sys.executable, "-c", script, str(tmp_path / "unix.socket")]
    monkeypatch.setattr(lxd, "flavour_for", lambda _: home)
    with subprocess.Popen(command):
        while lxd.server(home) is None:
            time.sleep(0.05)
        state = lxd.Pool().look(HERE)
    assert (state.condition, state.found.render("en")) in {
        ("missing", "not there"),
        ("missing", space.pool_size(space.free_bytes(tmp_path)).why.render("en")),
    }


def test_a_daemon_that_ends_at_once_is_not_waited_for(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no cgroups here')")
    home = Flavour("lxd", (), None, "", command, tmp_path)
    with pytest.raises(MissingPrerequisite, match="ended at once"):
        lxd.start(HERE, home, tmp_path / "log")
    assert "no cgroups here" in (tmp_path / "log").read_text()


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
