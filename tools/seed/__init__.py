"""Build the shipped snapshot: `python -m tools.seed.build`; SOURCES.md next to the data lists the sources."""
