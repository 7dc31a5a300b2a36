"""Reads the user's words: family, labels, terms, bar, and several tasks in one text."""
