"""Tables of level, key, clause and threshold."""
