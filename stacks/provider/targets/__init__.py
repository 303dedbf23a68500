"""Places where machines are made: the contract in `target.py`, one file for each place."""
