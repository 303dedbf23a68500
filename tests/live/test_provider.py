"""The provider against a real engine and a real LXD; each test has an estate of its own."""

from __future__ import annotations

import gc
import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from stacks import resources
from stacks.files import HostFile
from stacks.provider import sweep
from stacks.provider.naming import bridge_name
from stacks.provider.targets.lxd import Lxd
from stacks.provider.targets.target import File, Target
from tests.live import tiny_image
from tests.live.bench import Bench
from tests.live.tiny_image import TinyImage

pytestmark = [
    pytest.mark.live,
    # The SDK leaves a coroutine unfinished whenever the engine stops an inline program.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

POOL = "govctl"
MIB = 2**20
SMALL = resources.InstanceLimits(memory=64 * MIB, cpu=1, disk=256 * MIB, processes=100)
NOTE = HostFile("/etc/govctl/note", "first\n", 0o640, apply=("echo applied >> /log",))


@pytest.fixture(scope="module")
def image_files(tmp_path_factory: pytest.TempPathFactory) -> TinyImage:
    return tiny_image.build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def target() -> Target:
    return Lxd()


class Case:
    """An estate of one network and one machine, and ways to look at it."""

    def __init__(self, folder: Path, files: TinyImage, target: Target) -> None:
        self.estate = f"t{secrets.token_hex(4)}"
        self.machine = f"{self.estate}-one"
        self.bridge = bridge_name(self.estate, "lab")
        self.target = target
        self.seed = folder / "seed"
        self._files = files
        self.bench = Bench(folder, f"govctl-{self.estate}", self.program())

    def program(
        self,
        *,
        files: tuple[HostFile, ...] = (NOTE,),
        limits: resources.InstanceLimits = SMALL,
        legs: int = 1,
        digest: str = "0" * 64,
        state: str = "running",
        labels: dict[str, str] | None = None,
        more: Callable[[resources.Instance, pulumi.ResourceOptions], None] | None = None,
        import_machine: bool = False,
        patience: str | None = None,
        password: str | None = None,
    ) -> Callable[[], None]:
        def run() -> None:
            provider = resources.Provider("target", estate=self.estate)
            opts = pulumi.ResourceOptions(provider=provider)
            image = resources.Image(
                "image",
                role=f"tiny-{self.estate}",
                digest=digest,
                metadata=self._files.metadata,
                rootfs=self._files.rootfs,
                opts=opts,
            )
            hidden = []
            if password is not None:
                secret = pulumi.Output.secret(password)
                hidden.append(HostFile("/etc/password", secret, 0o600))
            network = resources.Network("lab", bridge=self.bridge, opts=opts)
            machine = resources.Instance(
                "one",
                machine=self.machine,
                image=image.fingerprint,
                pool=POOL,
                limits=limits,
                interfaces=[
                    resources.Interface(f"eth{number}", network.name, f"02:00:00:00:00:0{number}")
                    for number in range(legs)
                ],
                files=(*files, *hidden),
                labels=labels,
                state="stopped" if state == "stopped" else "running",
                opts=pulumi.ResourceOptions(
                    provider=provider,
                    import_=self.machine if import_machine else None,
                    custom_timeouts=pulumi.CustomTimeouts(create=patience),
                ),
            )
            pulumi.export("host_key", machine.host_key)
            if more:
                more(machine, opts)

        return run

    def run(self, command: str) -> str:
        return self.target.run(self.machine, ["sh", "-c", command], 20).stdout

    def text(self, path: str) -> str | None:
        file = self.target.read_file(self.machine, path)
        return file.content.decode() if file else None


@pytest.fixture
def case(tmp_path: Path, image_files: TinyImage, target: Target) -> Iterator[Case]:
    made = Case(tmp_path, image_files, target)
    yield made
    left = target.instance(made.machine)  # also the one that a test took the marks from
    if left is not None:
        target.stop(left.name, 0)
        target.delete_instance(left.name)
    sweep.delete(target, made.estate, sweep.marked(target, made.estate))
    gc.collect()  # what a failed engine leaves behind in this process complains here, not later


def test_a_machine_stands_as_declared_and_a_second_run_changes_nothing(case: Case) -> None:
    case.bench.up(case.program(labels={"role": "tiny", "site": "lab"}))
    live = case.target.instance(case.machine)
    assert live is not None and live.running
    assert (live.limits.memory, live.limits.processes) == (64 * MIB, 100)
    assert live.tags["label.site"] == "lab"
    assert case.bench.outputs()["host_key"].startswith("ssh-ed25519 ")
    assert case.run("stat -c '%a %u' /etc/govctl/note").split() == ["640", "0"]
    assert case.text("/log") is None, "commands belong to changes, not to the first start"
    same = case.bench.up(case.program(labels={"role": "tiny", "site": "lab"}))
    assert set(same) == {"same"}


def test_containers_cannot_become_root_of_the_host(case: Case) -> None:
    case.bench.up()
    first_id = case.run("head -n1 /proc/self/uid_map").split()[1]
    assert int(first_id) >= 100000
    shown = subprocess.run(
        ["lxc", "query", f"/1.0/instances/{case.machine}"],
        check=True, capture_output=True, timeout=20,
    )  # fmt: skip
    settings = json.loads(shown.stdout)["config"]
    assert settings["security.idmap.isolated"] == "true"
    assert settings["security.nesting"] == settings["security.privileged"] == "false"


def test_a_bridge_without_addresses_gives_the_host_no_part_in_the_zone(case: Case) -> None:
    case.bench.up()
    shown = subprocess.run(
        ["ip", "-brief", "address", "show", "dev", case.bridge],
        check=True, capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert shown.stdout.split()[2:] == []


def test_files_change_in_place_and_their_commands_run_once_each(case: Case) -> None:
    case.bench.up()
    key = case.bench.outputs()["host_key"]
    second = HostFile("/etc/govctl/second", "2\n", apply=NOTE.apply)
    changed = (HostFile(NOTE.path, "next\n", 0o600, apply=NOTE.apply), second)
    program = case.program(files=changed)
    assert case.bench.changed_properties(program)["one"] == [
        "update",
        "files[0].content",
        "files[0].mode",
        "files[1]",
    ]
    assert case.bench.up(program) == {"same": 4, "update": 1}
    assert case.text("/etc/govctl/note") == "next\n"
    assert case.text("/log") == "applied\n"
    assert case.bench.outputs()["host_key"] == key
    assert case.bench.up(case.program(files=(second,))) == {"same": 4, "update": 1}
    assert case.text("/etc/govctl/note") is None


def test_limits_legs_and_labels_change_while_the_machine_runs(case: Case) -> None:
    case.bench.up()
    started = case.run("stat -c %Y /proc/1")
    larger = resources.InstanceLimits(memory=96 * MIB, cpu=2, disk=300 * MIB, processes=200)
    program = case.program(limits=larger, legs=3, labels={"site": "lab"})
    assert case.bench.up(program) == {"same": 4, "update": 1}
    assert sorted(case.run("ls /sys/class/net").split()) == ["eth0", "eth1", "eth2", "lo"]
    live = case.target.instance(case.machine)
    assert live is not None and live.limits.processes == 200
    assert case.bench.up(case.program(legs=1)) == {"same": 4, "update": 1}
    assert sorted(case.run("ls /sys/class/net").split()) == ["eth0", "lo"]
    assert case.run("stat -c %Y /proc/1") == started


def test_another_image_replaces_the_machine_and_the_old_image_goes(case: Case) -> None:
    case.bench.up()
    key = case.bench.outputs()["host_key"]
    program = case.program(digest="1" * 64)
    assert case.bench.changed_properties(program)["image"][0] == "create-replacement"
    # Both digests name the same bytes here, so that only the image's entry is made anew.
    case.bench.up(program)
    assert case.target.image(f"govctl-tiny-{case.estate}-{'1' * 12}") is not None
    assert case.bench.outputs()["host_key"] == key


def test_a_stopped_machine_can_be_declared(case: Case) -> None:
    case.bench.up()
    assert case.bench.up(case.program(state="stopped")) == {"same": 4, "update": 1}
    live = case.target.instance(case.machine)
    assert live is not None and not live.running


def test_files_changed_by_hand_are_drift_and_are_put_right(case: Case) -> None:
    paths = [f"/etc/govctl/{name}" for name in ("edited", "gone", "opened", "kept")]
    program = case.program(files=tuple(HostFile(path, "as made\n", 0o640) for path in paths))
    case.bench.up(program)
    case.run("cd /etc/govctl; echo by hand > edited; rm gone; chmod 0666 opened")
    seen = ["update", "files[0].content", "files[1]", "files[2].mode"]
    assert case.bench.drift() == {"one": seen}
    case.bench.stack(program).up(refresh=True)
    assert case.run("cd /etc/govctl; cat *; stat -c %a *").split("\n") == [
        *["as made"] * 4,
        *["640"] * 4,
        "",
    ]
    assert case.bench.drift() == {}


def test_a_machine_changed_by_hand_is_drift_and_is_put_right(case: Case) -> None:
    case.bench.up(case.program(legs=2))
    for words in (
        ["stop", "--force", case.machine],
        ["config", "set", case.machine, "limits.memory", "128MiB"],
        ["config", "unset", case.machine, "limits.processes"],
        ["config", "set", case.machine, "security.nesting", "true"],
        ["config", "device", "remove", case.machine, "eth1"],
        ["config", "device", "add", case.machine, "door", "disk", "source=/tmp", "path=/door"],
    ):
        subprocess.run(["lxc", *words], check=True, timeout=60, stdout=subprocess.DEVNULL)
    found = case.bench.drift()["one"]
    assert found == ["update", "limits.memory", "limits.processes", "nics[1]", "options", "state"]
    case.bench.stack(case.program(legs=2)).up(refresh=True)
    assert case.bench.drift() == {}
    live = case.target.instance(case.machine)
    assert live is not None and live.running and not live.options and len(live.nics) == 2


def test_a_machine_deleted_by_hand_is_made_again(case: Case) -> None:
    case.bench.up()
    case.target.stop(case.machine, 0)
    case.target.delete_instance(case.machine)
    assert case.bench.drift()["one"][0] == "delete"
    case.bench.stack().up(refresh=True)
    assert case.target.instance(case.machine) is not None


def test_destroy_leaves_nothing(case: Case) -> None:
    case.bench.up()
    case.bench.stack().destroy()
    assert sweep.marked(case.target, case.estate) == ()
    assert case.target.instance(case.machine) is None
    assert case.target.network(case.bridge) is None


def test_a_lost_state_is_no_loss_the_same_objects_are_taken_up(case: Case) -> None:
    case.bench.up()
    key = case.bench.outputs()["host_key"]
    before = sweep.marked(case.target, case.estate)
    case.run("rm /etc/govctl/note")
    case.target.stop(case.machine, 0)
    case.bench.lose_state()
    assert case.bench.up()["create"] == 5
    assert case.bench.outputs()["host_key"] == key
    assert sweep.marked(case.target, case.estate) == before
    assert case.text("/etc/govctl/note") == "first\n"


def test_what_somebody_else_made_is_refused_and_left_alone(case: Case) -> None:
    case.bench.up(case.program(state="stopped"))
    subprocess.run(
        ["lxc", "config", "unset", case.machine, "user.govctl.estate"], check=True, timeout=60
    )
    case.bench.lose_state()
    with pytest.raises(automation.CommandError, match="was not made by govctl; rename or remove"):
        case.bench.up()
    live = case.target.instance(case.machine)
    assert live is not None and not live.running


def test_errors_are_sentences_without_a_traceback(case: Case) -> None:
    refused = case.program(files=(HostFile("/etc/govctl/note", "x\n", apply=("exit 3",)),))
    case.bench.up()
    with pytest.raises(automation.CommandError) as failure:
        case.bench.up(refused)
    assert "`exit 3` failed on" in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert "server.py" not in str(failure.value)


def test_a_command_that_failed_is_run_again_by_the_next_run(case: Case) -> None:
    case.bench.up()
    note = HostFile(NOTE.path, "x\n", apply=("test -f /ready && echo done > /log",))
    with pytest.raises(automation.CommandError):
        case.bench.up(case.program(files=(note,)))
    case.run("touch /ready")
    case.bench.up(case.program(files=(note,)))
    assert case.text("/log") == "done\n"


def test_a_machine_that_is_not_ready_in_time_is_kept_in_the_state_and_finished_later(
    case: Case,
) -> None:
    broken = HostFile("/sbin/init", "#!/bin/sh\nsleep 600\n", 0o755)
    with pytest.raises(automation.CommandError, match="did not make /etc/ssh"):
        case.bench.up(case.program(files=(broken,), patience="3s"))
    assert case.machine in {resource.get("id") for resource in case.bench.resources()}
    case.run("echo ssh-ed25519 late > /etc/ssh/ssh_host_ed25519_key.pub")
    case.bench.up(case.program(files=(broken,)))
    assert case.bench.outputs()["host_key"] == "ssh-ed25519 late"


def test_secrets_stay_out_of_the_state_and_out_of_plans(case: Case) -> None:
    def with_seed(machine: resources.Instance, opts: pulumi.ResourceOptions) -> None:
        seed = resources.Seed("seed", path=case.seed, opts=opts)
        pulumi.export("seed", seed.value)

    case.bench.up(case.program(password="hunter-two", more=with_seed))
    seed = case.bench.outputs()["seed"]
    assert case.text("/etc/password") == "hunter-two"
    case.run("echo tampered-secret > /etc/password")
    case.bench.stack().refresh()
    state = case.bench.state_text()
    assert "hunter-two" not in state and "tampered-secret" not in state and seed not in state
    assert case.seed.stat().st_mode & 0o777 == 0o600


def test_the_seed_outlives_a_lost_state_and_a_lost_file(case: Case) -> None:
    def with_seed(machine: resources.Instance, opts: pulumi.ResourceOptions) -> None:
        pulumi.export("seed", resources.Seed("seed", path=case.seed, opts=opts).value)

    program = case.program(more=with_seed)
    case.bench.up(program)
    seed = case.bench.outputs()["seed"]
    case.bench.lose_state()
    case.bench.up(program)
    assert case.bench.outputs()["seed"] == seed
    case.seed.unlink()
    case.bench.stack(program).up(refresh=True)
    assert case.seed.exists()
    assert case.bench.outputs()["seed"] == seed


def test_a_machine_is_imported_only_on_purpose(case: Case) -> None:
    case.bench.up()
    for mark in ("estate", "urn"):
        subprocess.run(
            ["lxc", "config", "unset", case.machine, f"user.govctl.{mark}"], check=True, timeout=60
        )
    case.bench.lose_state()
    assert case.bench.up(case.program(import_machine=True)) == {"create": 4, "import": 1}
    live = case.target.instance(case.machine)
    assert live is not None and "estate" not in live.tags, "an import alone changes nothing"
    case.bench.up(case.program(labels={"site": "lab"}))
    assert case.target.instance(case.machine).tags["estate"] == case.estate  # type: ignore[union-attr]


def test_sweep_lists_and_deletes_what_carries_the_mark_and_nothing_else(case: Case) -> None:
    case.bench.up()
    found = sweep.marked(case.target, case.estate)
    assert [(item.kind, item.urn.rsplit("::", 1)[-1]) for item in found] == [
        ("instance", "one"),
        ("network", "lab"),
        ("image", "image"),
    ]
    others = {item.name for item in case.target.instances()} - {case.machine}
    sweep.delete(case.target, case.estate, found)
    assert sweep.marked(case.target, case.estate) == ()
    assert others <= {item.name for item in case.target.instances()}


def test_files_of_a_machine_are_written_with_their_folders(case: Case) -> None:
    case.bench.up()
    case.target.write_file(case.machine, "/a/b/c", File("năm".encode(), 0o600, 7, 8))
    assert case.target.read_file(case.machine, "/a/b/c") == File("năm".encode(), 0o600, 7, 8)
    assert case.target.read_file(case.machine, "/a/b") is None
    case.target.delete_file(case.machine, "/a/b/c")
    case.target.delete_file(case.machine, "/a/b/c")
    assert case.target.read_file(case.machine, "/a/b/c") is None
