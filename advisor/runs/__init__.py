"""Runs on disk: one folder a run, readable without this program."""
