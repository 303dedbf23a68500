"""The command line: words, texts, files and exit codes. Nothing here talks to a machine."""
