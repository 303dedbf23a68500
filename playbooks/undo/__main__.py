"""Run as a folder: `python3 /var/lib/govctl/hardening/RUN/undo COMMAND`."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(import_module("undo.commands").main(sys.argv[1:]))
