"""The probe on this machine: a real shell, real programs, real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from scanners.host import probe, stream
from scanners.host.collect import facts_from
from scanners.host.collecting import Wanted, wanted
from scanners.host.facts import SOURCES
from scanners.host.facts.accounts import LoginDefs
from scanners.host.facts.pam import Pam
from scanners.host.facts.software import Packages
from scanners.host.facts.text_files import TextFiles
from scanners.host.model import Command, Follow, Missing, Raw
from scanners.host.reductions import settings_file
from scanners.host.tree import collect_tree

TOKEN = "ab" * 16
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="the probe runs as root")


def run(plan: Wanted, script: str | None = None, **environment: str) -> Raw:
    text = script or probe.script(plan, TOKEN)
    done = subprocess.run(
        ["sh"],
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    raw = stream.parse(done.stdout, plan, TOKEN)
    assert raw is not None, done.stderr
    assert done.stderr == b""
    return raw


def commands(*lines: str, timeout: int = 5, limit: int = 1000) -> Wanted:
    every = (Command(f"c{number}", line, timeout, limit) for number, line in enumerate(lines))
    return Wanted((), (), tuple(every), (), ())


def test_status_output_and_errors_of_commands() -> None:
    out = run(commands("echo out; echo err >&2; exit 3", "printf 'no newline'", "cat")).outputs
    assert (out["c0"].stdout, out["c0"].stderr, out["c0"].status) == (b"out\n", b"err", 3)
    assert out["c1"].stdout == b"no newline"
    assert (out["c2"].stdout, out["c2"].status) == (b"", 0), "standard input is empty"


def test_a_command_that_hangs_is_ended_and_the_next_one_runs() -> None:
    started = time.monotonic()
    out = run(commands("trap '' TERM; sleep 60 & sleep 60", "echo next", timeout=1)).outputs
    assert out["c0"].status in {124, 137}
    assert out["c1"].stdout == b"next\n"
    assert time.monotonic() - started < 40


def test_endless_output_is_cut() -> None:
    out = run(commands("yes", "yes >&2", "echo next", timeout=3)).outputs
    assert out["c0"].truncated
    assert len(out["c0"].stdout) == 1000
    assert len(out["c1"].stderr) <= 4096
    assert out["c2"].stdout == b"next\n"


def test_output_knows_neither_the_token_nor_the_channel() -> None:
    line = (
        'env; printf \'%s\' "$token"; echo for""ged >&3; cat /proc/self/cmdline /proc/$PPID/cmdline'
    )
    out = run(commands(line, limit=1 << 16)).outputs["c0"]
    assert TOKEN.encode() not in out.stdout
    assert b"forged" not in out.stdout


def test_programs_that_are_missing_are_named() -> None:
    assert run(commands("no-such-program")).outputs["c0"].status == 127


@pytest.mark.parametrize("program", ["timeout", "find", "tar", "gzip", "sed", "head"])
def test_a_host_without_a_tool_loses_facts_and_gains_none(program: str, tmp_path: Path) -> None:
    for name in (
        "sh",
        "timeout",
        "find",
        "tar",
        "gzip",
        "sed",
        "tr",
        "head",
        "tail",
        "id",
        "renice",
        "echo",
    ):
        found = shutil.which(name)
        if name != program and found:
            (tmp_path / name).symlink_to(found)
    (tmp_path / "f").write_text("text")
    plan = Wanted((f"{tmp_path}/f",), (), (Command("c", "echo hi"),), (settings_file("/nope"),), ())
    script = probe.script(plan, TOKEN)
    path = next(line for line in script.splitlines() if line.startswith("PATH="))
    raw = run(plan, script.replace(path, f"PATH={tmp_path}"))
    if program in {"timeout", "head"}:
        assert raw.gap is not None
        assert "c" not in raw.outputs or raw.outputs["c"].stdout == b"" or raw.outputs["c"].status
    elif program in {"find", "sed"}:
        assert raw.gap is not None
        assert raw.outputs["c"].stdout == b"hi\n"
    elif program == "tar":
        assert raw.files == {} or raw.files[f"{tmp_path}/f"].content is None
    else:
        assert raw.files[f"{tmp_path}/f"].content == b"text"


@root_only
def test_files_with_awkward_names_links_and_kinds(tmp_path: Path) -> None:
    (tmp_path / "a b'$(x).conf").write_bytes(b"\0\xff\n@" + TOKEN.encode() + b" begin x 1\n")
    (tmp_path / "l.conf").symlink_to("a b'$(x).conf")
    (tmp_path / "dead.conf").symlink_to("/nowhere")
    (tmp_path / "null.conf").symlink_to("/dev/null")
    os.link(tmp_path / "a b'$(x).conf", tmp_path / "hard.conf")
    os.mkfifo(tmp_path / "pipe.conf")
    (tmp_path / "big.conf").write_bytes(b"x" * (1 << 19))
    (tmp_path / "shadow.conf").symlink_to("/etc/shadow")
    raw = run(Wanted((f"{tmp_path}/*.conf",), ("/tmp",), (), (), ()))
    assert raw.gap is None
    found = {Path(path).name: one for path, one in raw.files.items()}
    assert {name: one.kind for name, one in found.items()} == {
        "a b'$(x).conf": "file", "l.conf": "link", "dead.conf": "link", "null.conf": "link",
        "hard.conf": "file", "pipe.conf": "other", "big.conf": "file", "shadow.conf": "link",
        "tmp": "directory",
    }  # fmt: skip
    content = (tmp_path / "hard.conf").read_bytes()
    for name in ("a b'$(x).conf", "l.conf", "hard.conf"):
        assert found[name].content == content
    for name in ("dead.conf", "null.conf", "pipe.conf", "big.conf", "shadow.conf"):
        assert found[name].content is None


@root_only
def test_this_machine_live_and_as_a_tree_says_the_same() -> None:
    sources = [one for one in SOURCES if one.fact in {LoginDefs, Pam, TextFiles, Packages}]
    live = run(wanted(sources, live=True))
    tree = collect_tree(Path("/"), wanted(sources, live=False))
    assert live.gap is None
    one, other = facts_from(live, "a", "now", sources), facts_from(tree, "b", "now", sources)
    for fact in (LoginDefs, Pam, TextFiles):
        assert not isinstance(one.get(fact), Missing)
        assert one.get(fact) == other.get(fact)
    packages, same = one.get(Packages), other.get(Packages)
    assert isinstance(packages, Packages)
    assert isinstance(same, Packages)
    assert packages.versions == same.versions


@root_only
def test_no_hash_of_this_machine_leaves_it() -> None:
    fields = [line.split(":")[1] for line in Path("/etc/shadow").read_text().splitlines()]
    plan = wanted([one for one in SOURCES if one.reduced], live=True)
    raw = run(plan)
    assert raw.files["/etc/shadow"].content
    whole = str(raw)
    assert not [field for field in fields if len(field) > 4 and field in whole]


@root_only
def test_more_followed_paths_than_fit_leave_the_other_facts_whole(tmp_path: Path) -> None:
    names = tmp_path / "names"
    for number in range(5000):
        (tmp_path / f"x{number:0120}").touch()
    follow = Follow((str(names),), "p", lambda _content: (), contents=False)
    for pattern, count in ((f"{tmp_path}/x*", 0), (f"{tmp_path}/x*04999", 1)):
        names.write_text(pattern)
        raw = run(Wanted((f"{tmp_path}/names",), (), (), (), (follow,)))
        assert raw.gap is None
        assert (len(raw.files), pattern in raw.asked) == (1 + count, bool(count))


@root_only
def test_nothing_is_left_behind() -> None:
    # In a /tmp of its own: in everybody's, other programs come and go.
    left = "mount -t tmpfs none /tmp && mkdir /tmp/own && sh >/dev/null; find /tmp -mindepth 1"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", left],
        input=probe.script(commands("touch /tmp/kept"), TOKEN),
        env={**os.environ, "TMPDIR": "/tmp/own"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (sorted(done.stdout.splitlines()), done.stderr) == (["/tmp/kept", "/tmp/own"], "")


@root_only
def test_a_host_that_is_read_only_and_full_gives_the_same_facts() -> None:
    plan = Wanted(("/etc/passwd", "/etc/ssh/*"), ("/etc",), commands("id -u").commands, (), ())
    broken = (
        "mount -t tmpfs -o size=4k none /tmp && ! head -c 1M /dev/zero 2>/dev/null >/tmp/full"
        " && mount -o remount,bind,ro / && ! touch /etc/own 2>/dev/null && exec sh"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", broken],
        input=probe.script(plan, TOKEN).encode(),
        env={**os.environ, "TMPDIR": "/tmp"},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    raw, usual = stream.parse(done.stdout, plan, TOKEN), run(plan)
    assert raw is not None and (raw.gap, done.stderr) == (None, b"")
    assert raw.files == usual.files and raw.files["/etc/passwd"].content
    assert raw.outputs["c0"].stdout == b"0\n"


@pytest.mark.parametrize("path", ["relative", "/a\nb", "/a\0b", ""])
def test_paths_that_could_break_out_of_the_script_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        probe.script(Wanted((path,), (), (), (), ()), TOKEN)


def test_the_token_must_be_random_hex() -> None:
    with pytest.raises(ValueError, match="hex digits"):
        probe.script(Wanted((), (), (), (), ()), "short")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no other shell here")
def test_other_shells_run_it_too() -> None:
    plan = Wanted(("/etc/passwd*",), (), (Command("c", "echo hi"),), (), ())
    done = subprocess.run(
        ["bash", "--posix"],
        input=probe.script(plan, TOKEN).encode(),
        capture_output=True,
        check=True,
    )
    raw = stream.parse(done.stdout, plan, TOKEN)
    assert raw is not None
    assert raw.outputs["c"].stdout == b"hi\n"
    assert "/etc/passwd" in raw.files
