"""Routers and their packet filters."""
