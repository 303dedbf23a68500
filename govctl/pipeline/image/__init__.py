"""Images of roles: built, scanned, listed."""
