"""What the kinds of the internal certificate authority share: paths, and reading certificates.

The authority is a machine of the estate. It makes its root key at its first boot; a request is put
under `REQUESTS`, its script `SIGN` signs it and leaves the chain under `ISSUED`.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from govctl.errors import TargetError
from govctl.texts import _

FOLDER = "/etc/ssl/govctl"
ROOT = f"{FOLDER}/root.pem"
REQUESTS = "/var/lib/govctl-ca/requests"
ISSUED = "/var/lib/govctl-ca/issued"
SIGN = "/usr/local/sbin/govctl-ca-sign"


def describe(pem: bytes) -> tuple[str, datetime]:
    """SHA-256 fingerprint (hex) and end of the first certificate; TargetError if it is none."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise TargetError(_("not a certificate: {error}", error=error)) from error
    return certificate.fingerprint(SHA256()).hex(), certificate.not_valid_after_utc
