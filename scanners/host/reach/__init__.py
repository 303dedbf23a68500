"""Ways to a host: over SSH, through others, or here; with or without sudo."""
