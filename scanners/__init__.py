"""Facts taken off machines."""
