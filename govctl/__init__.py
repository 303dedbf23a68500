"""govctl: one description of an estate, provisioned, hardened and verified."""
