"""Reads the user's words: family, labels, terms, bar, and the parts of a job."""
