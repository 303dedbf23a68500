"""Facts of one host, in one round trip."""
