"""Data shipped with the catalog: models, uses, wordings and fitted weights; SOURCES.md gives their sources."""
