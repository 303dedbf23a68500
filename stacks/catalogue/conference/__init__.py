"""SIP over TLS and encrypted media."""
