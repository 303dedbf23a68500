"""Updates of a running host: what is due, what still runs from files that are gone, and the work.

These facts are asked for by `govctl patch` alone: a scan does not wait for mirrors.
"""
