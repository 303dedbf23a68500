"""`govctl` and `python -m govctl`: parse, run, and turn errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its documented code."""
    from govctl.cli.options import hoist  # noqa: PLC0415 - start-up pays only for what it runs

    words = hoist(list(sys.argv[1:] if arguments is None else arguments))
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from govctl.cli.app import run  # noqa: PLC0415

    sys.exit(run(words))


if __name__ == "__main__":
    main()
