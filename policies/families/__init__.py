"""Kinds of checks: pure functions over facts."""
