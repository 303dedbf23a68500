"""What should exist."""
