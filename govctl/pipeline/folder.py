"""An estate's folder that cannot be written is a fault of the machine, and said in one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from govctl.errors import MissingPrerequisite
from govctl.files import FULL, not_permitted
from govctl.texts import _

_CLOSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def writing() -> Iterator[None]:
    """MissingPrerequisite for a full disk, and for a folder that may not be written."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise MissingPrerequisite(
                _("the disk is full: the estate's folder cannot be written"),
                hint=_("free some space, then run the same command again"),
            ) from error
        if error.errno in _CLOSED:
            raise not_permitted(error) from error
        raise
