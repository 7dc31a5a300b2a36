"""Inspects the user's file: its columns, which are input and which expected, and what is odd about it."""
