"""Names, time, logs and certificates."""
