"""Work on many machines in waves, and when it stops."""
