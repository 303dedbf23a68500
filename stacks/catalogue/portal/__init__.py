"""The province's start page."""
