"""What should exist: `load(path)` gives the estate of a folder, resolved and immutable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from govctl.estate.catalogue import Catalogue
    from govctl.estate.model import Estate

__all__ = ["load"]


def load(path: Path, *, catalogue: Catalogue | None = None) -> Estate:
    """The estate of a folder, or of its `estate.yaml`; InputError with every problem found."""
    from govctl.estate.loader import load as load_now  # noqa: PLC0415 - loads yaml and models

    return load_now(path, catalogue=catalogue)
