"""Pure readers of the formats that the programs themselves read."""
