"""Retrieval quality of the catalog."""
