"""One file a theme: what to fetch, and a pure parser."""
