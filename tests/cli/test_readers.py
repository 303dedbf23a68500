"""Whoever reads what is printed may go away, or never have been there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LONG = ("check", "list", "--format", "json")
SHORT = ("check", "show", "sshd-root-login")


@pytest.mark.parametrize("words", [LONG, SHORT], ids=["long", "short"])
def test_a_reader_that_goes_away_changes_no_exit_code(words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "govctl", *words], stdout=write, stderr=subprocess.PIPE,
            text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_standard_output_is_no_error() -> None:
    line = f"{sys.executable} -m govctl check list >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", line], stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
