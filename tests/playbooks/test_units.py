"""Units as one systemctl or another answers: what is made of them, told, and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import clock, rights, services, units

SYSTEMCTL = """\
#!/bin/sh
# Units are files of their state; one that runs has a second, and one that "sticks" never changes.
cd "${0%/*}/units" || exit 1
[ "$1" != -q ] || shift
case $1 in
    is-enabled) cat "$2" 2>/dev/null; exit ;;
    is-active) [ -e "$2.runs" ]; exit ;;
esac
echo "$*" >> ../asked
if [ ! -e "$2" ] || [ -e "$2.sticks" ]; then
    printf 'Job for %s failed.\\nSee it.\\n' "$2" >&2
    exit 1
fi
case $1 in
    enable) echo enabled > "$2" ;;
    disable) echo disabled > "$2" ;;
    mask) echo masked > "$2" ;;
    unmask) [ -e "$2.wanted" ] && echo enabled > "$2" || echo disabled > "$2" ;;
    start) touch "$2.runs" ;;
    stop) rm "$2.runs" ;;
esac
"""


class Host:
    """Units by name: their state, and besides `runs`, `sticks` or `wanted`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "units").mkdir()
        (folder / "systemctl").write_text(SYSTEMCTL)
        (folder / "systemctl").chmod(0o755)

    def has(self, **given: str) -> None:
        for name, words in given.items():
            state, *more = words.split()
            (self.folder / "units" / f"{name}.service").write_text(f"{state}\n")
            for word in more:
                (self.folder / "units" / f"{name}.service.{word}").touch()

    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return path.read_text().replace(".service", "").splitlines() if path.exists() else []


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(rights, "refused", [])
    monkeypatch.setattr(services, "_OWN", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return Host(tmp_path)


def request(*rows: dict[str, Any], dry: bool = False, offline: bool = False) -> rights.Row:
    return {"rows": list(rows), "all": list(rows), "dry": dry, "offline": offline}


def on(*names: str, **more: object) -> dict[str, Any]:
    return {"family": "units.enabled", "units": [f"{name}.service" for name in names], **more}


def off(*names: str) -> dict[str, Any]:
    return {"family": "services.unused", "units": [f"{name}.service" for name in names]}


@pytest.mark.parametrize(
    ("row", "now", "asked"),
    [
        (on("a", "b"), {"b": "disabled"}, ["enable b", "start b"]),
        (on("a", "b"), {"a": "enabled runs", "b": "disabled"}, []),
        (on("a"), {"a": "masked-runtime"}, ["unmask a", "enable a", "start a"]),
        (on("a"), {"a": "masked wanted runs"}, ["unmask a"]),
        (on("a"), {"a": "static"}, ["start a"]),
        (on("a"), {"a": "enabled-runtime runs"}, ["enable a"]),
        (on("a", running=False), {"a": "disabled"}, ["enable a"]),
        (on("a"), {}, []),
        (on("a", "b"), {"a": "enabled sticks", "b": "disabled"},
         ["start a", "enable b", "start b"]),
        (off("a", "b"), {"a": "enabled runs", "b": "static"}, ["stop a", "mask a", "mask b"]),
        (off("a", "b"), {"a": "masked runs", "b": "not-found"}, []),
        (off("a"), {"a": "masked-runtime"}, ["mask a"]),
    ],
)  # fmt: skip
def test_a_row_is_closed_by_what_is_here_and_by_nothing_more(
    row: dict[str, Any], now: dict[str, str], asked: list[str], host: Host
) -> None:
    host.has(**now)
    services.main(request(row))
    assert host.asked() == asked
    assert rights.refused == []


def test_what_is_made_of_a_unit_is_told(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.has(a="enabled runs", b="masked")
    rows = (off("a"), on("b"))
    services.main(request(*rows, dry=True))
    planned = capsys.readouterr().out.splitlines()
    assert host.asked() == []
    services.main(request(*rows))
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "changed: a.service: running → stopped", "changed: a.service: enabled → masked",
        "changed: b.service: masked → unmasked", "changed: b.service: disabled → enabled",
        "changed: b.service: stopped → running",
    ]  # fmt: skip
    assert planned == [line for line in told if "disabled" not in line]
    services.main(request(*rows))
    assert capsys.readouterr().out == ""


def test_in_a_tree_of_files_nothing_is_started_or_stopped(host: Host) -> None:
    host.has(a="enabled runs", b="disabled", chrony="masked")
    services.main(request(off("a"), on("b"), offline=True))
    clock.main(request({"family": "choice.starts", "tool": "chrony"}, offline=True))
    assert host.asked() == ["mask a", "enable b", "unmask chrony", "enable chrony"]


def test_what_refuses_is_named_and_the_others_have_their_turn(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host.has(a="disabled sticks", b="enabled runs sticks", c="disabled")
    services.main(request(on("a"), off("b"), on("c")))
    assert host.asked()[-2:] == ["enable c", "start c"]
    assert [line.partition(":")[0] for line in rights.refused] == ["a.service", "b.service"]
    assert rights.refused[0] == "a.service: Job for a.service failed. See it."
    assert "a.service" not in capsys.readouterr().out


def test_a_unit_of_somebodys_own_is_disabled_where_a_mask_would_stand(host: Host) -> None:
    host.has(a="enabled", b="disabled", c="static", d="alias")
    for name in ("a", "b", "c"):
        (host.folder / "own" / f"{name}.service").touch()
    (host.folder / "own" / "d.service").symlink_to("/usr/lib/systemd/system/real.service")
    services.main(request(off("a", "b", "c", "d")))
    assert host.asked() == ["disable a"]


def test_the_first_daemon_that_is_here_keeps_the_time(host: Host) -> None:
    host.has(ntp="disabled sticks", ntpd="disabled", chrony="enabled")
    daemons = {"family": "time.daemon", "daemons": ["chrony", "systemd-timesyncd"]}
    clock.main(request(daemons, {"family": "choice.starts", "tool": "ntp"}))
    assert host.asked() == ["enable ntp", "start ntp", "start chrony"]
    assert len(rights.refused) == 1


def test_where_there_is_no_systemctl_there_are_no_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(rights, "refused", [])
    assert units.state("a.service") == ""
    services.main(request(off("a"), on("a")))
    assert rights.refused == []
