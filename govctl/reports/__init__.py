"""One file a format; each is a function of a stored run."""
