"""Looks at the user's file: its columns, what is input and expected, and what is odd about it."""
