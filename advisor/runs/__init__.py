"""Runs on disk: one folder per run, readable without this program."""
