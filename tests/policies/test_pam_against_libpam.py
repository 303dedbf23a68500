"""Random stacks of pam_debug.so: libpam itself and `_pam_run` must come to the same end."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from policies.families._pam_run import Answer, ends
from scanners.host.facts.pam import PamLine
from scanners.host.formats import pam_d

RESULTS = (
    "success",
    "success",
    "success",
    "auth_err",
    "ignore",
    "new_authtok_reqd",
    "user_unknown",
    "perm_denied",
)
CONTROLS = ("required", "requisite", "sufficient", "optional") * 5 + ("binding",)
VALUES = ("success", "auth_err", "ignore", "default", "new_authtok_reqd") * 8 + ("nonsense",)
ACTIONS = ("ok", "done", "bad", "die", "ignore", "reset", "1", "2", "3") * 4 + ("0", "fine")


class Conversation(ctypes.Structure):
    _fields_ = (("conv", ctypes.c_void_p), ("appdata", ctypes.c_void_p))


def libpam() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libpam.so.0")
        assert library.pam_start_confdir
    except (OSError, AttributeError):
        pytest.skip("there is no libpam with pam_start_confdir")
    if not list(Path("/lib").glob("*/security/pam_debug.so")):
        pytest.skip("there is no pam_debug.so")
    return library


def authenticated(library: ctypes.CDLL, folder: Path) -> bool:
    handle, conversation = ctypes.c_void_p(), Conversation()
    started = library.pam_start_confdir(
        b"main", b"nobody", ctypes.byref(conversation), str(folder).encode(), ctypes.byref(handle)
    )
    assert started == 0
    status: int = library.pam_authenticate(handle, 0)
    library.pam_end(handle, status)
    return status == 0


def text(rng: random.Random, folder: str | None = None) -> str:
    """Lines of a file; with a folder, some name `one` or `two` in it."""
    lines = []
    for _line in range(rng.randint(1, 6)):
        if folder and rng.random() < 0.4:
            kind = rng.choice(["substack", "substack", "include"])
            lines.append(f"auth {kind} {folder}/{rng.choice(['one', 'two'])}")
            continue
        control = rng.choice(CONTROLS)
        if rng.random() < 0.6:
            named = rng.sample(VALUES, rng.randint(1, 3))
            control = f"[{' '.join(f'{one}={rng.choice(ACTIONS)}' for one in named)}]"
        lines.append(f"auth {control} pam_debug.so auth={rng.choice(RESULTS)}")
    return "\n".join(lines) + "\n"


def predicted(files: dict[str, str]) -> bool:
    entries = {name: list(pam_d.entries(content, name)) for name, content in files.items()}

    def read(name: str) -> list[pam_d.Entry] | None:
        return entries.get(Path(name).name)

    lines = [PamLine(one.type, one.control, one.module, one.arguments, one.file, one.line,
                     one.optional, one.within)
             for one in pam_d.flatten("main", read)]  # fmt: skip

    def ask(_place: int, line: PamLine, _marks: frozenset[str]) -> Sequence[Answer]:
        return (Answer(line.arguments[0].removeprefix("auth=")),)

    (end,) = ends(lines, ask)
    return end.granted


def test_the_two_agree(tmp_path: Path) -> None:
    library, rng = libpam(), random.Random(4)
    granted = 0
    for _round in range(600):
        nested = text(rng, str(tmp_path)).replace("/two\n", "/one\n")
        files = {"one": text(rng), "two": nested, "main": text(rng, str(tmp_path))}
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        said = authenticated(library, tmp_path)
        granted += said
        assert predicted(files) == said, files
    assert 20 < granted < 1_400
