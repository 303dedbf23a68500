"""`govctl validate` of an estate that did not change: the same answer, and never a stale one.

The program runs from a copy of itself, so that its own files can be changed too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from govctl.cli import unchanged
from govctl.cli.inputs import state_of
from govctl.cli.remembering import BLUR_NS, MOST, PACKAGES
from govctl.cli.unchanged import LONGEST_NS, sealed
from govctl.estate.init import create
from tests.cli.conftest import Said

ROOT = Path(__file__).parents[2]
TABLE = """\
level,clause,group,key,threshold,strength,evidence,topic_en,topic_vi
3,QĐ12 4.2,logs,log.retention,log_retention>=24 months,required,document,Kept,Lưu
"""
VALID = "phu-tho is valid: 3 units, 2 sites, 11 machines, 12 flows\n"
CHANGED = "an earlier answer"


@dataclass(frozen=True)
class Home:
    """A copy of the program, a valid estate, and a cache of their own."""

    program: Path
    estate: Path
    cache: Path

    @property
    def memos(self) -> list[Path]:
        return sorted((self.cache / "govctl" / "validated").glob("*"))

    def govctl(
        self,
        *words: str | Path,
        before: str = "",
        stdout: int | IO[str] = subprocess.PIPE,
        **environment: str,
    ) -> Said:
        """Run it; `before` is Python that its process runs first."""
        start = f"import sys\n{before}\nfrom govctl.__main__ import main\nsys.exit(main())"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
        done = subprocess.run(
            [sys.executable, "-c", start, *map(str, words)],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
            cwd=self.program,
            env={
                **plain,
                "LANG": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "",
                "XDG_CACHE_HOME": str(self.cache),
                **environment,
            },
        )
        return Said(done.returncode, done.stdout or "", done.stderr)


def _made(folder: Path) -> Path:
    """A register of its own beside the estate, a table of its own in it."""
    create(folder, "25", communes=1)
    shipped = ROOT / "govctl" / "estate" / "register" / "data" / "vn-2025-07-01.csv"
    shutil.copy(shipped, folder.parent / "register.csv")
    file = folder / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("register: vn-2025-07-01", "register: ../register.csv")
    text = text.replace("[tcvn14423-2026]", "[tcvn14423-2026, phu-tho-12]")
    file.write_text(text, encoding="utf-8")
    (folder / "baselines").mkdir()
    (folder / "baselines" / "phu-tho-12.csv").write_text(TABLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    above = tmp_path_factory.mktemp("unchanged")
    for package in PACKAGES:
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, above / "program" / package, symlinks=True, ignore=skip)
    home = Home(above / "program", _made(above / "estate"), above / "cache")
    for _attempt in range(2):  # the first run also leaves its bytecode
        assert home.govctl("validate", home.estate) == Said(0, VALID, "")
        time.sleep(BLUR_NS / 10**9)  # what is this young is not remembered
    assert home.govctl("validate", home.estate) == Said(0, VALID, "")
    assert unchanged.tell(_memo(home))
    shutil.copytree(home.cache, above / "kept-cache")
    shutil.copytree(home.estate, above / "kept-estate")
    return home


@pytest.fixture
def home(first: Home) -> Home:
    """The estate and its memo as they were after the first answer."""
    above = first.estate.parent
    for folder, kept in ((first.cache, "kept-cache"), (first.estate, "kept-estate")):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(above / kept, folder)
    shutil.copy(ROOT / "govctl" / "estate" / "register" / "data" / "vn-2025-07-01.csv",
                above / "register.csv")  # fmt: skip
    _renew(_memo(first))  # other tests changed the program
    return first


def _memo(home: Home) -> str:
    (memo,) = home.memos
    return str(memo)


def _reseal(memo: str, **changes: Any) -> None:
    known = json.loads(Path(memo).read_bytes().partition(b"\n")[2])
    Path(memo).write_bytes(sealed({**known, **changes}))


def _renew(memo: str) -> None:
    """As if the program had always been as it is now."""
    known = json.loads(Path(memo).read_bytes().partition(b"\n")[2])
    code = [path for path in known["code"] if Path(path).exists()]
    _reseal(memo, code=code, state=state_of(known["folder"], known["files"], code))


def test_the_answer_comes_from_memory_and_is_the_very_same(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unchanged.tell(_memo(home))
    assert capsys.readouterr().out == VALID
    _reseal(_memo(home), said=CHANGED)
    assert home.govctl("validate", home.estate) == Said(0, f"{CHANGED}\n", "")


def test_any_option_looks_at_the_estate_anew(home: Home) -> None:
    _reseal(_memo(home), said=CHANGED)
    assert home.govctl("validate", home.estate, "-v") == Said(0, VALID, "")
    document = json.loads(home.govctl("validate", home.estate, "--format", "json").out)
    assert (document["valid"], document["estate"]) == (True, "phu-tho")


@pytest.mark.parametrize("words", [(), ("-v",)], ids=["from memory", "anew"])
def test_a_reader_that_is_gone_ends_it_quietly(home: Home, words: tuple[str, ...]) -> None:
    there, here = os.pipe()
    os.close(there)
    with os.fdopen(here, "w") as closed:
        said = home.govctl("validate", home.estate, *words, stdout=closed, PYTHONUNBUFFERED="1")
    assert (said.code, said.err) == (0, "")


def test_each_language_has_its_own_answer(home: Home) -> None:
    _reseal(_memo(home), said=CHANGED)
    said = home.govctl("validate", home.estate, GOVCTL_LANG="vi")
    assert said.out.startswith("phu-tho hợp lệ: 3 đơn vị")
    assert home.govctl("validate", home.estate).out == f"{CHANGED}\n"


def test_a_broken_estate_is_never_told_valid(home: Home) -> None:
    file = home.estate / "estate.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("portal.web", "portal.wbe", 1), encoding="utf-8")
    said = home.govctl("validate", home.estate)
    assert (said.code, said.out) == (2, "")
    assert "portal.wbe" in said.err
    file.write_text(text, encoding="utf-8")
    assert unchanged.tell(_memo(home))


def test_a_broken_row_of_the_program_is_seen(home: Home) -> None:
    rows = home.program / "policies" / "checks" / "sshd.yaml"
    text = rows.read_text(encoding="utf-8")
    rows.write_text(text.replace("severity:", "sevreity:", 1), encoding="utf-8")
    try:
        said = home.govctl("validate", home.estate)
        assert (said.code, said.out) == (2, "")
    finally:
        rows.write_text(text, encoding="utf-8")


def _append(file: Path) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write("\n")


OF_THE_ESTATE: dict[str, Callable[[Home], object]] = {
    "estate.yaml": lambda h: _append(h.estate / "estate.yaml"),
    "addresses.yaml": lambda h: (h.estate / "addresses.yaml").unlink(),
    "a table of its own": lambda h: _append(h.estate / "baselines" / "phu-tho-12.csv"),
    "one more table": lambda h: (h.estate / "baselines" / "x.csv").write_text(TABLE),
    "a register beside it": lambda h: _append(h.estate.parent / "register.csv"),
    "that register is gone": lambda h: (h.estate.parent / "register.csv").unlink(),
    "waivers": lambda h: (h.estate / "waivers.yaml").write_text("waivers: []\n"),
    "checks": lambda h: (h.estate / "checks").mkdir(),
    "a catalogue": lambda h: (h.estate / "catalogue" / "portal").mkdir(parents=True),
    "the whole estate": lambda h: shutil.rmtree(h.estate),
}


@pytest.mark.parametrize("change", OF_THE_ESTATE.values(), ids=OF_THE_ESTATE.keys())
def test_a_changed_estate_is_not_answered_from_memory(
    home: Home, change: Callable[[Home], object], capsys: pytest.CaptureFixture[str]
) -> None:
    change(home)
    assert not unchanged.tell(_memo(home))
    assert capsys.readouterr().out == ""


OF_THE_PROGRAM: dict[str, Callable[[Path], object]] = {
    "a module": lambda p: _append(p / "govctl" / "estate" / "loader.py"),
    "a row": lambda p: _append(p / "policies" / "checks" / "sshd.yaml"),
    "a new table": lambda p: (p / "policies" / "baselines" / "new.csv").write_text("level,key\n"),
    "a text": lambda p: _append(p / "govctl" / "locale" / "vi" / "LC_MESSAGES" / "govctl.po"),
    "a new module of a name that Python looks for here": lambda p: (p / "yaml.py").write_text(""),
    "a component": lambda p: _append(p / "stacks" / "catalogue" / "portal" / "entry.yaml"),
}


@pytest.mark.parametrize("change", OF_THE_PROGRAM.values(), ids=OF_THE_PROGRAM.keys())
def test_a_changed_program_answers_nothing_from_memory(
    home: Home, change: Callable[[Path], object]
) -> None:
    assert unchanged.tell(_memo(home))
    change(home.program)
    try:
        assert not unchanged.tell(_memo(home))
    finally:
        (home.program / "yaml.py").unlink(missing_ok=True)
        (home.program / "policies" / "baselines" / "new.csv").unlink(missing_ok=True)


def test_a_library_that_was_loaded_counts_as_the_program_does(first: Home) -> None:
    known = json.loads(Path(_memo(first)).read_bytes().partition(b"\n")[2])
    loaded = " ".join(known["code"])
    for part in ("/pydantic/main.py", "/pydantic_core/", "/yaml/__init__.py"):
        assert part in loaded
    assert os.path.realpath(sys.executable) in known["code"]


def _flipped(memo: Path) -> None:
    content = bytearray(memo.read_bytes())
    content[len(content) // 2] ^= 1
    memo.write_bytes(content)


def _linked(memo: Path) -> None:
    memo.rename(memo.with_name("elsewhere"))
    memo.symlink_to("elsewhere")


def _become_folder(memo: Path) -> None:
    memo.unlink()
    memo.mkdir()


def _become_pipe(memo: Path) -> None:
    memo.unlink()
    os.mkfifo(memo)


def _link_to_folder(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": lambda m: m.unlink(),
    "empty": lambda m: m.write_bytes(b""),
    "cut off": lambda m: m.write_bytes(m.read_bytes()[:1000]),
    "another bit": _flipped,
    "no JSON": lambda m: m.write_bytes(b"\xff" * 100),
    "another shape": lambda m: m.write_bytes(sealed(["said"])),
    "less than all": lambda m: m.write_bytes(sealed({"made": time.time_ns()})),
    "wrong types": lambda m: _reseal(str(m), files=3),
    "a link": _linked,
    "a folder": _become_folder,
    "a pipe": _become_pipe,
    "too old": lambda m: _reseal(str(m), made=time.time_ns() - LONGEST_NS - 10**9),
    "of the future": lambda m: _reseal(str(m), made=time.time_ns() + 10**12),
    "in a folder that others look into": lambda m: m.parent.chmod(0o755),
    "in a folder that is a link": lambda m: _link_to_folder(m.parent),
    "another's": lambda m: os.chown(m, 65534, 65534),
    "in another's folder": lambda m: os.chown(m.parent, 65534, 65534),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_memo_that_is_not_as_it_was_left_is_none(home: Home, what: str) -> None:
    if what.endswith(("another's", "another's folder")) and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    memo = _memo(home)
    assert unchanged.tell(memo)
    DAMAGE[what](Path(memo))
    assert not unchanged.tell(memo)


def test_a_folder_that_others_look_into_gets_no_memo(home: Home) -> None:
    folder = Path(_memo(home)).parent
    Path(_memo(home)).unlink()
    folder.chmod(0o755)
    time.sleep(BLUR_NS / 10**9)
    assert home.govctl("validate", home.estate) == Said(0, VALID, "")
    assert home.memos == []


TOUCHING = """
from pathlib import Path
from govctl.cli import remembering
begin = remembering.watch
def watch(memo):
    begin(memo)
    Path({file!r}).touch()
remembering.watch = watch
"""


def test_what_changes_while_it_is_read_is_not_remembered(home: Home) -> None:
    Path(_memo(home)).unlink()
    time.sleep(BLUR_NS / 10**9)
    said = home.govctl(
        "validate", home.estate, before=TOUCHING.format(file=str(home.estate / "estate.yaml"))
    )
    assert said == Said(0, VALID, "")
    assert home.memos == []


def test_what_hangs_on_the_day_or_on_a_sites_own_code_is_not_remembered(home: Home) -> None:
    Path(_memo(home)).unlink()
    estates = []
    for name in ("waivers.yaml", "attestations.yaml", "checks/own.yaml"):
        estate = home.estate.parent / name.partition(".")[0].partition("/")[0]
        shutil.copytree(home.estate, estate)
        (estate / name).parent.mkdir(exist_ok=True)
        (estate / name).write_text("[]\n" if "/" in name else f"{estate.name}: []\n")
        estates.append(estate)
    time.sleep(BLUR_NS / 10**9)
    for estate in estates:
        assert home.govctl("validate", estate) == Said(0, VALID, "")
    assert home.memos == []


def test_memos_are_few_and_young(home: Home) -> None:
    memo = Path(_memo(home))
    memo.unlink()
    old = time.time() - LONGEST_NS / 10**9 - 60
    for number in range(MOST + 5):
        other = memo.with_name(f"{number:064x}")
        other.write_text("")
        age = (old, old) if number < 3 else (time.time() - 1000 - number,) * 2
        os.utime(other, age)
    time.sleep(BLUR_NS / 10**9)
    assert home.govctl("validate", home.estate).code == 0
    left = home.memos
    assert len(left) == MOST
    assert memo in left
    assert all(other.stat().st_mtime > old for other in left)
