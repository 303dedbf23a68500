"""PAM stacks as PAM reads them, and the files its modules read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PamLine:
    """A line of a stack, after `@include`, `include` and `substack` were followed."""

    type: str
    """auth, account, password, session."""
    control: str
    """`required`, `sufficient` … or the bracketed form, with single spaces."""
    module: str
    """Without directory: `pam_unix.so`."""
    arguments: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Pam:
    """Every service of /etc/pam.d."""

    services: Mapping[str, tuple[PamLine, ...]]
    pwquality: Mapping[str, str]
    """pwquality.conf and its .conf.d, the last value of a key counts; flags have the value ``"1"``."""
    faillock: Mapping[str, str]
    """faillock.conf(5)."""
    pwhistory: Mapping[str, str]
