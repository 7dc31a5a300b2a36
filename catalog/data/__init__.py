"""What ships with the catalog: models, uses, wordings and fitted weights; SOURCES.md says where each is from."""
