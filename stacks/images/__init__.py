"""Images: built, hardened and scanned before they are imported."""
