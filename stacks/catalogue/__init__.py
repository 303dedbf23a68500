"""What an estate can be built of; one folder an entry."""
