"""Reads the user's words: family, labels, terms and bar."""
