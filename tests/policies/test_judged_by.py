"""What families need, written down at the installation: as good as asking them, or passed over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies import judged_by
from policies.catalogue import checks
from policies.families import families
from policies.judged_by import compiled, fact_names

LOADS_NOTHING = """
import sys
from policies.catalogue import checks
from policies.needs import sources_for
assert sources_for(checks())
print([name for name in ("pydantic", "policies.families", "yaml") if name in sys.modules])
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "families.compiled"
    file.write_bytes(compiled())
    monkeypatch.setattr(judged_by, "FILE", file)
    judged_by._written.cache_clear()
    yield file
    judged_by._written.cache_clear()


def test_it_is_what_families_say(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {name: {fact.__name__ for fact in (*one.needs, *one.helps)}
                for name, one in families().items()}  # fmt: skip
    monkeypatch.setattr(judged_by, "_asked", lambda: pytest.fail("asked"))
    assert {name: fact_names([name]) for name in expected} == expected
    assert {check.family for check in checks()} <= set(expected)


@pytest.mark.parametrize("spoilt", [b"", b"0\n{}", None])
def test_a_spoilt_file_is_passed_over(written: Path, spoilt: bytes | None) -> None:
    if spoilt is None:
        spoilt = written.read_bytes().replace(b"Packages", b"Sysctl")
    written.write_bytes(spoilt)
    assert "Packages" in fact_names(["packages.absent"])


def test_what_was_made_of_other_families_is_passed_over(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged_by, "_FOLDER", tmp_path)
    assert judged_by._written() == {}


def test_a_family_that_is_not_written_down_is_asked(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"site.vpn": ["Tunnels"], "packages.absent": ["Packages"]}
    monkeypatch.setattr(judged_by, "_asked", lambda: own)
    assert fact_names(["site.vpn", "packages.absent"]) == {"Tunnels", "Packages"}


def test_visits_begin_without_what_judges() -> None:
    if not judged_by._written():
        pytest.skip("this tree was changed since govctl was installed")
    done = subprocess.run(
        [sys.executable, "-c", LOADS_NOTHING], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
