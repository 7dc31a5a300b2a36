"""Builds the snapshot that ships: `python -m tools.seed.build`; SOURCES.md beside the data says from what."""
