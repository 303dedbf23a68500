"""Files are replaced whole; what is no file stays what it is."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from govctl.files import is_stream, not_permitted, write_bytes_whole

WRITES = """\
from pathlib import Path
from govctl.files import write_bytes_whole
write_bytes_whole(Path("/dev/stdout"), b"said")
"""


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old and longer")
    write_bytes_whole(file, b"new", 0o600)
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_bytes_whole(pipe, b"said", 0o600)
        assert reader.communicate(timeout=30)[0] == b"said"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_standard_output_is_written_to_although_it_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "out"
    with file.open("wb") as output:
        subprocess.run([sys.executable, "-c", WRITES], stdout=output, timeout=60, check=True)
    assert file.read_bytes() == b"said"
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize("path", ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_devices_are_no_files_to_replace(path: str) -> None:
    assert is_stream(Path(path))


def test_a_file_of_another_account_is_told_with_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "closed" / "file"
    file.parent.mkdir()
    os.chown(file.parent, 65533, -1)
    error = not_permitted(PermissionError(errno.EACCES, "Permission denied", str(file)))
    assert error.exit_code == 3
    assert error.message == f"{file}: Permission denied"
    assert error.hint is not None
    assert f"{file.parent} belongs to #65533" in error.hint


def test_of_an_own_file_no_account_is_named(tmp_path: Path) -> None:
    error = not_permitted(PermissionError(errno.EACCES, "Permission denied", str(tmp_path)))
    assert error.hint is None
