from __future__ import annotations

import subprocess
import sys


def test_judging_facts_files_needs_neither_an_estate_nor_a_way_to_hosts() -> None:
    code = (
        "import sys, govctl.pipeline.evaluating; "
        "print({'govctl.pipeline.job', 'paramiko', 'cryptography'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
