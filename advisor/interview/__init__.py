"""Finds out what the task is: from words, from a file of examples, from this machine, and from few questions."""
