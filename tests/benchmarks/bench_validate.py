"""`validate` of a whole province and of the whole country: seconds and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

from govctl.estate import load, register
from tests.benchmarks.figures import Publisher, Times, machine_facts, table

GOVCTL = str(Path(sys.executable).with_name("govctl"))
ROUNDS = 5
ABOUT = """\
The whole process: reading, checking, resolving every unit, site, address, machine and flow, each
time anew (`-v`; else an estate that did not change is answered from memory). The
province is what `govctl init` writes; the country has every province and commune of the register,
each with a site of its own, and one data centre. There is no rival that does the same work."""


def test_validate(tmp_path: Path, publish: Publisher) -> None:
    folders = {"a province, 148 communes": _province(tmp_path / "province")}
    folders["34 provinces, 3,321 communes"] = _country(tmp_path / "country", tmp_path / "province")
    facts = machine_facts()
    rows = []
    for name, folder in folders.items():
        estate = load(folder)
        measured = [_validate(folder) for _ in range(ROUNDS)]
        times = Times(tuple(seconds for seconds, _memory in measured))
        memory = max(memory for _seconds, memory in measured)
        sizes = [len(estate.units), len(estate.machines), len(estate.zones)]
        rows.append([name, *map(str, sizes), times.text(), f"{memory / 2**20:.0f} MiB"])
    header = ["Estate", "Units", "Machines", "Zones", "Time", "Peak memory"]
    publish("Validation", ABOUT, facts, table(header, rows))


def _province(folder: Path) -> Path:
    words = ("init", str(folder), "--province", "Phú Thọ")
    subprocess.run([GOVCTL, *words], check=True, stdout=subprocess.DEVNULL, timeout=120)
    return folder


def _country(folder: Path, province: Path) -> Path:
    """The province's estate with all provinces, in larger pools."""
    document = yaml.safe_load((province / "estate.yaml").read_text(encoding="utf-8"))
    top = document["units"][0]["province"]
    provinces = [unit.code for unit in register.snapshot(document["register"]).children[None]]
    document["units"] = [
        *({"province": code, "site": "commune-office"} for code in provinces if code != top),
        *({"communes of": code, "site": "commune-office"} for code in provinces if code != top),
        *document["units"],
    ]
    document["addresses"] = {"ipv4": "10.0.0.0/8", "ipv6": "fd25::/32"}
    folder.mkdir()
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    (folder / "estate.yaml").write_text(text, encoding="utf-8")
    subprocess.run(
        [GOVCTL, "estate", "lock", folder], check=True, stdout=subprocess.DEVNULL, timeout=120
    )
    return folder


def _validate(folder: Path) -> tuple[float, int]:
    """Seconds, and bytes of memory at the peak."""
    started = time.perf_counter()
    process = subprocess.Popen([GOVCTL, "validate", "-v", folder], stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return seconds, usage.ru_maxrss * 1024
