"""The catalogue: typed entries, a site's own beside the shipped, mistakes at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.catalogue import read_catalogue

ENTRY = """\
id: wiki
name: {vi: Sổ tay, en: Handbook}
components:
  - id: web
    zone: app
    packages: [nginx-light]
    limits: {memory: 256 MiB, cpu: 1, disk: 4 GiB}
    parameters: {title: {pattern: "[a-z]+", default: wiki}}
flows:
  - {from: "zone:internal", to: wiki.web, port: [443, 8000-8100], why: reading}
"""


def entry(folder: Path, text: str = ENTRY, name: str = "wiki") -> Path:
    (folder / name).mkdir()
    (folder / name / "entry.yaml").write_text(text, encoding="utf-8")
    return folder


def test_an_entry_is_typed(tmp_path: Path) -> None:
    spec = read_catalogue(entry(tmp_path)).role("wiki-web")
    assert (spec.zone, spec.machines, spec.packages) == ("app", 1, ("nginx-light",))
    assert (spec.limits.memory, spec.limits.processes) == (256 * 2**20, 512)


def test_a_later_folder_counts(tmp_path: Path) -> None:
    for name, zone in (("shipped", "app"), ("own", "dmz")):
        (tmp_path / name).mkdir()
        entry(tmp_path / name, ENTRY.replace("zone: app", f"zone: {zone}"))
    found = read_catalogue(tmp_path / "shipped", tmp_path / "own")
    assert found.entries["wiki"].components["web"].zone == "dmz"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("zone: app", "zon: app", 'entry.yaml:5:5: unknown key "zon"; did you mean "zone"?'),
        ("256 MiB", "256", 'entry.yaml:7:22: "256" is not a size'),
        ('"[a-z]+"', '"[a-z"', 'entry.yaml:8:35: "[a-z" is not a regular expression'),
        ("default: wiki", "default: W1", "does not match its own pattern"),
        ("id: wiki", "id: wikis", 'the entry "wikis" lies in the folder "wiki"'),
        ("8000-8100", "8100-8000", '"8100-8000" is not a port'),
    ],
)
def test_a_mistake_in_an_entry_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read_catalogue(entry(tmp_path, ENTRY.replace(old, new)))
    assert expected in str(caught.value)
