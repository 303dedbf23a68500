"""The licence lint: what may be imported by a program under Apache-2.0."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", ROOT / "script" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module
    spec.loader.exec_module(module)
    return module


licences = load()


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT", True),
        ("MIT-0", True),
        ("BSD License", True),
        ("3-Clause BSD License", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("ISC License (ISCL)", True),
        ("PSF-2.0", True),
        ("LGPL-2.1", True),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", True),
        ("GPL-3.0-or-later OR MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("GNU General Public License v3 or later (GPLv3+)", False),
        ("AGPL-3.0", False),
        ("MIT License; GNU General Public License v2 (GPLv2)", False),
        ("Proprietary", False),
        ("", False),
        ("UNKNOWN", False),
    ],
)
def test_which_licences_go_with_ours(licence: str, good: bool) -> None:
    assert licences.compatible(licence) is good


def test_imports_are_found_where_they_stand() -> None:
    source = (
        "import os.path, httpx\nfrom . import x\ndef f():\n    from ansible.module_utils import y\n"
    )
    assert set(licences.imported_modules(source)) == {"os", "httpx", "ansible"}


def checkout(folder: Path, source: str) -> Path:
    (folder / "govctl").mkdir()
    (folder / "govctl" / "a.py").write_text(source)
    return folder


def test_an_import_of_ansible_is_refused(tmp_path: Path) -> None:
    found = licences.problems(checkout(tmp_path, "import ansible.constants\n"))
    assert found == ["govctl/a.py: imports ansible, which is to be run as a program only"]


def test_an_import_that_nothing_installed_has_is_refused(tmp_path: Path) -> None:
    found = licences.problems(checkout(tmp_path, "import no_such_module_anywhere\n"))
    assert found == [
        "govctl/a.py: imports no_such_module_anywhere, which no installed distribution has"
    ]


def test_everything_we_import_may_be_imported() -> None:
    assert licences.problems(ROOT) == []
