"""Reports: pure functions from a run and its estate to a page, a document or a console table."""
