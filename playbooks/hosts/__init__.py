"""What runs on a host, by its own Python (3.8 or newer) and nothing else, one module a theme.

A theme's module has `main(request)`: it makes what the rows ask for true and prints a line
`changed: …` for each change; with `dry` it only says what it would change, and `offline` means a
tree of files, where nothing runs. The rows are the checks themselves, `{"id": …, "family": …,
**arguments}`. What cannot be done safely is said on standard error and left to fail the next scan.
"""
