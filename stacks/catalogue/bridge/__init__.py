"""Software bridge points."""
