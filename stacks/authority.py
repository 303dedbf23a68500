"""Which machine of an estate signs the certificates of all others."""

from __future__ import annotations

from govctl.errors import UsageError
from govctl.estate.model import Estate, Machine
from govctl.texts import _

AUTHORITY_ROLE = "infrastructure-ca"


def authority_of(estate: Estate) -> Machine:
    """The machine that signs the certificates of all others; UsageError if there is none."""
    found = (machine for machine in estate.machines if machine.role == AUTHORITY_ROLE)
    authority = next(found, None)
    if authority is None:
        raise UsageError(
            _("{estate} has no machine that signs certificates", estate=estate.id),
            hint=_("what is made needs a system with `catalogue: infrastructure`"),
        )
    return authority
