"""`govctl validate` of an estate that was valid and did not change: answered before all else.

The parser, the model and the rows take several times as long to load as an answer may take. So the
program asks here first. Only a line of two words is answered, `validate ESTATE`; any option means
that the estate is looked at anew. Only "valid" is ever remembered, by `remembering.py`, with the
state of all that it was made of; whatever is unusual about a memo, the estate is looked at anew.

Python's own library, and little of that.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Sequence

from govctl import caches
from govctl.cli.inputs import Unsure, state_of

SHAPE = 1
"""Of a memo: raise it when memos are written otherwise."""
LONGEST_NS = 30 * 24 * 3600 * 10**9
"""How long a memo holds."""
OTHERS = 0o077
_LOCALE = ("GOVCTL_LANG", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG", "TZ")
_OF_PYTHON = ("PYTHON", "PYDANTIC_")


def memo_of(words: Sequence[str]) -> str | None:
    """Where the memo of a command line lies, if it has one; None for a line that has none.

    Its name says the question: which estate, in which language, asked of which govctl and Python.
    """
    is_plain = len(words) == 2 and words[0] == "validate" and words[1][:1] not in ("", "-")
    if not is_plain or sys.stdout is None or "_GOVCTL_COMPLETE" in os.environ:
        return None
    settings = {
        name: value
        for name, value in os.environ.items()
        if name in _LOCALE or name.startswith(_OF_PYTHON)
    }
    estate = os.path.abspath(words[1])
    python = (sys.version, sys.prefix, sys.path, list(sys.flags))
    question = repr((SHAPE, estate, __file__, *python, sorted(settings.items())))
    name = hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{caches.folder()}/validated/{name}"


def tell(memo: str) -> bool:
    """Print what was said of the estate; False, and nothing printed, if it must be looked at."""
    try:
        said = _recall(memo)
    except (OSError, ValueError, KeyError, TypeError, Unsure):
        return False
    if said is None:
        return False
    try:
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads, and the answer stands
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def is_private(folder: str) -> bool:
    """True for a folder that is this user's, and which nobody else can look into."""
    found = os.lstat(folder)
    mine = found.st_uid == os.geteuid()
    return mine and stat.S_ISDIR(found.st_mode) and not found.st_mode & OTHERS


def sealed(document: object) -> bytes:
    """A memo's bytes: the SHA-256 of its JSON, and that."""
    text = json.dumps(document).encode()
    return hashlib.sha256(text).hexdigest().encode() + b"\n" + text


def _recall(memo: str) -> str | None:
    if not is_private(os.path.dirname(memo)):
        return None
    with open(os.open(memo, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
            return None
        seal, _newline, text = file.read().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != seal:
        return None
    known = json.loads(text)
    if not 0 <= time.time_ns() - known["made"] <= LONGEST_NS:
        return None
    is_same = state_of(known["folder"], known["files"], known["code"]) == known["state"]
    return str(known["said"]) if is_same else None
