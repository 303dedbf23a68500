"""Rows of data: one file a theme."""
