"""Security updates: what is due, and taking them."""
