"""A task in plain words against the catalog: what is asked, which models answer it, in which order."""
