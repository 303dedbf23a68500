"""What runs on a host, by its own Python (3.8 or newer) and nothing else, one module a theme.

Each module has `main(request)`: it makes what the rows ask for true and says each change. The rows
are the checks themselves, `{"id": …, "family": …, **arguments}`.
"""
